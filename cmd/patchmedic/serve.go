package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/patchmedic/patchmedic/api"
	"github.com/patchmedic/patchmedic/facts/errcode"
	"github.com/patchmedic/patchmedic/internal/edition"
	"github.com/patchmedic/patchmedic/kb"
)

type serveCommand struct {
	contentFlag
	Listen string  `help:"Address and port to listen on. Another address than loopback needs a token." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	Data   string  `help:"Folder of what the service keeps; made if it is not there." default:"./data" type:"path" placeholder:"DIR"`
	Token  string  `help:"Token that every request must carry as \"Authorization: Bearer ...\". Better given as PATCHMEDIC_TOKEN than on the command line." placeholder:"TOKEN"`
	Lang   kb.Lang `help:"Language for readers who name none: en or fr." enum:"en,fr" default:"en"`
	Log    string  `help:"Form of the log on the standard error: text or json." enum:"text,json" default:"text"`
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
	case !isLoopback(host) && c.Token == "":
		faults = append(faults, fmt.Errorf("--listen %s can be reached from other machines: set PATCHMEDIC_TOKEN to a secret of %d characters or more, or listen on 127.0.0.1", c.Listen, leastToken))
	}
	if c.Token != "" && len(c.Token) < leastToken {
		faults = append(faults, fmt.Errorf("the token has %d characters: use %d or more, for instance those of: openssl rand -hex 32", len(c.Token), leastToken))
	}
	return errors.Join(faults...)
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
	lib, err := c.library()
	if err != nil {
		return err
	}
	index := filepath.Join(c.Data, "index")
	if err := os.MkdirAll(c.Data, 0o750); err != nil {
		return fmt.Errorf("the data folder cannot be made: %w: choose another with --data", err)
	}
	unlock, err := lock(c.Data)
	if err != nil {
		return err
	}
	defer unlock()
	temp := filepath.Join(c.Data, "temp")
	if err := emptied(temp); err != nil {
		return fmt.Errorf("the folder for uploads cannot be made: %w: choose another data folder with --data", err)
	}
	keeper, err := edition.Open(lib, index, func(err error) { log.Error("the search index is not usable", "error", err) })
	if err != nil {
		return fmt.Errorf("the search index cannot be opened: %w: delete %s, it is made again", err, index)
	}
	defer keeper.Close()
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("%w: is another service there? choose another port with --listen", err)
	}
	c.greet(s.out, lib, listener.Addr().String())
	handler := api.New(api.Config{
		Editions: keeper, Ready: keeper.Ready, Logger: log, Token: c.Token, DefaultLang: c.Lang, Temp: temp,
		Version: api.Version{Version: version(), Commit: commit()},
	})
	return serve(s, listener, handler, log)
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
	if c.Token == "" {
		fmt.Fprintln(w, "  access         this machine only, without a token")
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
