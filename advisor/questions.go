package advisor

import (
	"math"
	"slices"
	"sort"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/kb/signal"
)

// ask is a question prepared for all reports: what each answer says of each
// signal that nothing else is known of.
type ask struct {
	signal  *kb.Signal
	answers []askAnswer
	needsKB bool
	decides []*kb.Signal // by any answer
	base    []float64    // how probable each answer is on a machine with another cause
}

type askAnswer struct {
	kb.Answer
	own     signal.Answer // of the question's signal
	decides []decided     // signals of any article that the answer's facts decide
}

type decided struct {
	signal *kb.Signal
	answer signal.Answer
}

// exampleCase stands for any case while questions are prepared.
var exampleCase = signal.Case{KB: 5058411, Code: facts.Code{Value: 0x80070306}}

func (a *Advisor) prepareAsks() []ask {
	var out []ask
	readers := a.readers()
	for _, s := range a.lib.Signals() {
		if s.Ask == nil || len(readers[s.Facts()[0]]) == 0 {
			continue
		}
		q := ask{signal: s}
		for _, answer := range s.Ask.Answers {
			patch, err := answer.Facts.Report(exampleCase.KB, exampleCase.Code)
			if err != nil || patch == nil {
				continue // the lint refuses such an answer before
			}
			q.answers = append(q.answers, a.decide(answer, patch, s, readers))
			q.needsKB = q.needsKB || answer.Facts.JSON(0, exampleCase.Code) == nil
		}
		q.prepare()
		out = append(out, q)
	}
	return out
}

// readers returns the signals of articles by the facts they read.
func (a *Advisor) readers() map[string][]*kb.Signal {
	out := map[string][]*kb.Signal{}
	seen := map[*kb.Signal]bool{}
	for _, e := range a.entries {
		for _, l := range e.lines {
			if seen[l.signal] {
				continue
			}
			seen[l.signal] = true
			for _, f := range l.signal.Facts() {
				out[f] = append(out[f], l.signal)
			}
		}
	}
	return out
}

func (a *Advisor) decide(answer kb.Answer, patch *facts.Report, asked *kb.Signal, readers map[string][]*kb.Signal) askAnswer {
	in := exampleCase
	in.Report, in.Reaches, in.MadeFor = patch, a.lib.Releases().Reaches, a.lib.Releases().MadeFor
	out := askAnswer{Answer: answer, own: asked.Eval(in).Answer}
	seen := map[*kb.Signal]bool{}
	for _, f := range asked.Facts() {
		for _, s := range readers[f] {
			if seen[s] {
				continue
			}
			seen[s] = true
			if got := s.Eval(in).Answer; got != signal.Unknown {
				out.decides = append(out.decides, decided{s, got})
			}
		}
	}
	return out
}

// questions ranks what is not known by the information its answer is expected
// to give about the cause.
func (c *consultation) questions(s *suspects) []Question {
	most := c.opt.MaxQuestions
	if most == 0 {
		most = 5
	}
	const worthless = 0.005 // bits
	type ranked struct {
		ask
		gain float64
	}
	var list []ranked
	var which *ranked
	told := s.signals()
	for _, q := range c.asks {
		if !slices.ContainsFunc(q.decides, func(s *kb.Signal) bool { return told[s] }) || c.answer(q.signal).Answer != signal.Unknown {
			continue
		}
		gain := c.gain(q, s)
		switch {
		case gain < worthless:
		case q.needsKB && c.o.subject.kb == 0: // first ask which update
			if which == nil || gain > which.gain {
				which = &ranked{ask{}, gain}
			}
		default:
			list = append(list, ranked{q, gain})
		}
	}
	if which != nil {
		list = append(list, *which)
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].gain > list[j].gain })
	out := []Question{}
	for _, q := range list {
		if q.signal == nil {
			out = append(out, c.whichUpdate(q.gain))
			continue
		}
		next := c.question(q.ask, q.gain)
		// Signals about one fact may share a question: it is asked once.
		same := func(have Question) bool { return have.Text == next.Text }
		if !slices.ContainsFunc(out, same) {
			out = append(out, next)
		}
	}
	if len(out) > 0 && c.reachable() {
		out = slices.Insert(out, 0, c.runCollector(out[0].Gain))
	}
	return out[:min(len(out), most)]
}

// reachable reports whether somebody can run a program on the machine, and nobody did:
// the report was typed, and it states that the machine is not out of reach.
func (c *consultation) reachable() bool {
	offline, known := c.o.report.Constraints.V.Offline.Get()
	return known && !offline && c.o.report.Collector.V.Mode.State() == facts.Absent
}

// runCollector comes before all questions, most of which it answers: it tells at
// least as much as the best of them. Who cannot run it says so, and is not asked again.
func (c *consultation) runCollector(gain float64) Question {
	return Question{
		ID: "run-collector", Text: c.say("run-collector"), How: How{Command: "patchmedic-collect", Shell: "cmd", Elevated: true}, Gain: gain,
		Answers: []Answer{
			{"cannot", c.say("cannot-run"), []byte(`{"collector":{"mode":"manual"}}`)},
			{"unknown", c.say("dont-know"), []byte("{}")},
		},
	}
}

// tooUnlikely is a confidence below which a suspect is no reason to ask.
const tooUnlikely = 0.002

// signals are those that tell a likely suspect from the others.
func (s *suspects) signals() map[*kb.Signal]bool {
	out := map[*kb.Signal]bool{}
	for _, h := range s.list {
		if h.confidence < tooUnlikely {
			continue
		}
		for _, l := range h.entry.lines {
			out[l.signal] = true
		}
	}
	return out
}

