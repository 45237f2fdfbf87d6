package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/patchmedic/patchmedic/api"
	"github.com/patchmedic/patchmedic/facts/errcode"
	"github.com/patchmedic/patchmedic/internal/access"
	"github.com/patchmedic/patchmedic/internal/cases"
	"github.com/patchmedic/patchmedic/internal/edition"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/store"
)

type serveCommand struct {
	contentFlag
	dataFlag
	Listen         string         `help:"Address and port to listen on. Another address than loopback needs a token." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	Token          string         `help:"A token with every scope, beside those of patchmedic token. Requests carry it as \"Authorization: Bearer ...\". Better given as PATCHMEDIC_TOKEN than on the command line." placeholder:"TOKEN"`
	Rate           *float64       `help:"Requests a second that one token may make, or one address without a token; 0 for any number. Default: 50 when other machines can connect, else 0." placeholder:"N"`
	TrustedProxies []netip.Prefix `help:"Networks of reverse proxies that tell in X-Forwarded-For who asked them." placeholder:"CIDR"`
	Lang           kb.Lang        `help:"Language for readers who name none: en or fr." enum:"en,fr" default:"en"`
	Retention      int            `help:"Days that reports of machines are kept; 0 keeps them until somebody erases them." default:"365" placeholder:"DAYS"`
	SecondPerson   bool           `help:"What one editor puts up for review another one must publish."`
	Log            string         `help:"Form of the log on the standard error: text or json." enum:"text,json" default:"text"`
}

// leastToken is the shortest token that is no invitation to guess.
const leastToken = 16

// validate returns every fault of the configuration at once.
func (c *serveCommand) validate() error {
	var faults []error
	host, port, err := net.SplitHostPort(c.Listen)
	switch {
	case err != nil:
		faults = append(faults, fmt.Errorf("--listen is HOST:PORT, as in 127.0.0.1:8080, not %q", c.Listen))
	case !isPort(port):
		faults = append(faults, fmt.Errorf("--listen %s: %q is no port: use a number from 0 to 65535", c.Listen, port))
	case !isLoopback(host) && c.Token == "" && !hasRecords(c.Data):
		faults = append(faults, c.needsToken())
	}
	if c.Retention < 0 || c.Retention > 36500 {
		faults = append(faults, fmt.Errorf("--retention is a number of days from 0 (for ever) to 36500, not %d", c.Retention))
	}
	if c.Token != "" && len(c.Token) < leastToken {
		faults = append(faults, fmt.Errorf("the token has %d characters: use %d or more, for instance those of: openssl rand -hex 32", len(c.Token), leastToken))
	}
	if c.Rate != nil && !(*c.Rate >= 0 && *c.Rate <= mostRate) { // so NaN is one too
		faults = append(faults, fmt.Errorf("--rate is a number of requests a second from 0, for any number, to %g, not %g", float64(mostRate), *c.Rate))
	}
	return errors.Join(faults...)
}

// needsToken says why the service does not start.
func (c *serveCommand) needsToken() error {
	return fmt.Errorf("--listen %s can be reached from other machines, and nobody has a token: make one with patchmedic token create, "+
		"or set PATCHMEDIC_TOKEN to a secret of %d characters or more, or listen on 127.0.0.1", c.Listen, leastToken)
}

// temp is the folder of uploads while they are read.
func (c *serveCommand) temp() string { return filepath.Join(c.Data, "temp") }

// open reports whether callers on this machine need no token to read.
func (c *serveCommand) open() bool {
	host, _, _ := net.SplitHostPort(c.Listen) // validate has seen it
	return c.Token == "" && isLoopback(host)
}

const (
	defaultRate = 50 // of services that other machines can reach
	mostRate    = 1e6
)

func (c *serveCommand) rate() float64 {
	host, _, _ := net.SplitHostPort(c.Listen) // validate has seen it
	switch {
	case c.Rate != nil:
		return *c.Rate
	case isLoopback(host):
		return 0
	}
	return defaultRate
}

func isPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return err == nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Run serves until the context ends, then lets running requests finish.
func (c *serveCommand) Run(s *session) error {
	if err := c.validate(); err != nil {
		return misuse{err}
	}
	log := c.logger(s.err)
	files, err := c.read()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Data, 0o750); err != nil {
		return fmt.Errorf("the data folder cannot be made: %w: choose another with --data", err)
	}
	unlock, err := lock(c.Data)
	if err != nil {
		return err
	}
	defer unlock()
	records, err := c.records(s)
	if err != nil {
		return err
	}
	defer closing(log, records)
	if err := emptied(c.temp()); err != nil {
		return fmt.Errorf("the folder for uploads cannot be made: %w: choose another data folder with --data", err)
	}
	keeper, err := files.open(s, records, filepath.Join(c.Data, "index"), log)
	if err != nil {
		return err
	}
	defer keeper.Close()
	return c.answer(s, log, files, keeper, records)
}

// answer listens, says so, and serves.
func (c *serveCommand) answer(s *session, log *slog.Logger, files servedFiles, keeper *edition.Keeper, records store.Store) error {
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("%w: is another service there? choose another port with --listen", err)
	}
	defer c.expire(s, records, log)()
	defer files.follow(s, keeper, log)()
	config := c.api(log, keeper, records)
	config.Site, config.Restored = files.state(), restored(keeper, records)
	secret, end, err := announce(c.Data, listener.Addr())
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	config.Operator = secret
	c.greet(s.out, keeper.Current().Library, listener.Addr().String())
	return errors.Join(serve(s, listener, api.New(config), log), end())
}

// expire deletes old reports beside the service; the function that it returns
// ends that.
func (c *serveCommand) expire(ctx context.Context, records store.Store, log *slog.Logger) (end func()) {
	if c.Retention == 0 {
		return func() {}
	}
	ctx, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		old := cases.Retention{Store: records, Days: c.Retention, Now: time.Now}
		old.Run(ctx, func(err error) { log.Error("old reports were not deleted", "error", err) })
	})
	return func() {
		stop()
		running.Wait()
	}
}

// api returns what the API is made of.
func (c *serveCommand) api(log *slog.Logger, keeper *edition.Keeper, records store.Store) api.Config {
	return api.Config{
		Editions: keeper, Ready: keeper.Ready, Store: records, Logger: log, DefaultLang: c.Lang,
		Token: c.Token, Open: c.open(), SecondPerson: c.SecondPerson, Rate: c.rate(), TrustedProxies: c.TrustedProxies, Temp: c.temp(),
		Version: api.Version{Version: version(), Commit: commit()},
	}
}

// records opens the records, and makes sure that somebody may call.
func (c *serveCommand) records(ctx context.Context) (store.Store, error) {
	records, err := openRecords(c.Data)
	if err != nil || c.Token != "" || c.open() {
		return records, err
	}
	some, err := access.Tokens{Records: records}.AnyUsable(ctx)
	if err == nil && !some {
		err = misuse{c.needsToken()}
	}
	if err != nil {
		return nil, errors.Join(err, records.Close())
	}
	return records, nil
}

// closing closes the records when the service has ended; what fails then can
// only be told.
func closing(log *slog.Logger, records io.Closer) {
	if err := records.Close(); err != nil {
		log.Error("the records were not closed", "error", err)
	}
}

// emptied makes a folder, or takes out of it what a killed service left. The
// folder itself stays: it may be a disk of its own.
func emptied(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	left, err := os.ReadDir(dir)
	faults := []error{err}
	for _, e := range left {
		faults = append(faults, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return errors.Join(faults...)
}

func (c *serveCommand) logger(w io.Writer) *slog.Logger {
	if c.Log == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

// greet says what is served and where to read about it.
func (c *serveCommand) greet(w io.Writer, lib *kb.Library, address string) {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	base := "http://" + net.JoinHostPort(host, port)
	codes := 0
	for range errcode.All() {
		codes++
	}
	fmt.Fprintf(w, "patchmedic %s: %d articles and %d remedies in French and English, %d error codes\n", version(), len(lib.Articles()), len(lib.Remedies()), codes)
	fmt.Fprintf(w, "  serving        %s/api/v1\n  documentation  %s/api/docs\n  data folder    %s\n", base, base, c.Data)
	if c.Content != "" {
		fmt.Fprintf(w, "  content        %s over the bundled one\n", c.Content)
	}
	if c.open() {
		fmt.Fprintln(w, "  access         this machine only; reading needs no token")
	}
}

// serve answers until the context ends; then it takes no more connections and
// gives those that are there ten seconds.
func serve(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Info("stopping")
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(last); err != nil {
		return fmt.Errorf("requests were cut off: %w", err)
	}
	return nil
}
