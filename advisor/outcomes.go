package advisor

import (
	"math"

	"github.com/patchmedic/patchmedic/kb"
)

// How outcomes move the author's judgement: docs/adr/0008-proof.md.
const (
	// priorTrials is how many trials the author's word for a remedy is worth.
	priorTrials = 8
	// fewTrials inform and move nothing.
	fewTrials = 5
)

// outcomes returns what an alternative did on other machines, nil where it was
// tried on none. A temporary one hides a failure: nothing is cured.
func (c *consultation) outcomes(a *kb.Article, p plan) *Outcomes {
	if c.opt.Outcomes == nil || p.Temporary {
		return nil
	}
	tried, fixed := c.opt.Outcomes(a.ID, p.main().Action)
	if tried <= 0 || fixed < 0 || fixed > tried {
		return nil
	}
	low, high := wilson(fixed, tried)
	return &Outcomes{Tried: tried, Fixed: fixed, Low: round(low), High: round(high)}
}

// wilson returns the limits of the 95 % score interval of a share, without
// continuity correction: E. B. Wilson, Probable inference, the law of succession,
// and statistical inference, JASA 22 (1927), pages 209 to 212.
func wilson(fixed, tried int) (low, high float64) {
	const z = 1.959963984540054 // 97.5 % quantile of the normal distribution
	n := float64(tried)
	p := float64(fixed) / n
	center := p + z*z/(2*n)
	margin := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return math.Max(0, (center-margin)/(1+z*z/n)), math.Min(1, (center+margin)/(1+z*z/n))
}

// chance is the probability that an alternative cures its cause: the author's
// word, as the mean of a Beta distribution, after the trials. Where the author
// gave none, every probability was as likely before them; with few trials it is
// then not judged (0).
func chance(cures kb.Likelihood, o *Outcomes) float64 {
	prior := cures.Probability()
	if o == nil || o.Tried < fewTrials {
		return prior
	}
	before, weight := prior*priorTrials, float64(priorTrials)
	if prior == 0 {
		before, weight = 1, 2
	}
	return (before + float64(o.Fixed)) / (weight + float64(o.Tried))
}
