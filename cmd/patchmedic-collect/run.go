package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

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
	var p program
	p.watched = problems
	problems = visible{problems}
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
		p.printer(problems).say("try")
	}
	return code
}

// run makes the report and does with it what was asked for.
func (p *program) run(env func(string) string, out, problems io.Writer) (int, error) {
	client, err := p.validate(env)
	if err != nil {
		return usage, err
	}
	if p.schedule != "" {
		return p.reschedule(visible{out})
	}
	report, err := p.collect()
	switch {
	case errors.Is(err, context.Canceled):
		return notDone, errors.New("interrupted: nothing was written or sent")
	case err != nil:
		return usage, err
	}
	p.unread(report, problems)
	body, err := encode(report)
	if err != nil {
		return notDone, err
	}
	if err := p.write(report, body, out, problems); err != nil {
		return notDone, err
	}
	switch {
	case collector.Blank(report) && p.from == "":
		return notDone, errors.New("nothing of this Windows could be read: try as administrator")
	case collector.Blank(report):
		return usage, fmt.Errorf("nothing in %s that could be read tells of its updates: give the Windows\\Logs of the machine, or its event logs", p.from)
	case client != nil && !p.print:
		return p.deliver(client, body, visible{out}, problems)
	case collector.Failed(report):
		return somethingBad, nil
	}
	return healthy, nil
}

// unread tells what could not be read, and what would help.
func (p *program) unread(report *facts.Report, problems io.Writer) {
	w := p.printer(problems)
	for _, e := range report.Errors.V {
		w.say("unread", e.Source.V, e.Error.V)
	}
	if elevated, known := report.Collector.V.Elevated.Get(); known && !elevated && len(report.Errors.V) > 0 {
		w.say("unelevated")
	}
}

// collect makes the report, of files or of the Windows that runs.
func (p *program) collect() (*facts.Report, error) {
	opt := collector.Options{
		Version: version(), SiteKey: p.siteKey, Device: p.device, Symptom: p.symptom, Tried: p.tried,
		Explain: func(replaced []facts.Replacement) { p.replaced = replaced },
	}
	if p.from == "" {
		return p.collectLive(opt)
	}
	source, err := collector.Open(p.from)
	if err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	defer source.Close()
	return collector.Collect(source, opt), nil
}

// collectLive makes the report of the Windows that runs. When it is interrupted there
// is none: half a report could look like that of a machine that is well.
func (p *program) collectLive(opt collector.Options) (*facts.Report, error) {
	windows, err := openWindows()
	if err != nil {
		return nil, err
	}
	opt.Transport, opt.Deep = delivery.Transport(), p.deep
	opt.Progress = newProgress(p.watched, p.lang).tell
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	report := collector.Live(ctx, windows, opt)
	return report, ctx.Err()
}

// write puts the report where it was asked for on this machine. With --print the
// standard output is exactly what would be sent.
func (p *program) write(report *facts.Report, body []byte, out, problems io.Writer) error {
	if p.output != "" {
		if err := writeOver(p.output, body); err != nil {
			return err
		}
	}
	if p.print {
		if _, err := out.Write(body); err != nil {
			return err
		}
		out = problems
	}
	if p.explain {
		if err := explain(visible{out}, p.replaced, p.lang); err != nil {
			return err
		}
	}
	if p.print || p.explain || p.server != "" || collector.Blank(report) {
		return nil
	}
	return p.keep(report, body, visible{out})
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
		p.lang = langOf(uiLanguage(), env)
	}
	switch {
	case p.lang != "fr" && p.lang != "en":
		return nil, fmt.Errorf("--lang is fr or en, not %q", p.lang)
	case p.timeout <= 0:
		return nil, fmt.Errorf("--timeout %v leaves no time: use more than 0s", p.timeout)
	case p.deep && p.from != "":
		return nil, errors.New("--deep is of the Windows that runs: leave out --from")
	case strings.ContainsFunc(p.token, func(r rune) bool { return r < ' ' || r >= 0x7f }):
		return nil, errors.New("--token has a letter that no token has: was more copied than the token?")
	case p.schedule != "":
		if err := p.validateSchedule(); err != nil || p.server == "" {
			return nil, err
		}
	case p.server == "" && (p.open || p.ifChanged):
		return nil, errors.New("--open and --if-changed are of a report that is sent: give --server URL")
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