// gain is the expected fall of the entropy over the candidates and "none of
// these", in bits. Where an answer decides several signals of a candidate, the
// strongest of each group counts, as it will once the answer is given. A question
// that says nothing of any candidate has none.
func (c *consultation) gain(q ask, s *suspects) float64 {
	posterior := make([]float64, 1, len(s.list)+1)
	likelihood := make([][]float64, 1, len(s.list)+1) // of each answer, by candidate
	posterior[0], likelihood[0] = s.none, q.base
	sum, tells := s.none, false
	for _, h := range s.list {
		if h.confidence < tooUnlikely {
			continue
		}
		of := q.base
		if c.concerns(q, h.entry) {
			of, tells = c.likelihood(q, h), true
		}
		posterior, likelihood, sum = append(posterior, h.confidence), append(likelihood, of), sum+h.confidence
	}
	if !tells {
		return 0
	}
	for i := range posterior {
		posterior[i] /= sum
	}
	return entropy(posterior) - expectedEntropy(posterior, likelihood)
}

// concerns reports whether an answer could say something of a candidate.
func (c *consultation) concerns(q ask, e *entry) bool {
	return slices.ContainsFunc(q.decides, func(s *kb.Signal) bool {
		_, has := e.signals[s]
		return has && c.answer(s).Answer == signal.Unknown
	})
}

// expectedEntropy is what is left of doubt after an answer, on average over the
// answers.
func expectedEntropy(posterior []float64, likelihood [][]float64) float64 {
	expected := 0.0
	after := make([]float64, len(posterior))
	for j := range likelihood[0] {
		total := 0.0
		for i := range posterior {
			after[i] = posterior[i] * likelihood[i][j]
			total += after[i]
		}
		if total == 0 {
			continue
		}
		for i := range after {
			after[i] /= total
		}
		expected += total * entropy(after)
	}
	return expected
}

func (q *ask) prepare() {
	for _, a := range q.answers {
		for _, d := range a.decides {
			if !slices.Contains(q.decides, d.signal) {
				q.decides = append(q.decides, d.signal)
			}
		}
	}
	q.base = q.backgrounds()
}

// backgrounds is how probable each answer is on a machine with another cause:
// the answers that make the question's signal hold share its background rate.
func (q *ask) backgrounds() []float64 {
	rate := q.signal.Otherwise.Probability()
	yes := 0
	for _, a := range q.answers {
		if a.own == signal.Yes {
			yes++
		}
	}
	out := make([]float64, len(q.answers))
	for j, a := range q.answers {
		switch {
		case yes == 0 || yes == len(q.answers):
			out[j] = 1 / float64(len(q.answers))
		case a.own == signal.Yes:
			out[j] = rate / float64(yes)
		default:
			out[j] = (1 - rate) / float64(len(q.answers)-yes)
		}
	}
	return out
}

// likelihood is how probable each answer is if the candidate is the cause.
func (c *consultation) likelihood(q ask, h *hypothesis) []float64 {
	out := make([]float64, len(q.answers))
	sum := 0.0
	for j, a := range q.answers {
		out[j] = q.base[j] * c.answerFactor(a, h.entry)
		sum += out[j]
	}
	if sum == 0 {
		return q.base
	}
	for j := range out {
		out[j] /= sum
	}
	return out
}

// answerFactor is what an answer would multiply a candidate's odds by.
func (c *consultation) answerFactor(a askAnswer, e *entry) float64 {
	var best []groupFactor
	for _, d := range a.decides {
		i, ok := e.signals[d.signal]
		if !ok || c.answer(d.signal).Answer != signal.Unknown {
			continue
		}
		l := e.lines[i]
		factor := l.ifCause / l.other
		if d.answer == signal.No {
			factor = (1 - l.ifCause) / (1 - l.other)
		}
		best = strongest(best, groupFactor{l.signal.Group, factor})
	}
	product := 1.0
	for _, f := range best {
		product *= f.factor
	}
	return product
}

// groupFactor is the factor that a group of signals counts with.
type groupFactor struct {
	group  string
	factor float64
}

// strongest adds a factor to a list that holds each group once. A slice and not
// a map: products of floats depend on their order.
func strongest(list []groupFactor, f groupFactor) []groupFactor {
	for i, have := range list {
		if have.group == f.group {
			if math.Abs(math.Log(f.factor)) > math.Abs(math.Log(have.factor)) {
				list[i] = f
			}
			return list
		}
	}
	return append(list, f)
}

func entropy(p []float64) float64 {
	h := 0.0
	for _, x := range p {
		if x > 0 {
			h -= x * math.Log2(x)
		}
	}
	return h
}

// whichUpdate asks for the number of the update, on which other questions
// depend. Its answer is no choice: it goes into symptoms.kbs.
func (c *consultation) whichUpdate(gain float64) Question {
	return Question{
		ID: "which-update", Text: c.say("which-update"), How: How{Menu: c.say("update-history")}, Gain: round(gain),
		Answers: []Answer{{"unknown", c.say("dont-know"), []byte("{}")}},
	}
}

func (c *consultation) question(q ask, gain float64) Question {
	lang := c.opt.Lang
	how := q.signal.Ask.How
	out := Question{
		ID: q.signal.ID, Text: c.fill(q.signal.Ask.Text.In(lang), ""), Gain: round(gain), Answers: []Answer{},
		How: How{Command: c.fill(how.Command, ""), Shell: how.Shell, Elevated: how.Elevated, Menu: c.fill(how.Menu.In(lang), "")},
	}
	for _, a := range q.answers {
		out.Answers = append(out.Answers, Answer{a.ID, c.fill(a.Label.In(lang), ""), a.Facts.JSON(c.o.subject.kb, c.o.subject.code)})
	}
	out.Answers = append(out.Answers, Answer{"unknown", c.say("dont-know"), []byte("{}")})
	return out
}
