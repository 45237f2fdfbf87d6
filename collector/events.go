package collector

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/collector/eventlog"
	"github.com/patchmedic/patchmedic/facts"
)

const (
	maxLog     = 256 << 20 // bytes of one event log
	maxLogs    = 40        // files of event logs
	maxEvents  = 200       // that are reported, the newest
	maxAlike   = 5         // of one kind with one code
	maxMessage = 400       // bytes
	maxKept    = 20_000    // while reading
)

// happenings are what the event logs say.
type happenings struct {
	events  []facts.Event
	history []trial
	crashes []facts.Crash
}

// readEvents reads the event logs.
func (g *gathering) readEvents() {
	var h happenings
	for i, name := range g.found.events {
		if i == maxLogs {
			g.fault("events:"+shortPath(name), "more than enough event logs, not read")
			break
		}
		count, err := readLog(g.src, name, func(e *eventlog.Event) { g.event(&h, e) })
		switch {
		case err != nil:
			g.fault("events:"+shortPath(name), reason(err))
		case count.Damaged > 0:
			g.fault("events:"+shortPath(name), fmt.Sprintf("%d parts are damaged, %d events were read", count.Damaged, count.Events))
		}
	}
	g.conclude(&h)
}

// conclude makes facts of what happened.
func (g *gathering) conclude(h *happenings) {
	g.report.Events = list(newest(h.unsettled()))
	g.report.Crashes = list(lastCrashes(h.crashes))
	if history := settle(h.history); len(history) > 0 {
		g.report.Updates = facts.Some(facts.Updates{History: facts.Some(history)})
	}
}

// unsettled leaves out the failures of updates that succeeded afterwards. The
// history keeps both.
func (h *happenings) unsettled() []facts.Event {
	succeeded := map[string]time.Time{} // by update, the last time
	for _, t := range h.history {
		if t.Result.V == "succeeded" && t.At.V.After(succeeded[name(t.HistoryEntry)]) {
			succeeded[name(t.HistoryEntry)] = t.At.V
		}
	}
	return slices.DeleteFunc(h.events, func(e facts.Event) bool {
		if e.Provider.V != updateClient {
			return false
		}
		for _, m := range facts.Find(e.Message.V).KBs {
			if e.At.V.Before(succeeded[m.KB.String()]) {
				return true
			}
		}
		return false
	})
}

func readLog(src fs.FS, name string, each func(*eventlog.Event)) (eventlog.Count, error) {
	f, err := src.Open(name)
	if err != nil {
		return eventlog.Count{}, err
	}
	defer f.Close()
	return eventlog.Read(io.LimitReader(f, maxLog), each)
}

// event takes what matters of one event.
func (g *gathering) event(h *happenings, e *eventlog.Event) {
	g.saw(e.At)
	if len(g.hosts) < 100 {
		g.name(g.hosts, e.Computer)
	}
	data := lowerKeys(e.Data)
	switch {
	case e.Provider == updateClient:
		h.addTrial(e, data)
	case e.Provider == errorReports && e.ID == 1001:
		h.addReport(e)
	case e.Provider == bugChecks && e.ID == 1001:
		h.addCrash(e, data)
	}
	for _, w := range watches[e.Provider] {
		if !slices.Contains(w.ids, e.ID) || ofStore(data["updatetitle"]) {
			continue
		}
		text := w.message(e, data)
		if w.only == nil || w.only.MatchString(text) {
			h.add(e, w.codeOf(e, data), clip(text))
		}
	}
}

func lowerKeys(data map[string]string) map[string]string {
	out := make(map[string]string, len(data))
	for name, text := range data {
		out[strings.ToLower(name)] = text
	}
	return out
}

// message makes a text of data, in which nothing is translated but titles.
func (w watch) message(e *eventlog.Event, data map[string]string) string {
	var parts []string
	for _, name := range w.says {
		if name == anyData {
			for _, text := range e.Values {
				if text = strings.TrimSpace(text); text != "" {
					parts = append(parts, text)
				}
			}
		} else if text := strings.TrimSpace(data[strings.ToLower(name)]); text != "" {
			parts = append(parts, name+"="+text)
		}
	}
	return strings.Join(parts, "; ")
}

// failureCode is a failure as an HRESULT, in hex or as a number with its sign, or
// as the number of a text of Windows.
var failureCode = regexp.MustCompile(`^(?:0[xX][89a-fA-F][0-9a-fA-F]{7}|-[0-9]{8,10}|%%[0-9]{1,5})$`)

