package advisor

import (
	"slices"
	"time"

	"github.com/patchmedic/patchmedic/kb"
)

// specific is the factor from which a signal counts as naming one cause.
const specific = 10

// diagnosis writes a candidate out for a reader.
func (c *consultation) diagnosis(h *hypothesis) Diagnosis {
	text := h.article.Text(c.opt.Lang)
	level := levelOf(h)
	d := Diagnosis{
		Article: h.article.ID, Version: h.article.Revision(), Title: text.Title, Summary: text.Summary,
		Confidence: round(h.confidence), Level: level, LevelLabel: c.say(level), Prior: round(h.prior),
		Evidence: h.lines, Verify: c.verify(h.article),
	}
	if c.opt.ArticleURL != nil {
		d.URL = c.opt.ArticleURL(h.article.ID)
	}
	if s := text.Section("analysis"); s != nil {
		d.AnalysisHTML = c.lib.HTML(s.Markdown(), nil)
	}
	for i := range d.Evidence {
		d.Evidence[i].Factor = round(d.Evidence[i].Factor)
	}
	d.Remedies, d.Skipped = c.remedies(h.article)
	return d
}

func levelOf(h *hypothesis) string {
	named := false
	for _, l := range h.lines {
		if l.Counted && l.Factor >= specific && l.Group != "code" && l.Group != "inner-code" {
			named = true
		}
	}
	switch {
	case h.confidence >= 0.9 && named:
		return "confirmed"
	case h.confidence >= 0.5:
		return "likely"
	}
	return "possible"
}

// verify answers what a later collection must show.
func (c *consultation) verify(a *kb.Article) []VerifyCheck {
	out := []VerifyCheck{}
	for _, v := range c.lib.Verify(a, c.lib.Case(c.o.report, c.o.subject.kb, c.o.subject.code), c.remedied(a)) {
		out = append(out, VerifyCheck{Signal: v.Signal.ID, Text: c.fill(v.Signal.Text.In(c.opt.Lang), ""), Holds: v.Answer.String()})
	}
	return out
}

// remedied is when one of the article's remedies was last carried out, zero if
// nobody knows of one.
func (c *consultation) remedied(a *kb.Article) time.Time {
	last := c.opt.RemedyAt[a.ID]
	for _, t := range c.o.report.Tried.V {
		at, timed := t.At.Get()
		if timed && t.Outcome.V != "failed" && uses(a, t.Action.V) && at.After(last) {
			last = at
		}
	}
	return last
}

func uses(a *kb.Article, action string) bool {
	return slices.ContainsFunc(a.Remedies, func(alt kb.Alternative) bool { return alt.Uses(action) })
}
