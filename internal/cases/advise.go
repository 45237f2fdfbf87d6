package cases

import (
	"context"
	"time"

	"github.com/patchmedic/patchmedic/advisor"
	"github.com/patchmedic/patchmedic/facts"
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

// Report answers a report that was read before. It scrubs it in place.
func (a *Advise) Report(ctx context.Context, report *facts.Report, unknown []facts.Fault, in AdviseIn) *advisor.Advice {
	facts.NewScrubber().Report(report)
	ed := a.Editions.Current()
	return a.consult(ed, report, unknown, a.hints(ctx, ed, report), nil, in)
}

// hints says how well the person's words fit each article.
func (a *Advise) hints(ctx context.Context, ed *edition.Edition, report *facts.Report) map[string]float64 {
	text := report.Symptoms.V.Text.V
	if text == "" {
		return nil
	}
	return a.Editions.Hints(ctx, ed, text, "")
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
