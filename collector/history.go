package collector

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/collector/eventlog"
	"github.com/patchmedic/patchmedic/facts"
)

const (
	maxHistory = 200 // attempts that are reported, the newest
	// maxSuccesses bounds the successes of one update: definitions of Defender
	// come several times a day under one number.
	maxSuccesses = 3
	// sameAttempt is how far the times lie apart that two logs have of one.
	sameAttempt = 2 * time.Minute
)

// trial is what an event says of one attempt.
type trial struct {
	update string // its GUID
	facts.HistoryEntry
}

// outcomes are the events of Windows Update that tell of an attempt.
var outcomes = map[int]struct{ operation, result string }{
	19: {"install", "succeeded"},
	20: {"install", "failed"},
	23: {"uninstall", "succeeded"},
	24: {"uninstall", "failed"},
	43: {"install", "in_progress"},
}

// addTrial takes an event of Windows Update that tells of an attempt.
func (h *happenings) addTrial(e *eventlog.Event, data map[string]string) {
	outcome, ok := outcomes[e.ID]
	title := data["updatetitle"]
	if title == "" {
		title = data["updatelist"]
	}
	if !ok || ofStore(title) || len(h.history) >= maxKept {
		return
	}
	t := trial{update: strings.ToLower(data["updateguid"])}
	t.Title, t.Operation, t.Result = some(clip(title)), facts.Some(outcome.operation), facts.Some(outcome.result)
	t.Code, t.At = codeIn(data["errorcode"]), some(e.At)
	if kbs := facts.Find(title).KBs; len(kbs) > 0 {
		t.KB = facts.Some(kbs[0].KB)
	}
	h.history = append(h.history, t)
}

var storeTitle = regexp.MustCompile(`(?:^|\s)9[A-Z0-9]{11}-`)

// ofStore reports whether a title is that of an app, which is no update of
// Windows.
func ofStore(title string) bool { return storeTitle.MatchString(title) }

// settle puts attempts in order, and leaves out that one began where its end is
// known.
func settle(trials []trial) []facts.HistoryEntry {
	slices.SortStableFunc(trials, func(a, b trial) int { return a.At.V.Compare(b.At.V) })
	ended := map[string]bool{}
	var out []facts.HistoryEntry
	for _, t := range slices.Backward(trials) {
		began := t.Result.V == "in_progress"
		if began && ended[t.update] {
			continue
		}
		ended[t.update] = t.update != ""
		out = append(out, t.HistoryEntry)
	}
	slices.Reverse(out)
	return out
}

// tidy makes one history of several logs: the oldest first, what two logs tell
// once, few successes of one update, and no apps.
func tidy(history []facts.HistoryEntry) []facts.HistoryEntry {
	history = slices.Clone(history)
	slices.SortStableFunc(history, func(a, b facts.HistoryEntry) int {
		return cmp.Or(a.At.V.Compare(b.At.V), strings.Compare(a.Title.V, b.Title.V))
	})
	successes := map[string]int{}
	var out []facts.HistoryEntry
	for _, e := range slices.Backward(history) {
		if ofStore(e.Title.V) || slices.ContainsFunc(out, func(o facts.HistoryEntry) bool { return same(o, e) }) {
			continue
		}
		if e.Result.V == "succeeded" {
			if successes[name(e)]++; successes[name(e)] > maxSuccesses {
				continue
			}
		}
		if len(out) == maxHistory {
			break
		}
		out = append(out, e)
	}
	slices.Reverse(out)
	return out
}

// name is what an update is known by.
func name(e facts.HistoryEntry) string { return cmp.Or(e.KB.V.String(), e.Title.V) }

// same reports whether two entries tell of one attempt.
func same(a, b facts.HistoryEntry) bool {
	apart := a.At.V.Sub(b.At.V).Abs()
	return name(a) == name(b) && a.Operation == b.Operation && a.Result == b.Result && a.Code == b.Code &&
		a.At.State() == b.At.State() && apart <= sameAttempt
}
