package servicing

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/facts"
)

const maxHistory = 200 // attempts that are given out, the newest

// attempt is one try to install or remove an update, as the agent reported it.
type attempt struct {
	update string // the GUID; "" is unknown
	at     moment
	entry  facts.HistoryEntry // without its time
}

// verdict is what the name of an event says of an attempt. The names are
// English in every language of Windows.
type verdict struct{ operation, result string }

// verdicts has no event that only begins an attempt, and none of downloads and
// of whole sessions, which name no update. What waits for a restart is still
// in progress: the restart may yet roll it back.
var verdicts = map[string]verdict{
	"AGENT_INSTALLING_SUCCEEDED":           {"install", "succeeded"},
	"AGENT_INSTALLING_FAILED":              {"install", "failed"},
	"AGENT_INSTALLING_FAILED_POST_REBOOT":  {"install", "failed"},
	"AGENT_INSTALLING_PENDING":             {"install", "in_progress"},
	"AGENT_INSTALL_COMPLETE_WITH_REBOOT":   {"install", "in_progress"},
	"AGENT_INSTALL_CANCEL":                 {"install", "aborted"},
	"AGENT_INSTALL_KILLED":                 {"install", "aborted"},
	"AGENT_UNINSTALLING_SUCCEEDED":         {"uninstall", "succeeded"},
	"AGENT_UNINSTALLING_FAILED":            {"uninstall", "failed"},
	"AGENT_UNINSTALL_COMPLETE_WITH_REBOOT": {"uninstall", "in_progress"},
	"AGENT_UNINSTALL_CANCEL":               {"uninstall", "aborted"},
	"AGENT_UNINSTALL_KILLED":               {"uninstall", "aborted"},
}

// tried adds an attempt. Its end takes the place of its "in progress", whose
// title it may lack and the other way round.
func (t *told) tried(a attempt) {
	for i := len(t.history) - 1; i >= 0 && a.update != ""; i-- {
		old := &t.history[i]
		if old.update != a.update {
			continue
		}
		if old.entry.Result.V == "in_progress" && old.entry.Operation == a.entry.Operation {
			if a.entry.Title.IsZero() {
				a.entry.Title, a.entry.KB = old.entry.Title, old.entry.KB
			}
			t.history = slices.Delete(t.history, i, i+1)
		}
		break
	}
	if len(t.history) == 2*maxHistory {
		t.trimHistory()
	}
	t.history = append(t.history, a)
}

// trimHistory puts the attempts in order, the oldest first, and keeps the
// newest of them. Two copies of one log say the same twice.
func (t *told) trimHistory() {
	slices.SortStableFunc(t.history, func(a, b attempt) int {
		return cmp.Or(a.at.instant().Compare(b.at.instant()), cmp.Compare(a.update, b.update))
	})
	t.history = slices.Compact(t.history)
	t.history = slices.Delete(t.history, 0, max(0, len(t.history)-maxHistory))
}

// attempts are the attempts as facts, the oldest first.
func (t *told) attempts(opt Options) []facts.HistoryEntry {
	t.trimHistory()
	out := make([]facts.HistoryEntry, len(t.history))
	for i, a := range t.history {
		out[i] = a.entry
		out[i].At = opt.time(a.at, moment{})
	}
	return out
}

// instant is the moment in UTC where the zone is known, else as written.
func (m moment) instant() time.Time {
	if m.known {
		return m.wall.Add(-m.offset)
	}
	return m.wall
}

// endedSentence is the sentence with which some languages introduce a title, where
// others have a colon: words, and a full stop after a small letter.
var endedSentence = regexp.MustCompile(`^\p{L}[\p{L}, ]*\p{Ll}\. `)

// afterSentence returns the title after such a sentence. It names an update, or what
// came before may have been a part of it.
func afterSentence(title string) string {
	sentence := endedSentence.FindString(title)
	if rest := title[len(sentence):]; kbOf(rest) != "" {
		return rest
	}
	return title
}

// titleOf returns the title of an update at the end of the sentence of an
// event, without the full stop: after the code, or after the colon that
// introduces it in every language. A sentence without either is the title when
// it names an update.
func titleOf(msg string) string {
	title := ""
	if i := strings.Index(msg, "0x"); i >= 0 {
		if j := strings.IndexByte(msg[i:], ':'); j >= 0 && j <= len("0x80070643 \u00a0") {
			title = msg[i+j+1:]
		}
	}
	if title == "" {
		if i := strings.LastIndex(msg, ": "); i >= 0 {
			title = afterSentence(msg[i+2:])
		} else if kbOf(msg) != "" || storeApp(msg) {
			title = msg
		}
	}
	return strings.Clone(clip(strings.TrimSuffix(trim(title), "."), 200))
}
