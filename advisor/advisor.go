package advisor

import (
	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/kb/signal"
	"slices"
	"strings"
)

// Advisor gives advice from one library. It is immutable and safe for
// concurrent use.
type Advisor struct {
	lib     *kb.Library
	entries []*entry
	byID    map[string]*entry
	byCode  map[facts.Code][]*entry // as listed: pairs under their pair
	byKB    map[facts.KB][]*entry
	signed  *signatures
	asks    []ask   // sorted by id of their signal
	weight  float64 // sum of all priors' weights
}

// entry is a published article, ready to be weighed.
type entry struct {
	article *kb.Article
	prior   float64 // probability before any evidence
	lines   []entryLine
	// signals says where a signal stands in lines.
	signals map[*kb.Signal]int
}

type entryLine struct {
	signal  *kb.Signal
	ifCause float64
	other   float64
	typed   bool // reads nothing but what a person typed
}

func typed(s *kb.Signal) bool {
	return !slices.ContainsFunc(s.Facts(), func(f string) bool { return !strings.HasPrefix(f, "symptoms.") })
}

const (
	// priorNone is the share of failures that no article of a full library explains.
	priorNone = 0.1
	// knownCauses is how many causes of failed updates are known at least. A
	// library that describes few of them does not make each more probable, nor a
	// code that it knows once more telling.
	knownCauses = 150
)

// New prepares the published articles of a library.
func New(lib *kb.Library) *Advisor {
	a := &Advisor{lib: lib, byID: map[string]*entry{}, byCode: map[facts.Code][]*entry{}, byKB: map[facts.KB][]*entry{}}
	for _, article := range lib.Articles() {
		if article.Status != "published" {
			continue
		}
		e := &entry{article: article, signals: map[*kb.Signal]int{}}
		for _, ev := range article.Evidence {
			s, _ := lib.Signal(ev.Signal)
			e.signals[s] = len(e.lines)
			e.lines = append(e.lines, entryLine{s, ev.IfCause.Probability(), s.Otherwise.Probability(), typed(s)})
		}
		a.add(e)
	}
	for _, e := range a.entries {
		e.prior = (1 - priorNone) * e.article.Frequency.Weight() / max(a.weight, knownCauses)
	}
	a.signed = newSignatures(a.entries)
	a.asks = a.prepareAsks()
	return a
}

func (a *Advisor) add(e *entry) {
	a.entries = append(a.entries, e)
	a.byID[e.article.ID] = e
	a.weight += e.article.Frequency.Weight()
	for _, c := range e.article.Codes {
		a.byCode[c] = append(a.byCode[c], e)
	}
	for _, kb := range e.article.KBs {
		a.byKB[kb] = append(a.byKB[kb], e)
	}
}

// Library returns the library that the advisor was made from.
func (a *Advisor) Library() *kb.Library { return a.lib }

// Advise answers a report.
func (a *Advisor) Advise(r *facts.Report, opt Options) *Advice {
	if opt.Lang == "" {
		opt.Lang = kb.English
	}
	if opt.Reader == "" {
		opt.Reader = "l2"
	}
	o := observe(a.lib, r)
	c := &consultation{Advisor: a, o: o, opt: opt, answers: map[*kb.Signal]signal.Result{}, matched: a.signed.match(o.lines)}
	return c.advise()
}

// consultation is one report being answered.
type consultation struct {
	*Advisor
	o       *observation
	opt     Options
	answers map[*kb.Signal]signal.Result
	matched map[*entry]textLine // by a log signature
}

// answer evaluates a signal once per report.
func (c *consultation) answer(s *kb.Signal) signal.Result {
	r, ok := c.answers[s]
	if !ok {
		r = s.Eval(c.lib.Case(c.o.report, c.o.subject.kb, c.o.subject.code))
		c.answers[s] = r
	}
	return r
}

// answerID is answer for a signal's id; the lint made sure that it exists.
func (c *consultation) answerID(id string) (*kb.Signal, signal.Result) {
	s, ok := c.lib.Signal(id)
	if !ok {
		return nil, signal.Result{}
	}
	return s, c.answer(s)
}

func (c *consultation) advise() *Advice {
	out := &Advice{
		Revision:    c.lib.Revision(),
		Subject:     Subject{KB: c.o.subject.kb.String()},
		Warnings:    c.warnings(),
		Diagnoses:   []Diagnosis{},
		PatchStates: c.patchStates(),
		Questions:   []Question{},
		Codes:       c.codeNames(),
		None:        1,
	}
	if !c.o.subject.code.IsZero() {
		out.Subject.Code = c.o.subject.code.String()
	}
	if out.Wait = c.pause(); out.Wait != nil {
		out.Verdict = Wait
		return out
	}
	if !c.o.failed {
		out.Verdict = Healthy
		return out
	}
	suspects := c.weigh(c.candidates())
	out.None = round(suspects.none)
	out.Verdict = c.verdict(suspects)
	if out.Verdict == Unmatched {
		return out
	}
	for _, h := range suspects.shown() {
		out.Diagnoses = append(out.Diagnoses, c.diagnosis(h))
	}
	out.Questions = c.questions(suspects)
	return out
}
