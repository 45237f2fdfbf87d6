package kb

import (
	"time"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb/signal"
)

// needsAttempt is the word of [Check.Needs].
const needsAttempt = "attempt_since_remedy"

// Verified is the answer of one report to one of an article's checks.
type Verified struct {
	Signal *Signal
	Answer signal.Answer
}

// Case is what the library's conditions are evaluated against: a report and the
// update and code that the case is about, both of which may be none.
func (l *Library) Case(r *facts.Report, update facts.KB, code facts.Code) signal.Case {
	return signal.Case{Report: r, KB: update, Code: code, Reaches: l.releases.Reaches, MadeFor: l.releases.MadeFor, Ended: l.releases.Ended}
}

// Verify answers what a collection must show once the article's cause is gone,
// in the author's order. remedied is when a remedy was carried out: a check that
// needs an attempt after it is unknown without one, and without a remedy (zero).
func (l *Library) Verify(a *Article, c signal.Case, remedied time.Time) []Verified {
	out := make([]Verified, 0, len(a.Verify))
	for _, check := range a.Verify {
		s, ok := l.Signal(check.Signal)
		if !ok {
			continue
		}
		v := Verified{Signal: s}
		if check.Needs != needsAttempt || attemptSince(c, remedied) {
			v.Answer = s.Eval(c).Answer
		}
		out = append(out, v)
	}
	return out
}

// attemptSince reports whether the history holds an attempt of the case's update
// that came to an end after the remedy.
func attemptSince(c signal.Case, remedied time.Time) bool {
	if remedied.IsZero() || c.KB == 0 {
		return false
	}
	for _, e := range c.Report.Updates.V.History.V {
		if at, timed := e.At.Get(); timed && at.After(remedied) && e.KB.V == c.KB && e.Ended() {
			return true
		}
	}
	return false
}