func (w watch) codeOf(e *eventlog.Event, data map[string]string) facts.Maybe[facts.Code] {
	if w.code != anyData {
		return codeIn(data[strings.ToLower(w.code)])
	}
	for _, text := range e.Values {
		if failureCode.MatchString(strings.TrimSpace(text)) {
			return codeIn(text)
		}
	}
	return facts.Maybe[facts.Code]{}
}

func clip(s string) string {
	if len(s) > maxMessage {
		s = strings.ToValidUTF8(s[:maxMessage], "")
	}
	return s
}

// codeIn reads a code in the spellings of events: 0x80070306, a number with or
// without a sign, and %%1058 for the text of a Win32 error.
func codeIn(text string) facts.Maybe[facts.Code] {
	var code facts.Code
	text = strings.TrimPrefix(strings.TrimSpace(text), "%%")
	if text == "" || code.UnmarshalText([]byte(text)) != nil || code.Success() {
		return facts.Maybe[facts.Code]{}
	}
	return facts.Some(code)
}

func (h *happenings) add(e *eventlog.Event, code facts.Maybe[facts.Code], message string) {
	if len(h.events) >= maxKept {
		h.events = newest(h.events)
	}
	h.events = append(h.events, facts.Event{
		Log: some(e.Channel), Provider: facts.Some(e.Provider), ID: facts.Some(int64(e.ID)),
		Code: code, At: some(e.At), Message: some(message),
	})
}

// reportTypes are the reports of failed updates; of thousands others are made.
var reportTypes = []string{"CbsPackageServicingFailure2", "WindowsWcpOtherFailure3", "WinSetupDiag02", "WindowsUpdateFailure3"}

// addReport takes a report that Windows made of a failure: after the bucket and
// its type comes the name, and from the sixth on the parameters.
func (h *happenings) addReport(e *eventlog.Event) {
	if len(e.Values) < 6 || !slices.Contains(reportTypes, e.Values[2]) {
		return
	}
	parts, code := []string{e.Values[2]}, facts.Maybe[facts.Code]{}
	for i, p := range e.Values[5:min(len(e.Values), 15)] {
		if p == "" {
			continue
		}
		parts = append(parts, fmt.Sprintf("P%d=%s", i+1, p))
		if digits := strings.TrimPrefix(p, "0x"); code.IsZero() && len(digits) == 8 {
			code = codeIn("0x" + digits)
		}
	}
	h.add(e, code, clip(strings.Join(parts, "; ")))
}

func (h *happenings) addCrash(e *eventlog.Event, data map[string]string) {
	text, _, _ := strings.Cut(data["param1"], " ")
	var stop facts.Stop
	if text == "" || stop.UnmarshalText([]byte(text)) != nil || len(h.crashes) >= maxKept {
		return
	}
	h.crashes = append(h.crashes, facts.Crash{Code: facts.Some(stop), At: some(e.At)})
}

func lastCrashes(crashes []facts.Crash) []facts.Crash {
	slices.SortStableFunc(crashes, func(a, b facts.Crash) int { return b.At.V.Compare(a.At.V) })
	return crashes[:min(len(crashes), 10)]
}

// newest leaves the newest events, and few of each kind, the oldest first. One
// that stands in two logs is one.
func newest(events []facts.Event) []facts.Event {
	slices.SortStableFunc(events, func(a, b facts.Event) int {
		return cmp.Or(b.At.V.Compare(a.At.V), cmp.Compare(a.Provider.V, b.Provider.V), cmp.Compare(a.ID.V, b.ID.V), cmp.Compare(b.Log.V, a.Log.V))
	})
	type kind struct {
		provider string
		id       int64
		code     facts.Code
	}
	type moment struct {
		kind
		message string
		at      int64
	}
	alike, seen := map[kind]int{}, map[moment]bool{}
	var out []facts.Event
	for _, e := range events {
		k := kind{e.Provider.V, e.ID.V, e.Code.V}
		m := moment{k, e.Message.V, e.At.V.Truncate(2 * time.Second).Unix()}
		if alike[k] == maxAlike || seen[m] || len(out) == maxEvents {
			continue
		}
		alike[k]++
		seen[m] = true
		out = append(out, e)
	}
	slices.Reverse(out)
	return out
}
