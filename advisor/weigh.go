package advisor

import (
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb/signal"
)

const (
	// mostAlone is the highest confidence with fewer than two groups of signals.
	mostAlone = 0.95
	// mostSure is the highest of all: lines of evidence are never quite independent.
	mostSure = 0.99
)

// suspects are the candidates with their probabilities, and that of none.
type suspects struct {
	list []*hypothesis // by confidence, ties by id
	none float64
}

// weigh computes the candidates' probabilities.
func (c *consultation) weigh(list []*hypothesis) *suspects {
	odds := make([]float64, len(list))
	total := priorNone
	for i, h := range list {
		h.lines = c.evidence(h.entry)
		odds[i] = h.prior * product(h.lines)
	}
	c.limitGeneric(list, odds)
	for _, o := range odds {
		total += o
	}
	s := &suspects{list: list, none: priorNone / total}
	for i, h := range list {
		h.confidence = odds[i] / total
		most := mostSure
		if groupsFor(h.lines) < 2 {
			most = mostAlone
		}
		if h.confidence > most {
			s.none += h.confidence - most
			h.confidence = most
		}
	}
	sort.SliceStable(s.list, func(i, j int) bool {
		if s.list[i].confidence != s.list[j].confidence {
			return s.list[i].confidence > s.list[j].confidence
		}
		return s.list[i].article.ID < s.list[j].article.ID
	})
	return s
}

// limitGeneric keeps an article of the kind "read the log first" below the
// specific ones of the same codes, unless the facts speak against those.
func (c *consultation) limitGeneric(list []*hypothesis, odds []float64) {
	for i, h := range list {
		if !h.article.Generic {
			continue
		}
		for j, other := range list {
			if !other.article.Generic && odds[j] >= other.prior && odds[i] > odds[j] && shareCode(h, other) {
				odds[i] = odds[j] * 0.99
			}
		}
	}
}

func shareCode(a, b *hypothesis) bool {
	return slices.ContainsFunc(a.article.Codes, func(code facts.Code) bool { return slices.Contains(b.article.Codes, code) })
}

func product(lines []Evidence) float64 {
	p := 1.0
	for _, l := range lines {
		if l.Counted {
			p *= l.Factor
		}
	}
	return p
}

// groupsFor counts the groups of signals that speak for a cause: a code, an
// update or a platform alone never makes a cause sure.
func groupsFor(lines []Evidence) int {
	n := 0
	for _, l := range lines {
		if l.Counted && l.Factor > 1 && !slices.Contains([]string{"code", "inner-code", "kb", "platform"}, l.Group) {
			n++
		}
	}
	return n
}

// A code that articles list, or words that clearly say a sign of one, are no
// dead end: the questions lead on.
func (c *consultation) verdict(s *suspects) string {
	sum := 0.0
	for _, h := range s.list {
		sum += h.confidence
	}
	switch {
	case s.none >= sum && (c.listsSeen() || c.saidClearly(s)):
		return NeedsFacts
	case s.none >= sum:
		return Unmatched
	case s.list[0].confidence >= 0.5:
		return Matched
	}
	return NeedsFacts
}

// listsSeen reports whether an article lists one of the failures.
func (c *consultation) listsSeen() bool {
	return slices.ContainsFunc(c.o.codes, func(seen observed) bool {
		return !seen.code.Success() && len(c.listing(seen.code)) > 0
	})
}

// saidClearly reports whether the person's words hold a sign that clearly
// favours a suspect.
func (c *consultation) saidClearly(s *suspects) bool {
	return slices.ContainsFunc(s.list, func(h *hypothesis) bool {
		return slices.ContainsFunc(h.entry.lines, func(l entryLine) bool {
			return l.typed && l.ifCause/l.other >= stateGate && c.answer(l.signal).Answer == signal.Yes
		})
	})
}

// shown are the candidates worth a reader's time: three, and more while they
// are not negligible.
func (s *suspects) shown() []*hypothesis {
	const least, most, negligible = 3, 8, 0.03
	n := 0
	for n < len(s.list) && n < most && (n < least || s.list[n].confidence >= negligible) {
		n++
	}
	return s.list[:n]
}

