package proof

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/kb/signal"
)

// Trial is a remedy that was carried out on a machine because of a diagnosis,
// and what the machine's other reports showed. It can be kept as JSON.
type Trial struct {
	ID      string     `json:"id"`
	Report  string     `json:"report"` // the report whose advice proposed the remedy
	Article string     `json:"article"`
	Action  string     `json:"action"`
	KB      facts.KB   `json:"kb,omitzero"`   // update of the case; 0: none known
	Code    facts.Code `json:"code,omitzero"` // of the case
	// Temporary: the remedy hides the failure and cures nothing.
	Temporary bool `json:"temporary,omitempty"`
	// At is when the remedy was carried out.
	At   time.Time `json:"at"`
	Said Result    `json:"said,omitempty"` // what a person said came of it
	Note string    `json:"note,omitempty"` // in the person's words
	By   string    `json:"by,omitempty"`   // who said it

	Before Before `json:"before"`
	// Seen are the machine's other collections, and Attempts those of the case
	// in their histories: distinct, oldest first, the middle left out where they
	// are many (see [Trial.See]).
	Seen     []Collection `json:"seen"`
	Attempts []Attempt    `json:"attempts"`
}

// Before is what the report showed whose advice proposed the remedy.
type Before struct {
	// Known is the newest time in that report: what is not later was known
	// before the remedy, whatever the machine's clock says. Zero: no times.
	Known time.Time `json:"known,omitzero"`
	// Target: the build was at or above the one that the update brings.
	Target signal.Answer `json:"target"`
	// Build is the one that the case's feature upgrade leads to, 0 without one,
	// and Upgrade how that had ended, as in "0xc1900101-0x20017 26100".
	Build   int64  `json:"build,omitzero"`
	Upgrade string `json:"upgrade,omitempty"`
	// Failed are the updates that had failed, of a case that names none.
	Failed []facts.KB `json:"failed,omitempty"`
}

// Collection is what one report of the machine showed of the case.
type Collection struct {
	Report  string        `json:"report"`
	At      time.Time     `json:"at"` // when it was collected
	Target  signal.Answer `json:"target"`
	Upgrade string        `json:"upgrade,omitempty"`
	// Checks are the answers to what the article wants verified.
	Checks []Check `json:"checks,omitempty"`
}

// Check is the answer to one of an article's checks.
type Check struct {
	Signal string        `json:"signal"`
	Holds  signal.Answer `json:"holds"`
	// State: it is about the machine and not about its updates.
	State bool `json:"state,omitempty"`
}

// Attempt is an entry of the update history that speaks of the case.
type Attempt struct {
	At        time.Time `json:"at"`
	Succeeded bool      `json:"succeeded"` // false: failed
}

// Begin returns a trial completed by what its first report, the one whose advice
// proposed the remedy, shows of the case.
func Begin(lib *kb.Library, t Trial, first *facts.Report) *Trial {
	t.At = t.At.UTC()
	t.Seen, t.Attempts = []Collection{}, []Attempt{}
	if a, ok := lib.Article(t.Article); ok {
		t.Temporary = isTemporary(a, t.Action)
	}
	t.Before = Before{Known: first.CollectedAt.V}
	setup := first.Setup.V
	if result, ok := setup.Result.Get(); ok && (t.KB == 0 || sameCode(result, t.Code)) {
		t.Before.Build, t.Before.Upgrade = setup.ToBuild.V, upgradeOf(setup)
	}
	for _, e := range first.Updates.V.History.V {
		if !isAttempt(e) {
			continue
		}
		if e.At.V.After(t.Before.Known) {
			t.Before.Known = e.At.V
		}
		if t.KB == 0 && e.Result.V == "failed" && e.KB.V != 0 && len(t.Before.Failed) < mostFailed {
			t.Before.Failed = append(t.Before.Failed, e.KB.V)
		}
	}
	slices.Sort(t.Before.Failed)
	t.Before.Failed = slices.Compact(t.Before.Failed)
	t.Before.Target = t.target(lib, first)
	return &t
}

// isTemporary reports whether an article uses an action only to hide the failure.
func isTemporary(a *kb.Article, action string) bool {
	hides := false
	for _, alt := range a.Remedies {
		if alt.Uses(action) {
			if !alt.Temporary {
				return false
			}
			hides = true
		}
	}
	return hides
}

const (
	mostFailed = 20 // updates that had failed
	// keep is how many collections and attempts are kept of the time before the
	// remedy (the newest), right after it, and of late.
	keep = 16
)

// See takes in another report of the same machine. The order of reports does not
// matter, nor how often one comes. A report that does not say when it was
// collected proves nothing and is left out, like history entries from its future.
func (t *Trial) See(lib *kb.Library, r *facts.Report, report string) {
	collected, timed := r.CollectedAt.Get()
	if !timed || report == t.Report {
		return
	}
	c := Collection{Report: report, At: collected.UTC(), Target: t.target(lib, r)}
	if t.Before.Build != 0 {
		c.Upgrade = upgradeOf(r.Setup.V)
	}
	if a, ok := lib.Article(t.Article); ok {
		c.Checks = t.checks(lib, a, r)
	}
	t.Seen = slices.DeleteFunc(t.Seen, func(have Collection) bool { return have.Report == report })
	t.Seen = bounded(append(t.Seen, c), Collection.compare, t.since())
	for _, e := range r.Updates.V.History.V {
		if at, ok := e.At.Get(); ok && !at.After(collected) && t.concerns(e) {
			t.Attempts = append(t.Attempts, Attempt{at.UTC(), e.Result.V == "succeeded"})
		}
	}
	t.Attempts = bounded(t.Attempts, Attempt.compare, t.since())
}

