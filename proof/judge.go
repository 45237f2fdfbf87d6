package proof

import (
	"cmp"
	"slices"
	"time"

	"github.com/patchmedic/patchmedic/kb/signal"
)

// Result is what came of a remedy.
type Result string

// The results. A person can say the first four.
const (
	Fixed       Result = "fixed"
	Partly      Result = "partly"        // the update went in, and Windows Update does not take it for that; or the failure is hidden
	NoEffect    Result = "no_effect"     // an attempt failed after it
	Failed      Result = "failed"        // it could not be carried out
	CameBack    Result = "came_back"     // the update went in, and an attempt failed after that
	NotYetKnown Result = "not_yet_known" // the machine did not try again
)

// Basis is what a result rests on.
type Basis string

// What a result can rest on.
const (
	Measured Basis = "measured" // later reports
	Told     Basis = "said"     // a person
	Nothing  Basis = "none"
)

// Verdict is what came of one trial.
type Verdict struct {
	Trial  string `json:"trial"`
	Result Result `json:"result" enums:"fixed,partly,no_effect,failed,came_back,not_yet_known"`
	Basis  Basis  `json:"basis" enums:"measured,said,none"`
	// Said is what a person said, which a measurement may contradict.
	Said Result `json:"said,omitempty" enums:"fixed,partly,no_effect,failed"`
	// At is when what was measured happened: the success, with no_effect and
	// came_back the failure.
	At time.Time `json:"at,omitzero"`
	// Days are the whole days from the success to the failure, with came_back.
	Days int `json:"days,omitempty"`
	// Unmet are the signals that the newest collection denies, with partly.
	Unmet []string `json:"unmet,omitempty"`
}

// Counted reports how a verdict counts among what the remedy did on all
// machines: a remedy that could not be carried out, or of which nothing is known
// yet, was not tried.
func (v Verdict) Counted() (tried, fixed bool) {
	switch v.Result {
	case Fixed:
		return true, true
	case Partly, NoEffect, CameBack:
		return true, false
	}
	return false, false
}

// Judge returns the verdicts of one machine's trials, in their order. They are
// judged together: what was measured belongs to the last remedy before it.
func Judge(trials []*Trial) []Verdict {
	out := make([]Verdict, len(trials))
	for i, t := range trials {
		out[i] = t.verdict(t.until(trials))
	}
	return out
}

// until returns when the next remedy was carried out, zero if none was. Of two
// at the same time nobody can tell which one helped: both have no time of their own.
func (t *Trial) until(trials []*Trial) time.Time {
	var next time.Time
	for _, other := range trials {
		if other == t || other.Said == Failed || other.At.Before(t.At) {
			continue
		}
		if next.IsZero() || other.At.Before(next) {
			next = other.At
		}
	}
	return next
}

func (t *Trial) verdict(until time.Time) Verdict {
	v := Verdict{Result: NotYetKnown}
	if t.Said != Failed {
		v = t.measure(until)
	}
	v.Trial, v.Said, v.Basis = t.ID, t.Said, Measured
	if v.Result == NotYetKnown {
		v.Basis = Nothing
		if t.Said != "" {
			v.Result, v.Basis = t.Said, Told
		}
	}
	return v
}

// measure judges by what happened up to the next remedy; only that the failure
// came back may show later.
func (t *Trial) measure(until time.Time) Verdict {
	w := walk{since: t.since(), until: until, below: t.Before.Target == signal.No}
	for _, e := range t.events() {
		if e.at.After(t.Before.Known) && w.step(e) {
			break
		}
	}
	switch {
	case !w.back.IsZero():
		return Verdict{Result: CameBack, At: w.back, Days: int(w.back.Sub(w.cured) / (24 * time.Hour))}
	case w.cured.IsZero() && w.failed.IsZero():
		return Verdict{Result: NotYetKnown}
	case w.cured.IsZero():
		return Verdict{Result: NoEffect, At: w.failed}
	case len(w.unmet) > 0 || t.Temporary:
		return Verdict{Result: Partly, At: w.cured, Unmet: w.unmet}
	}
	return Verdict{Result: Fixed, At: w.cured}
}

// event is something that happened to the case's update.
type event struct {
	at   time.Time
	kind kind
	seen Collection // of a collection
}

// kind orders events of the same time: a collection shows what was before it.
type kind int

const (
	success kind = iota
	failure
	collected
)

// events returns all that is known, oldest first. A feature upgrade that ended
// in another way than the last time failed again, at some time before the
// collection that shows it.
func (t *Trial) events() []event {
	var out []event
	for _, a := range t.Attempts {
		e := event{at: a.At, kind: failure}
		if a.Succeeded {
			e.kind = success
		}
		out = append(out, e)
	}
	last := t.Before.Upgrade
	for _, c := range t.Seen {
		if c.Upgrade != "" && c.Upgrade != last {
			last = c.Upgrade
			if c.Target == signal.No {
				out = append(out, event{at: c.At, kind: failure})
			}
		}
		out = append(out, event{at: c.At, kind: collected, seen: c})
	}
	slices.SortStableFunc(out, func(a, b event) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.kind, b.kind)) })
	return out
}

// walk goes through events, oldest first. Times are zero for what did not happen.
type walk struct {
	since, until time.Time // the time that belongs to the remedy; until may be zero
	below        bool      // the build is known to be below the target
	gone         bool      // the failure was gone before the remedy, or without it
	cured        time.Time // gone after the remedy
	failed       time.Time // first failure after the remedy
	back         time.Time // first failure after it was cured
	unmet        []string  // denied by the newest collection since it was cured
}

// step takes in one event and reports whether nothing later matters.
func (w *walk) step(e event) (done bool) {
	own := e.at.After(w.since) && (w.until.IsZero() || !e.at.After(w.until))
	if e.kind == failure {
		switch {
		case !w.cured.IsZero():
			w.back = e.at
		case own && w.failed.IsZero():
			w.failed = e.at
		}
		w.gone = false
		return !w.back.IsZero()
	}
	if w.shows(e) && w.cured.IsZero() && !w.gone {
		if own {
			w.cured = e.at
		} else {
			w.gone = true
		}
	}
	if e.kind == collected && own && !w.cured.IsZero() {
		w.unmet = e.seen.unmet()
	}
	return false
}

// shows reports whether an event shows that the failure is gone: a success, a
// build that came up to the target, or one that was there already and nothing
// left to wish for. What is not known to have been below counts as there already.
func (w *walk) shows(e event) bool {
	if e.kind == success {
		w.below = false
		return true
	}
	came := w.below && e.seen.Target == signal.Yes
	if e.seen.Target != signal.Unknown {
		w.below = e.seen.Target == signal.No
	}
	return came || e.seen.Target == signal.Yes && e.seen.allMet()
}

func (c Collection) allMet() bool {
	return len(c.Checks) > 0 && !slices.ContainsFunc(c.Checks, func(check Check) bool { return check.Holds != signal.Yes })
}

// unmet returns what is denied of the updates. What is wrong with the machine's
// state takes nothing from an update that went in.
func (c Collection) unmet() []string {
	var out []string
	for _, check := range c.Checks {
		if check.Holds == signal.No && !check.State {
			out = append(out, check.Signal)
		}
	}
	return out
}
