package advisor

import (
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/kb/signal"
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
		Evidence: h.lines, Verify: []VerifyCheck{},
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
	for _, check := range h.article.Verify {
		d.Verify = append(d.Verify, c.verify(h.article, check))
	}
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

// verify answers what a later collection must show. Some signals say nothing
// until the machine tried again after a remedy.
func (c *consultation) verify(a *kb.Article, check kb.Check) VerifyCheck {
	s, r := c.answerID(check.Signal)
	out := VerifyCheck{Signal: s.ID, Text: c.fill(s.Text.In(c.opt.Lang), ""), Holds: r.Answer.String()}
	if check.Needs != "" && !c.attemptSinceRemedy(a) {
		out.Holds = signal.Unknown.String()
	}
	return out
}

// attemptSinceRemedy reports whether the history holds an attempt of the case's
// update after one of the article's remedies was carried out.
func (c *consultation) attemptSinceRemedy(a *kb.Article) bool {
	for _, t := range c.o.report.Tried.V {
		done, timed := t.At.Get()
		if !timed || t.Outcome.V == "failed" || !uses(a, t.Action.V) {
			continue
		}
		for _, e := range c.o.report.Updates.V.History.V {
			if at, ok := e.At.Get(); ok && e.KB.V == c.o.subject.kb && at.After(done) {
				return true
			}
		}
	}
	return false
}

func uses(a *kb.Article, action string) bool {
	for _, alt := range a.Remedies {
		for _, step := range alt.Plan {
			if step.Action == action {
				return true
			}
		}
	}
	return false
}
