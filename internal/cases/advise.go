package cases

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/advisor"
	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/facts/errcode"
	"github.com/patchmedic/patchmedic/facts/servicing"
	"github.com/patchmedic/patchmedic/internal/edition"
	"github.com/patchmedic/patchmedic/kb"
)

// Advise answers reports.
type Advise struct {
	Editions Editions
	// ArticleURL makes the address of an article; nil: none.
	ArticleURL func(id string) string
	// Counts are what remedies did on other machines; nil: nobody knows.
	Counts *Counts
}

// AdviseIn is a report as it came in.
type AdviseIn struct {
	// Facts is the JSON document of a report.
	Facts []byte
	// Lang is the reader's language.
	Lang kb.Lang
	// Reader is the reader's skill, empty for a technician.
	Reader kb.Skill
}

// Do reads, checks and scrubs the facts and answers them from the current
// edition. The error is [facts.Faults] when the document is at fault. Unknown
// fields are left out and named in the advice's warnings.
func (a *Advise) Do(ctx context.Context, in AdviseIn) (*advisor.Advice, error) {
	report, unknown, err := facts.Decode(in.Facts)
	if err != nil {
		return nil, err
	}
	return a.Report(ctx, report, unknown, in), nil
}

// Report answers a report that was read before. In place, it scrubs it and
// takes log lines out of the person's text, which become its logs.
func (a *Advise) Report(ctx context.Context, report *facts.Report, unknown []facts.Fault, in AdviseIn) *advisor.Advice {
	ed := a.Editions.Current()
	hints := a.prepare(ctx, ed, report)
	return a.consult(ed, report, unknown, hints, nil, in)
}

// prepare makes of a report what is judged and kept, in place, and says how well
// the person's words fit each article.
func (a *Advise) prepare(ctx context.Context, ed *edition.Edition, report *facts.Report) (hints map[string]float64) {
	readPasted(report, ed.Library.Noise())
	facts.NewScrubber().Report(report)
	if text := report.Symptoms.V.Text.V; text != "" {
		return a.Editions.Hints(ctx, ed, text, "")
	}
	return nil
}

// consult asks the advisor of an edition. remedyAt is when a remedy of an article
// was last carried out on the machine.
func (a *Advise) consult(ed *edition.Edition, report *facts.Report, unknown []facts.Fault, hints map[string]float64, remedyAt map[string]time.Time, in AdviseIn) *advisor.Advice {
	opt := advisor.Options{Lang: in.Lang, Reader: in.Reader, ArticleURL: a.ArticleURL, Hints: hints, RemedyAt: remedyAt}
	for _, u := range unknown {
		opt.Warnings = append(opt.Warnings, u.String())
	}
	if a.Counts != nil {
		opt.Outcomes = a.Counts.Of
	}
	return ed.Advisor.Advise(report, opt)
}

// readPasted reads the log lines that a person put among the words. What is
// found joins the report's logs, and the words alone stay as the symptom; a text
// whose lines tell nothing stays as it is, but for noise, whose codes would
// count as the person's.
func readPasted(report *facts.Report, noise *kb.Noise) {
	logs, prose := servicing.Pasted(report.Symptoms.V.Text.V)
	var found []facts.LogLine
	allNoise := len(logs) > 0
	for _, log := range logs {
		result, err := servicing.Read(strings.NewReader(log), "", servicing.Options{Noise: noise.Line})
		if err == nil { // a text in memory does not fail
			found = append(found, result.Lines...)
		}
		allNoise = allNoise && onlyNoise(log, noise)
	}
	if len(found) == 0 && !allNoise {
		return
	}
	report.Symptoms.V.Text = facts.Some(prose)
	lines := slices.Clone(report.Logs.V)
	for _, line := range found {
		known := slices.ContainsFunc(report.Logs.V, func(l facts.LogLine) bool { return l.Code == line.Code && l.Text == line.Text })
		if !known {
			lines = append(lines, line)
		}
	}
	report.Logs = facts.Some(lines)
}

// logColumns are what stands before the message of a servicing log's line.
var logColumns = regexp.MustCompile(`^[-0-9]+ [:0-9]+, +\w+ +\w+ +`)

// onlyNoise reports whether every line of a log that has the code of a failure is
// one of those that healthy machines log.
func onlyNoise(log string, noise *kb.Noise) bool {
	for line := range strings.SplitSeq(log, "\n") {
		failure := slices.ContainsFunc(errcode.Find(line), func(m errcode.Match) bool { return !m.Code.Success() })
		text := logColumns.ReplaceAllString(line, "")
		if failure && !noise.Line(&facts.LogLine{Text: facts.Some(text)}) {
			return false
		}
	}
	return true
}
