package audit

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/kb/signal"
)

// signals holds that a condition stands once, is used, and that questions can
// tell it apart.
func (a *auditor) signals() {
	first := map[string]*kb.Signal{}
	used := a.used()
	for _, s := range a.lib.Signals() {
		when := key(s.When)
		if before := first[when]; before != nil {
			a.fault(s.File(), 0, "the signals %s and %s are the same condition: keep one", before.ID, s.ID)
		} else {
			first[when] = s
		}
		if !used[s.ID] {
			a.fault(s.File(), 0, "nothing uses the signal %s: give it to an article, or remove it", s.ID)
		}
		if s.Ask != nil && !decides(a.lib, s.Ask, s) {
			a.fault(s.File(), 0, "no answer to the question of %s says yes, or none says no", s.ID)
		}
	}
	for _, s := range Unasked(a.lib) {
		a.fault(s.File(), 0, "a person can find out whether %s holds, and no question does: give it one", s.ID)
	}
}

// key is the same for conditions that are written the same, wherever they stand.
func key(c signal.Condition) string {
	text, _ := json.Marshal(unplaced(c)) // plain data
	return string(text)
}

// unplaced returns a condition without the lines of its file.
func unplaced(c signal.Condition) signal.Condition {
	c.Value.Line = 0
	where := make(map[string]signal.Selector, len(c.Where))
	for field, s := range c.Where {
		s.Value.Line = 0
		where[field] = s
	}
	c.Where = where
	c.All, c.Any = each(c.All), each(c.Any)
	if c.Not != nil {
		inner := unplaced(*c.Not)
		c.Not = &inner
	}
	return c
}

func each(list []signal.Condition) []signal.Condition {
	out := make([]signal.Condition, len(list))
	for i, c := range list {
		out[i] = unplaced(c)
	}
	return out
}

// used names the signals that something refers to.
func (a *auditor) used() map[string]bool {
	used := map[string]bool{}
	for _, x := range a.lib.Articles() {
		for _, e := range x.Evidence {
			used[e.Signal] = true
		}
		for _, alt := range x.Remedies {
			used[alt.Only], used[alt.Unless] = true, true
		}
		for _, check := range x.Verify {
			used[check.Signal] = true
		}
	}
	for _, r := range a.lib.Remedies() {
		for _, id := range r.BlockedWhen {
			used[id] = true
		}
		for _, step := range slices.Concat(r.Steps, r.Undo) {
			used[step.When] = true
		}
	}
	for _, s := range a.lib.Signals() {
		references(s.When, used)
	}
	return used
}

func references(c signal.Condition, used map[string]bool) {
	used[c.Signal] = true
	for _, sub := range slices.Concat(c.All, c.Any) {
		references(sub, used)
	}
	if c.Not != nil {
		references(*c.Not, used)
	}
}

// sampleKB and sampleCode are the case that questions are tried on: their answers name its update
// and code where they stand for those of a report.
const (
	sampleKB   facts.KB = 5058411
	sampleCode uint32   = 0x80070306
)

// decides reports whether one answer to a question makes a signal hold and
// another makes it fail.
func decides(lib *kb.Library, ask *kb.Ask, s *kb.Signal) bool {
	var yes, no bool
	for _, answer := range ask.Answers {
		code := facts.Code{Value: sampleCode}
		patch, err := answer.Facts.Report(sampleKB, code)
		if err != nil || patch == nil {
			continue
		}
		switch s.Eval(lib.Case(patch, sampleKB, code)).Answer {
		case signal.Yes:
			yes = true
		case signal.No:
			no = true
		}
	}
	// A build says yes or no only with the table of releases, for each update anew.
	return yes && no || reads(s, "os.build") || reads(s, "os.revision")
}

// Unasked returns the signals that a person at the machine could answer and that
// no question decides.
func Unasked(lib *kb.Library) []*kb.Signal {
	var asks []*kb.Ask
	for _, s := range lib.Signals() {
		if s.Ask != nil {
			asks = append(asks, s.Ask)
		}
	}
	var out []*kb.Signal
	for _, s := range lib.Signals() {
		if s.Ask == nil && answerable(s) && !slices.ContainsFunc(asks, func(ask *kb.Ask) bool { return decides(lib, ask, s) }) {
			out = append(out, s)
		}
	}
	return out
}

// unseen are facts that nobody is asked for: logs and events are collected or
// pasted, what was typed was typed, and the rest follows from the collection.
var unseen = []string{"logs[]", "events[]", "symptoms.", "crashes[]", "collector.", "collected_at", "complete", "errors", "setup.", "os.", "updates.", "packages[]"}

func answerable(s *kb.Signal) bool {
	return !joins(s.When) && !slices.ContainsFunc(s.Facts(), func(f string) bool {
		return slices.ContainsFunc(unseen, func(prefix string) bool { return strings.HasPrefix(f, prefix) })
	})
}

// joins reports whether a condition rests on another signal, whose question is
// asked for itself.
func joins(c signal.Condition) bool {
	parts := slices.Concat(c.All, c.Any)
	if c.Not != nil {
		parts = append(parts, *c.Not)
	}
	return c.Signal != "" || slices.ContainsFunc(parts, joins)
}

func reads(s *kb.Signal, prefix string) bool {
	return slices.ContainsFunc(s.Facts(), func(f string) bool { return strings.HasPrefix(f, prefix) })
}

// happened are facts of what went wrong or was tried. All others are a state
// that a machine without this cause may have as well.
var happened = []string{"logs[]", "events[]", "symptoms.", "crashes[]", "setup.", "updates.", "tried[]", "packages[]", "reboot.", "component_store."}

func state(s *kb.Signal) bool {
	return !slices.ContainsFunc(s.Facts(), func(f string) bool {
		return slices.ContainsFunc(happened, func(prefix string) bool { return strings.HasPrefix(f, prefix) })
	})
}

// evidence holds that a machine's state is never decisive alone.
func (a *auditor) evidence() {
	for _, article := range a.published() {
		seen := len(article.Signatures) > 0
		for _, e := range article.Evidence {
			s, ok := a.lib.Signal(e.Signal)
			if !ok {
				continue
			}
			if !state(s) {
				seen = true
			} else if e.IfCause == "always" && s.Otherwise == "never" {
				a.fault(articleFile(article.ID), 0, "%s is a state and would decide alone: it cannot be always here and never elsewhere", e.Signal)
			}
		}
		if !seen && len(article.Codes) == 0 {
			a.fault(articleFile(article.ID), 0, "the evidence is nothing but states of the machine: add what is seen when the update fails")
		}
	}
}
