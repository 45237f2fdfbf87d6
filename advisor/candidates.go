package advisor

import (
	"math"
	"slices"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/facts/errcode"
	"github.com/patchmedic/patchmedic/kb/signal"
)

// Factors that belong to no signal. They were chosen on diagnosed cases; change
// one only with a measurement: docs/adr/0004-evidence.md.
const (
	codeShare       = 0.5  // share of a cause's failures that show one of its codes
	genericShare    = 0.25 // the same for a code that only says that something failed
	sideCode        = 0.6  // of that share, for a code that is not the cause's main one
	otherCode       = 0.3  // an outer code that the article does not list
	signatureFactor = 100  // a log line that names this cause alone
	kbFactor        = 2    // an update that the article lists
	textFactorMost  = 7    // the person's words
	textGate        = 0.4  // from here on words alone open the gate
	platformFits    = 1.1  // the Windows on which the cause was seen
	platformDiffers = 0.7
	stateGate       = 4 // factor of the weakest state that opens the gate alone
)

// hypothesis is a candidate with its evidence.
type hypothesis struct {
	*entry
	lines      []Evidence
	confidence float64
}

// candidates returns the articles that something other than the machine's state
// leads to; state leads only where no code does.
func (c *consultation) candidates() []*hypothesis {
	gate := map[*entry]bool{}
	known := false
	for _, seen := range c.o.codes {
		for _, e := range c.listing(seen.code) {
			gate[e] = true
			known = known || !seen.code.Success()
		}
	}
	for _, kb := range c.o.patchSubjects() {
		for _, e := range c.byKB[kb] {
			gate[e] = true
		}
	}
	for e := range c.matched {
		gate[e] = true
	}
	for id, hint := range c.opt.Hints {
		if e, ok := c.byID[id]; ok && hint >= textGate {
			gate[e] = true
		}
	}
	if !known {
		for _, e := range c.entries {
			if c.stateSpeaks(e) {
				gate[e] = true
			}
		}
	}
	out := make([]*hypothesis, 0, len(gate))
	for e := range gate {
		out = append(out, &hypothesis{entry: e})
	}
	slices.SortFunc(out, func(a, b *hypothesis) int { return strings.Compare(a.article.ID, b.article.ID) })
	return out
}

// listing returns the articles of a code: of the pair, and of its result alone.
func (c *consultation) listing(code facts.Code) []*entry {
	entries := c.byCode[code]
	if code.Extend != 0 {
		entries = append(entries[:len(entries):len(entries)], c.byCode[facts.Code{Value: code.Value}]...)
	}
	return entries
}

// stateSpeaks reports whether the machine's state clearly favours an article.
func (c *consultation) stateSpeaks(e *entry) bool {
	for _, l := range e.lines {
		if l.ifCause/l.other >= stateGate && c.answer(l.signal).Answer == signal.Yes {
			return true
		}
	}
	return false
}

// codeFactor is the factor of a code for an article that lists it: the fewer
// articles do, the more it says, and the article's main code, which stands
// first, says more than the others. It never speaks against the article.
func (c *consultation) codeFactor(e *entry, code facts.Code) float64 {
	share := codeShare
	if code.Extend == 0 && errcode.Lookup(code).Generic { // a pair names the phase, which the result alone does not
		share = genericShare
	}
	if e.article.Codes[0] != code {
		share *= sideCode
	}
	n := len(c.byCode[code])
	return math.Max(1, share*float64(max(len(c.entries), knownCauses))/float64(n))
}
