package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/patchmedic/patchmedic/collector/schedule"
)

// daily are the flags that a scheduled run takes over. The others are of one run.
var daily = map[string]bool{"server": true, "token": true, "ca": true, "spool": true, "timeout": true, "site-key": true, "device": true, "lang": true, "if-changed": true}

// validateSchedule checks the flags of --schedule.
func (p *program) validateSchedule() error {
	if p.schedule == "off" {
		return nil
	}
	if p.schedule != "daily" {
		return fmt.Errorf("--schedule is daily or off, not %q", p.schedule)
	}
	if p.server == "" {
		return errors.New("--schedule daily is of reports that are sent: give --server URL")
	}
	var fault error
	p.given.Visit(func(f *flag.Flag) {
		if !daily[f.Name] && !byFlagAlone[f.Name] {
			fault = fmt.Errorf("--%s is of one run: leave it out with --schedule", f.Name)
		}
	})
	return fault
}

// reschedule makes this machine run the collector every day, or ends that.
func (p *program) reschedule(out io.Writer) (int, error) {
	place, err := schedule.Here()
	switch {
	case errors.Is(err, schedule.ErrElsewhere):
		return usage, fmt.Errorf("--schedule: %w", err)
	case err != nil:
		return notDone, err
	}
	running, err := os.Executable()
	if err != nil {
		return notDone, err
	}
	w := p.printer(out)
	if p.schedule == "off" {
		aside, err := place.Remove(running)
		if err != nil {
			return notDone, err
		}
		w.say("schedule.off")
		w.some("schedule.aside", aside)
		return healthy, w.err
	}
	var authority []byte
	if p.ca != "" {
		if authority, err = os.ReadFile(p.ca); err != nil {
			return usage, fmt.Errorf("--ca: %w", err)
		}
	}
	settings, err := p.settings(place.Authority())
	if err != nil {
		return usage, err
	}
	if err := place.Install(running, settings, authority); err != nil {
		return notDone, err
	}
	w.say("schedule.daily", place.Folder())
	return healthy, w.err
}

// settings is the file for scheduled runs: what this command line, environment
// and file give, with files named so that they are found from anywhere.
func (p *program) settings(authority string) ([]byte, error) {
	values := map[string]string{"if-changed": "true"}
	var fault error
	p.given.Visit(func(f *flag.Flag) {
		value := f.Value.String()
		switch {
		case !daily[f.Name] || f.Name == "if-changed":
			return
		case f.Name == "ca":
			value = authority
		case f.Name == "spool":
			value, fault = filepath.Abs(value)
		}
		if strings.ContainsAny(value, "\r\n\x00") {
			fault = fmt.Errorf("--%s has more than one line, which no file of settings can hold", f.Name)
		}
		values[f.Name] = value
	})
	var out strings.Builder
	out.WriteString("# Made by patchmedic-collect --schedule daily, which replaces it; --schedule off removes it.\n")
	p.given.VisitAll(func(f *flag.Flag) {
		if value, ok := values[f.Name]; ok {
			fmt.Fprintf(&out, "%s=%s\n", variable(f.Name), value)
		}
	})
	return []byte(out.String()), fault
}