// evidence returns all that speaks for or against an article, and marks what
// counts: of each group the strongest line.
func (c *consultation) evidence(e *entry) []Evidence {
	lines := c.codeLines(e)
	if line, ok := c.matched[e]; ok {
		lines = append(lines, Evidence{Signal: "log-signature", Group: "log-signature", Holds: signal.Yes.String(),
			Text: c.say("signature", line.text), Facts: []string{line.path}, Factor: signatureFactor})
	}
	if strange, ok := c.strangeCode(lines, e); ok {
		lines = append(lines, strange)
	}
	lines = append(lines, c.contextLines(e)...)
	for _, l := range e.lines {
		lines = append(lines, c.signalLine(l))
	}
	sameLine(lines)
	count(lines)
	sort.SliceStable(lines, func(i, j int) bool { return strength(lines[i]) > strength(lines[j]) })
	return lines
}

// sameLine puts signals that rest on the very line that a signature matched into
// the signature's group: one line of a log is one observation.
func sameLine(lines []Evidence) {
	for _, l := range lines {
		if l.Signal != "log-signature" {
			continue
		}
		for i := range lines {
			if restsOn(lines[i], l.Facts[0]) {
				lines[i].Group = l.Group
			}
		}
	}
}

func restsOn(e Evidence, path string) bool {
	for _, fact := range e.Facts {
		if !strings.HasPrefix(fact, path) {
			return false
		}
	}
	return len(e.Facts) > 0 && e.Holds == signal.Yes.String()
}

// count marks the line of each group that counts: of what holds the strongest,
// and where nothing of it holds the strongest of the rest. What a machine says
// of itself outranks what follows from it: a store that can be repaired is not
// healthy, and yet that is no sign of one that cannot.
func count(lines []Evidence) {
	best := map[string]int{}
	for i, l := range lines {
		if l.Holds == signal.Unknown.String() {
			continue
		}
		j, ok := best[l.Group]
		if !ok || speaks(l) && !speaks(lines[j]) || speaks(l) == speaks(lines[j]) && strength(l) > strength(lines[j]) {
			best[l.Group] = i
		}
	}
	for _, i := range best {
		lines[i].Counted = true
	}
}

// speaks reports whether a line holds and says something.
func speaks(e Evidence) bool { return e.Holds == signal.Yes.String() && e.Factor != 1 }

func strength(e Evidence) float64 {
	if e.Holds == signal.Unknown.String() {
		return -1
	}
	return math.Abs(math.Log(e.Factor))
}

func (c *consultation) signalLine(l entryLine) Evidence {
	r := c.answer(l.signal)
	if r.Answer == signal.No && l.typed {
		r = signal.Result{} // what a person did not say is not denied
	}
	out := Evidence{Signal: l.signal.ID, Group: l.signal.Group, Holds: r.Answer.String(), Facts: []string{}, Factor: 1}
	switch r.Answer {
	case signal.Yes:
		out.Factor = l.ifCause / l.other
	case signal.No:
		out.Factor = (1 - l.ifCause) / (1 - l.other)
	}
	value := ""
	for _, w := range r.Witnesses {
		if !slices.Contains(out.Facts, w.Path) {
			out.Facts = append(out.Facts, w.Path)
		}
		if value == "" {
			value = w.Value
		}
	}
	out.Text = c.fill(l.signal.Text.In(c.opt.Lang), value)
	return out
}

// codeLines are the report's codes that an article lists. A code is evidence,
// not only a gate.
func (c *consultation) codeLines(e *entry) []Evidence {
	var lines []Evidence
	for _, seen := range c.o.codes {
		factor := c.listedFactor(e, seen.code)
		if factor == 0 || !seen.outer && c.belongsToAnother(e, seen.path) {
			continue
		}
		group := "inner-code"
		if seen.outer {
			group = "code"
		}
		lines = append(lines, Evidence{Signal: group, Group: group, Holds: signal.Yes.String(), Factor: factor,
			Text: c.say("code", nameOf(seen.code)), Facts: []string{seen.path}})
	}
	return lines
}

