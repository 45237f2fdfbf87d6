package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/patchmedic/patchmedic/collector/delivery"
	"github.com/patchmedic/patchmedic/collector/private"
	"github.com/patchmedic/patchmedic/facts"
)

// deliver sends the report and prints the answer. An interrupt ends the tries,
// and the report is kept.
func (p *program) deliver(client *delivery.Client, body []byte, out, problems io.Writer) (int, error) {
	tell := p.printer(problems)
	if client.Server.Scheme == "http" && !isLoopback(client.Server.Hostname()) {
		tell.say("unencrypted")
	}
	dir, err := p.spoolFolder(problems)
	if err != nil {
		return usage, err
	}
	spool, err := delivery.OpenSpool(dir, client.Server.Host)
	if err != nil {
		return notDone, err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	now := time.Now()
	if last, ok := spool.Last(now); ok && p.ifChanged && len(spool.Left(now)) == 0 && same(last.Report, body) {
		return p.unchanged(last, out)
	}
	outcome := delivery.Deliver(ctx, client, spool, body, now)
	if outcome.Late > 0 {
		tell.say("late", strconv.Itoa(outcome.Late))
	}
	code, err := p.conclude(outcome, out, problems)
	if code == healthy || code == somethingBad {
		if err := spool.Note(delivery.Last{At: now, Healthy: code == healthy, Report: body}); err != nil {
			tell.say("unnoted", err.Error())
		}
	}
	return code, err
}

// same reports whether two reports tell the same. One that cannot be read is
// another.
func same(a, b []byte) bool {
	before, _, err := facts.Decode(a)
	if err != nil {
		return false
	}
	after, _, err := facts.Decode(b)
	return err == nil && facts.Same(before, after)
}

// unchanged says that nothing was sent. The exit code is that of the last
// verdict: the same facts would be judged alike.
func (p *program) unchanged(last delivery.Last, out io.Writer) (int, error) {
	w := p.printer(out)
	w.say("unchanged", w.day(last.At))
	if last.Healthy {
		return healthy, w.err
	}
	return somethingBad, w.err
}

// conclude prints what came of the report, opens its page when that is wanted,
// and returns the exit code.
func (p *program) conclude(outcome delivery.Outcome, out, problems io.Writer) (int, error) {
	code := notDelivered
	if outcome.Answer != nil {
		verdict, err := p.printer(out).answer(outcome.Answer)
		if err != nil {
			return notDone, err
		}
		if p.open {
			p.show(outcome.Answer.Location, problems)
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
	texts := textsOf(p.lang)
	why, then := texts.fill("unstored"), "waits"
	if outcome.Err != nil {
		why = texts.refusal(outcome.Err)
	}
	if outcome.Refused {
		then = "refused"
	}
	return notDelivered, errors.New(why + "\n" + texts.fill(then, outcome.Kept))
}

// refusal tells why a report was not delivered. What is mended here is told in the
// reader's language, the details of other faults in English.
func (t texts) refusal(err error) string {
	var refusal *delivery.Refusal
	if errors.As(err, &refusal) && (refusal.Status == http.StatusUnauthorized || refusal.Status == http.StatusForbidden) {
		return t.fill("refused.token", strconv.Itoa(refusal.Status))
	}
	return err.Error()
}

// spoolFolder is where reports wait. Those of an administrator's runs on Windows
// lie in one folder of the machine, which nobody else may read; where that cannot
// be had, in the account's own.
func (p *program) spoolFolder(problems io.Writer) (string, error) {
	if p.spool != "" {
		return p.spool, nil
	}
	if folder, err := private.Machine(); err == nil && private.Elevated() {
		err := private.Folder(folder)
		if err == nil {
			return filepath.Join(folder, "spool"), nil
		}
		p.printer(problems).say("ownfolder", err.Error())
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
