package proof

import (
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
)

// mostTried is how many attempts of a report are looked at.
const mostTried = 100

// FromTried returns the trials that a later report tells of: what it says was
// tried, of the actions that the advice to an earlier report had proposed, after
// that report was collected. c is the case of that advice (its Report, KB and
// Code), and proposed gives the article for each action. What was tried at an
// unknown time starts no trial, nor what was after the later report: nothing could
// be measured of it. The same attempt told again has the same id.
func FromTried(lib *kb.Library, c Trial, proposed map[string]string, earlier, later *facts.Report) []*Trial {
	var out []*Trial
	collected, timed := earlier.CollectedAt.Get()
	if !timed {
		return nil
	}
	end, ended := later.CollectedAt.Get()
	for _, tried := range later.Tried.V[:min(mostTried, len(later.Tried.V))] {
		action := strings.ToLower(tried.Action.V)
		at, timed := tried.At.Get()
		if !timed || !at.After(collected) || ended && at.After(end) || proposed[action] == "" {
			continue
		}
		t := Trial{Report: c.Report, KB: c.KB, Code: c.Code, Article: proposed[action], Action: action, At: at, Said: Result(tried.Outcome.V)}
		t.ID = strings.Join([]string{t.Report, action, at.UTC().Format(time.RFC3339Nano)}, "/")
		out = append(out, Begin(lib, t, earlier))
	}
	return out
}