// belongsToAnother reports whether a line is the one that names another cause
// alone: then its code says nothing for this one.
func (c *consultation) belongsToAnother(e *entry, path string) bool {
	if own, ok := c.matched[e]; ok && own.path == path {
		return false
	}
	for other, line := range c.matched {
		if other != e && line.path == path {
			return true
		}
	}
	return false
}

// strangeCode is what the person sees and the article does not list. Where a
// code or a line below it names the article, the outer code is its wrapping.
func (c *consultation) strangeCode(have []Evidence, e *entry) (Evidence, bool) {
	if len(have) > 0 {
		return Evidence{}, false
	}
	for _, seen := range c.o.codes {
		if seen.outer && !seen.code.Success() {
			return Evidence{Signal: "other-code", Group: "code", Holds: signal.Yes.String(), Factor: otherCode,
				Text: c.say("other-code", nameOf(seen.code)), Facts: []string{seen.path}}, true
		}
	}
	return Evidence{}, false
}

// listedFactor is the factor of a code for an article, 0 if it does not list it.
// A pair counts as the pair where the article lists the pair; where only others
// do, the result alone says nothing.
func (c *consultation) listedFactor(e *entry, code facts.Code) float64 {
	if slices.Contains(e.article.Codes, code) {
		return c.codeFactor(e, code)
	}
	result := facts.Code{Value: code.Value}
	if code.Extend == 0 || !slices.Contains(e.article.Codes, result) {
		return 0
	}
	if len(c.byCode[code]) > 0 { // others know the very phase, and this one does not
		return 1
	}
	return c.codeFactor(e, result)
}

// contextLines are the update, the person's words and the Windows.
func (c *consultation) contextLines(e *entry) []Evidence {
	var lines []Evidence
	for _, kb := range c.o.patchSubjects() {
		if slices.Contains(e.article.KBs, kb) {
			lines = append(lines, Evidence{Signal: "kb", Group: "kb", Holds: signal.Yes.String(), Factor: kbFactor,
				Text: c.say("kb", kb.String()), Facts: []string{}})
			break
		}
	}
	if hint := c.opt.Hints[e.article.ID]; hint > 0 && c.o.text != "" {
		lines = append(lines, Evidence{Signal: "text", Group: "text", Holds: signal.Yes.String(), Factor: textFactor(hint),
			Text: c.say("text"), Facts: []string{"symptoms.text"}})
	}
	if factor := c.platform(e); factor != 1 {
		key := "platform-differs"
		if factor > 1 {
			key = "platform-fits"
		}
		lines = append(lines, Evidence{Signal: "platform", Group: "platform", Holds: signal.Yes.String(), Factor: factor,
			Text: c.say(key), Facts: []string{"os.build"}})
	}
	return lines
}

// textFactor turns the index's opinion (0 to 1) into odds, 1 to 7.
func textFactor(hint float64) float64 {
	return math.Pow(textFactorMost, math.Min(1, hint))
}

// platform is a soft prior: where the cause was seen, never a gate.
func (c *consultation) platform(e *entry) float64 {
	os := c.o.report.OS.V
	build, known := os.Build.Get()
	if len(e.article.Affects) == 0 || (!known && os.Product.V == "") {
		return 1
	}
	named := false
	for _, a := range e.article.Affects {
		if a.Product != "" && os.Product.V != "" && !strings.EqualFold(a.Product, os.Product.V) {
			named = true
			continue
		}
		if len(a.Builds) == 0 || !known {
			return platformFits
		}
		named = true
		if slices.ContainsFunc(a.Builds, func(b string) bool {
			number, _, _ := strings.Cut(b, ".")
			return number == facts.Build{Number: build}.String()
		}) {
			return platformFits
		}
	}
	if named {
		return platformDiffers
	}
	return 1
}

func round(p float64) float64 { return math.Round(p*1e4) / 1e4 }
