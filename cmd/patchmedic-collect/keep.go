package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/collector"
	"github.com/patchmedic/patchmedic/facts"
)

// maxFound is how many failures are told: the report has them all.
const maxFound = 5

// keep writes the report to a file, for who said nothing of what should become
// of it, and tells where it is and what was found. Who named a file has it there.
func (p *program) keep(report *facts.Report, body []byte, out io.Writer) error {
	file := p.output
	if file == "" {
		var err error
		if file, err = writeFirst(reportName(report), body, folders()...); err != nil {
			return fmt.Errorf("the report cannot be kept, give a file with --output: %w", err)
		}
	}
	w := p.printer(out)
	w.found(report)
	w.say("kept", file)
	w.say("kept.next")
	return w.err
}

// reportName names a report's file after its machine and its time, as far as
// they are known: another report has another name, the same one its own again.
func reportName(r *facts.Report) string {
	name := "patchmedic"
	if id := r.Device.V.ID.V; id != "" {
		name += "-" + strings.Map(func(c rune) rune {
			if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune("._-", c) {
				return c
			}
			return '_'
		}, id[:min(len(id), 64)])
	}
	if at, ok := r.CollectedAt.Get(); ok {
		name += at.UTC().Format("-20060102-150405")
	}
	return name + ".json"
}

// folders are those that a report is kept in, the best first: the current one, but
// not one of Windows', where the console of an administrator starts.
func folders() []string {
	here, err := os.Getwd()
	if below, fault := filepath.Rel(os.Getenv("SystemRoot"), here); err != nil || fault == nil && filepath.IsLocal(below) {
		here, err = os.UserHomeDir()
	}
	if err != nil {
		return []string{os.TempDir()}
	}
	return []string{here, os.TempDir()}
}

// writeFirst writes a file, for its owner's eyes only, into the first folder
// that takes it, and returns its path.
func writeFirst(name string, body []byte, folders ...string) (string, error) {
	var faults []error
	for _, folder := range folders {
		file := filepath.Join(folder, name)
		err := writeNew(file, body)
		if err == nil {
			return file, nil
		}
		faults = append(faults, err)
	}
	return "", errors.Join(faults...)
}

// writeOver writes a file whole, or leaves the one that is there as it was: the disk of
// a failing machine is often full. What is no ordinary file, as a pipe, is written to.
func writeOver(name string, body []byte) error {
	if info, err := os.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(name, body, 0o600)
	}
	whole := name + ".new"
	if err := writeNew(whole, body); err != nil {
		return err
	}
	if err := os.Rename(whole, name); err != nil {
		os.Remove(whole)
		return err
	}
	return nil
}

// writeNew writes a file that is new, in place of one that is there: what somebody
// else put there in a shared folder, a link or a file that he may read, is not
// written to.
func writeNew(name string, body []byte) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(name) // half of it, where the disk is full
	}
	return err
}

// found tells in a few lines what the report says without a service's advice.
func (p *printer) found(r *facts.Report) {
	os := r.OS.V
	system := []string{os.Product.V, os.Version.V}
	if build, ok := os.Build.Get(); ok {
		number := fmt.Sprint(build)
		if revision, ok := os.Revision.Get(); ok {
			number += fmt.Sprintf(".%d", revision)
		}
		system = append(system, number)
	}
	p.some("found.system", strings.TrimSpace(strings.Join(slices.DeleteFunc(system, func(s string) bool { return s == "" }), " ")))
	switch unread := len(r.Errors.V); {
	case !collector.Failed(r) && unread > 0:
		p.say("found.nothing.read", strconv.Itoa(unread))
		return
	case !collector.Failed(r):
		p.say("found.nothing")
		return
	}
	p.say("found.failure")
	for _, line := range p.failures(r) {
		p.say("found.line", line)
	}
}

// failures are the failed attempts that nothing made good, the newest first, and
// then what logs tell, each update, code and file once.
func (p *printer) failures(r *facts.Report) []string {
	var out []string
	told := map[string]bool{}
	add := func(at time.Time, parts ...string) {
		line := strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
		if line == "" || told[line] || len(out) == maxFound {
			return
		}
		told[line] = true
		if !at.IsZero() {
			line += " (" + p.day(at) + ")"
		}
		out = append(out, line)
	}
	cured := map[string]bool{}
	for _, attempt := range slices.Backward(r.Updates.V.History.V) {
		update := cmp.Or(text(attempt.KB), attempt.Title.V)
		switch attempt.Result.V {
		case "succeeded", "succeeded_with_errors":
			cured[update] = true
		case "failed":
			if !cured[update] {
				add(attempt.At.V, update, text(attempt.Code))
			}
		}
	}
	for _, line := range r.Logs.V {
		if line.Role.V != "context" {
			add(line.LastAt.V, text(line.Code), line.File.V)
		}
	}
	return out
}

// text is a fact for people, "" when it is not known.
func text[T fmt.Stringer](m facts.Maybe[T]) string {
	if v, ok := m.Get(); ok {
		return v.String()
	}
	return ""
}
