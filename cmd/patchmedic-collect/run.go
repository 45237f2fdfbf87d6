package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/patchmedic/patchmedic/collector"
	"github.com/patchmedic/patchmedic/collector/delivery"
	"github.com/patchmedic/patchmedic/facts"
)

// Exit codes.
const (
	healthy      = 0
	notDone      = 1
	usage        = 2
	somethingBad = 3
	notDelivered = 4
)

// release is set by the build of a release: -ldflags "-X main.release=1.0.0".
var release string

func version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}

// run carries out one command line and returns the exit code.
func run(args []string, env func(string) string, out, problems io.Writer) int {
	problems = visible{problems}
	var p program
	err := p.parse(args, env, out)
	code := usage
	switch {
	case errors.Is(err, flag.ErrHelp):
		return healthy
	case p.version:
		fmt.Fprintf(out, "patchmedic-collect %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return healthy
	case err == nil:
		code, err = p.run(env, out, problems)
	}
	if err == nil {
		return code
	}
	fmt.Fprintln(problems, "patchmedic-collect:", err)
	if code == usage {
		fmt.Fprintln(problems, "Try: patchmedic-collect --help")
	}
	return code
}

// run makes the report and does with it what was asked for.
func (p *program) run(env func(string) string, out, problems io.Writer) (int, error) {
	client, err := p.validate(env)
	if err != nil {
		return usage, err
	}
	source, err := collector.Open(p.from)
	if err != nil {
		return usage, fmt.Errorf("--from: %w", err)
	}
	defer source.Close()
	report := collector.Collect(source, collector.Options{
		Version: version(), SiteKey: p.siteKey, Device: p.device, Symptom: p.symptom, Tried: p.tried,
	})
	for _, e := range report.Errors.V {
		fmt.Fprintf(problems, "not read: %s: %s\n", e.Source.V, e.Error.V)
	}
	body, err := encode(report)
	if err != nil {
		return notDone, err
	}
	if p.output != "" {
		if err := os.WriteFile(p.output, body, 0o600); err != nil {
			return notDone, err
		}
	}
	blank := collector.Blank(report)
	switch {
	case p.print:
		_, err = out.Write(body)
	case client != nil && !blank:
		return p.deliver(client, body, visible{out}, problems)
	}
	switch {
	case err != nil:
		return notDone, err
	case blank:
		return usage, fmt.Errorf("nothing in %s that could be read tells of its updates: give the Windows\\Logs of the machine, or its event logs", p.from)
	case collector.Failed(report):
		return somethingBad, nil
	}
	return healthy, nil
}

// encode writes the report as it leaves, indented for those who look at it, with
// their terminals in mind.
func encode(report *facts.Report) ([]byte, error) {
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	err := e.Encode(report)
	return shown(body.Bytes()), err
}

// validate checks the flags, and returns a client when there is a service.
func (p *program) validate(env func(string) string) (*delivery.Client, error) {
	if p.lang == "" {
		p.lang = systemLang(env)
	}
	switch {
	case p.lang != "fr" && p.lang != "en":
		return nil, fmt.Errorf("--lang is fr or en, not %q", p.lang)
	case p.timeout <= 0:
		return nil, fmt.Errorf("--timeout %v leaves no time: use more than 0s", p.timeout)
	case p.from == "":
		return nil, errors.New("this build collects from files only: give a folder or a zip with --from")
	case !p.print && p.output == "" && p.server == "":
		return nil, errors.New("say what to do with the report: --print, --output FILE or --server URL")
	case p.server == "":
		return nil, nil
	}
	server, err := url.Parse(p.server)
	if err != nil || server.Host == "" || server.Scheme != "http" && server.Scheme != "https" || server.User != nil {
		return nil, errors.New("--server is an address as in https://patchmedic.example")
	}
	server.RawQuery, server.Fragment = "", ""
	client, err := delivery.HTTPClient(p.ca)
	if err != nil {
		return nil, fmt.Errorf("--ca: %w", err)
	}
	return &delivery.Client{Server: server, Token: p.token, Lang: p.lang, HTTP: client}, nil
}

// deliver sends the report and prints the answer. An interrupt ends the tries,
// and the report is kept.
func (p *program) deliver(client *delivery.Client, body []byte, out, problems io.Writer) (int, error) {
	if p.token != "" && client.Server.Scheme == "http" && !isLoopback(client.Server.Hostname()) {
		fmt.Fprintln(problems, "warning: the token and the report are sent without encryption: use https")
	}
	dir, err := p.spoolFolder()
	if err != nil {
		return usage, err
	}
	spool, err := delivery.OpenSpool(dir, client.Server.Host)
	if err != nil {
		return notDelivered, err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	outcome := delivery.Deliver(ctx, client, spool, body, time.Now())
	if outcome.Late > 0 {
		fmt.Fprintf(problems, "delivered %d reports of earlier runs\n", outcome.Late)
	}
	return p.conclude(outcome, out)
}

// conclude prints what came of the report, and returns the exit code.
func (p *program) conclude(outcome delivery.Outcome, out io.Writer) (int, error) {
	code := notDelivered
	if outcome.Answer != nil {
		verdict, err := printAdvice(out, outcome.Answer, p.lang)
		if err != nil {
			return notDone, err
		}
		switch {
		case !outcome.Answer.Stored:
		case verdict == "healthy":
			code = healthy
		default:
			code = somethingBad
		}
	}
	if outcome.Kept == "" {
		return code, outcome.Err
	}
	if outcome.Err == nil {
		outcome.Err = errors.New("the service did not store the report")
	}
	then := "sent by the next run"
	if outcome.Refused {
		then = "not sent again"
	}
	return notDelivered, fmt.Errorf("%w\nThe report is kept in %s and %s", outcome.Err, outcome.Kept, then)
}

func (p *program) spoolFolder() (string, error) {
	if p.spool != "" {
		return p.spool, nil
	}
	if data := os.Getenv("ProgramData"); runtime.GOOS == "windows" && data != "" {
		return filepath.Join(data, "patchmedic", "spool"), nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("there is no folder to keep reports in, give one with --spool: %w", err)
	}
	return filepath.Join(cache, "patchmedic"), nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