// checks answers what the article wants verified. Before the remedy was carried
// out an attempt after the first report will do: a failure that went away by
// itself leaves nothing to cure.
func (t *Trial) checks(lib *kb.Library, a *kb.Article, r *facts.Report) []Check {
	since := t.since()
	if !r.CollectedAt.V.After(since) {
		since = t.Before.Known
	}
	var out []Check
	for _, v := range lib.Verify(a, lib.Case(r, t.KB, t.Code), since) {
		out = append(out, Check{v.Signal.ID, v.Answer, !ofUpdates(v.Signal)})
	}
	return out
}

// Newest returns the checks of the newest collection since the remedy, nil
// without one.
func (t *Trial) Newest() []Check {
	if len(t.Seen) == 0 {
		return nil
	}
	return t.Seen[len(t.Seen)-1].Checks
}

// ofUpdates reports whether a signal speaks of updates: it reads the history, the
// offers, the packages or the build.
func ofUpdates(s *kb.Signal) bool {
	return slices.ContainsFunc(s.Facts(), func(path string) bool {
		return strings.HasPrefix(path, "updates.") || strings.HasPrefix(path, "packages[") || path == "os.build"
	})
}

// since is when the remedy was carried out, or later where the report before it
// shows that the machine's clock is ahead.
func (t *Trial) since() time.Time {
	if t.Before.Known.After(t.At) {
		return t.Before.Known
	}
	return t.At
}

// target answers whether the machine is where the case's update leads.
func (t *Trial) target(lib *kb.Library, r *facts.Report) signal.Answer {
	build, known := r.OS.V.Build.Get()
	switch {
	case t.Before.Build != 0 && known && build >= t.Before.Build:
		return signal.Yes
	case t.Before.Build != 0 && known:
		return signal.No
	case t.Before.Build != 0 || t.KB == 0:
		return signal.Unknown
	}
	return lib.Releases().Reaches(r, t.KB)
}

// concerns reports whether a history entry is an attempt that speaks of the
// case: of its update, or failed with its code, since next month's cumulative
// update is another update with the same failure.
func (t *Trial) concerns(e facts.HistoryEntry) bool {
	if !isAttempt(e) {
		return false
	}
	own := e.KB.V != 0 && e.KB.V == t.KB
	if e.Result.V == "succeeded" {
		return own || t.KB == 0 && slices.Contains(t.Before.Failed, e.KB.V)
	}
	return own || sameCode(e.Code.V, t.Code)
}

// isAttempt reports whether a history entry is an installation that clearly
// succeeded or failed, of an update that is one.
func isAttempt(e facts.HistoryEntry) bool {
	return e.Ended() && e.Result.V != "succeeded_with_errors" && !e.KB.V.Rolling()
}

// sameCode compares pairs by their results where one of them is no pair.
func sameCode(a, b facts.Code) bool {
	return !a.IsZero() && a.Value == b.Value && (a.Extend == b.Extend || a.Extend == 0 || b.Extend == 0)
}

// upgradeOf says how a feature upgrade failed, "" if it did not. It has no time:
// only another outcome is another run.
func upgradeOf(s facts.Setup) string {
	result, ok := s.Result.Get()
	if !ok || result.Success() {
		return ""
	}
	result.Extend = uint32(s.Extend.V)
	return result.String() + " " + facts.Build{Number: s.ToBuild.V}.String()
}

func (c Collection) compare(other Collection) int {
	return cmp.Or(c.At.Compare(other.At), strings.Compare(c.Report, other.Report))
}

func (c Collection) time() time.Time { return c.At }

func (a Attempt) compare(other Attempt) int {
	if c := a.At.Compare(other.At); c != 0 || a.Succeeded == other.Succeeded {
		return c
	}
	if a.Succeeded {
		return -1
	}
	return 1
}

func (a Attempt) time() time.Time { return a.At }

// bounded sorts a list and leaves out repeats, and the middle where there are
// many. Which elements stay follows from all that ever were in the list, not
// from their order: each end is what it would be had nothing been left out.
func bounded[T interface{ time() time.Time }](list []T, compare func(a, b T) int, since time.Time) []T {
	slices.SortFunc(list, compare)
	list = slices.CompactFunc(list, func(a, b T) bool { return compare(a, b) == 0 })
	after := slices.IndexFunc(list, func(e T) bool { return e.time().After(since) })
	if after < 0 {
		after = len(list)
	}
	if n := len(list) - after; n > 2*keep {
		list = slices.Delete(list, after+keep, len(list)-keep)
	}
	return slices.Delete(list, 0, max(0, after-keep))
}
