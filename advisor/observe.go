package advisor

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/facts/errcode"
	"github.com/patchmedic/patchmedic/kb"
)

// alreadyInstalled is WU_S_ALREADY_INSTALLED: a success, and yet a symptom when
// the same update is offered (wuerror.h).
const alreadyInstalled = 0x00240006

// observed is a code of the report and where it stands.
type observed struct {
	code facts.Code
	path string
	// outer: what the person sees; an inner code comes from logs and events.
	outer bool
}

// textLine is a log line or event that is no noise.
type textLine struct {
	text string
	path string
}

// observation is a report laid out once for all articles.
type observation struct {
	report  *facts.Report
	subject subjectOf
	codes   []observed
	kbs     []facts.KB // mentioned by the person
	lines   []textLine
	text    string
	// failed: the report shows a sign of failure of any kind.
	failed bool
}

func observe(lib *kb.Library, r *facts.Report) *observation {
	o := &observation{report: r}
	o.symptoms()
	o.subject.kb = o.subjectKB()
	o.history()
	o.setup()
	o.store()
	o.logs(lib.Noise())
	o.failed = o.failed || len(o.codes) > 0 || o.text != "" || len(o.kbs) > 0 || len(r.Tried.V) > 0
	o.events()
	o.subject.code = o.subjectCode()
	return o
}

func (o *observation) add(code facts.Code, path string, outer bool) {
	if code.IsZero() || code.Success() && code.Value != alreadyInstalled {
		return
	}
	for i := range o.codes {
		if o.codes[i].code == code {
			o.codes[i].outer = o.codes[i].outer || outer
			return
		}
	}
	o.codes = append(o.codes, observed{code, path, outer})
}

func (o *observation) symptoms() {
	s := o.report.Symptoms.V
	for i, c := range s.Codes.V {
		o.add(c, index("symptoms.codes", i), true)
	}
	o.kbs = append(o.kbs, s.KBs.V...)
	o.text = s.Text.V
	found := facts.Find(o.text)
	for _, m := range found.Codes {
		if isEvidence(m) {
			o.add(m.Code, "symptoms.text", true)
		}
	}
	for _, m := range found.KBs {
		if !slices.Contains(o.kbs, m.KB) {
			o.kbs = append(o.kbs, m.KB)
		}
	}
}

// subjectKB is the update the case is about: what the person named and the
// history knows, else what the person named, else what failed last.
func (o *observation) subjectKB() facts.KB {
	history := o.report.Updates.V.History.V
	for _, kb := range o.kbs {
		for _, e := range history {
			if e.KB.V == kb {
				return kb
			}
		}
	}
	if len(o.kbs) > 0 {
		return o.kbs[0]
	}
	var subject facts.KB
	var last time.Time
	for _, e := range history {
		if failing(history, e) && e.KB.V != 0 && (subject == 0 || e.At.V.After(last)) {
			subject, last = e.KB.V, e.At.V
		}
	}
	return subject
}

func failed(e facts.HistoryEntry) bool { return e.Result.V == "failed" || e.Result.V == "aborted" }

// failing reports whether an entry is a failure that no later success of the same
// update made good. Without both times nobody knows which came last.
func failing(history []facts.HistoryEntry, e facts.HistoryEntry) bool {
	at, timed := e.At.Get()
	return failed(e) && !slices.ContainsFunc(history, func(other facts.HistoryEntry) bool {
		later, timedToo := other.At.Get()
		return timed && timedToo && later.After(at) && e.KB.V != 0 && other.KB.V == e.KB.V &&
			other.Result.V == "succeeded" && other.Operation.V != "uninstall"
	})
}

// history adds the codes with which the subject failed; failures of other
// updates are another case.
func (o *observation) history() {
	history := o.report.Updates.V.History.V
	for i, e := range history {
		if !failing(history, e) {
			continue
		}
		o.failed = true
		if e.KB.V == o.subject.kb || o.subject.kb == 0 {
			o.add(e.Code.V, index("updates.history", i), true)
		}
	}
}

func (o *observation) setup() {
	s := o.report.Setup.V
	if code, ok := s.Result.Get(); ok {
		code.Extend = uint32(s.Extend.V)
		o.add(code, "setup.result", true)
	}
}

func (o *observation) store() {
	s := o.report.ComponentStore.V
	if rh := s.RestoreHealth.V; rh.Result.V != "succeeded" {
		o.add(rh.Code.V, "component_store.restore_health.code", false)
	}
	o.add(s.RollbackStatus.V, "component_store.rollback_status", false)
	if h := s.Health.V; h == "repairable" || h == "not_repairable" || s.SFC.V == "unrepaired" {
		o.failed = true
	}
}

// logs adds the codes and texts of lines; what healthy machines log too counts
// for nothing, neither its text nor its code.
func (o *observation) logs(noise *kb.Noise) {
	for i := range o.report.Logs.V {
		line := &o.report.Logs.V[i]
		if noise.Line(line) {
			continue
		}
		at := index("logs", i)
		o.lines = append(o.lines, textLine{line.Text.V, at})
		if line.Role.V == "context" {
			continue
		}
		if code, ok := line.Code.Get(); ok {
			o.add(code, at, false)
			continue
		}
		for _, m := range errcode.Find(line.Text.V) {
			if isEvidence(m) {
				o.add(m.Code, at, false)
			}
		}
	}
}

// besides are the providers of events of services, downloads, apps, definitions of
// viruses and tasks, which fail on healthy machines too.
var besides = []string{"Service Control Manager", "Microsoft-Windows-Bits-Client", "Microsoft-Windows-AppXDeployment-Server",
	"Microsoft-Windows-Windows Defender", "Microsoft-Windows-TaskScheduler"}

// events adds the codes and texts of events. A service that did not start says
// why an update fails, not that one does: those come after the others.
func (o *observation) events() {
	beside := func(e facts.Event) bool {
		return slices.ContainsFunc(besides, func(name string) bool { return strings.EqualFold(e.Provider.V, name) })
	}
	for i, e := range o.report.Events.V {
		if !beside(e) {
			o.event(i, e)
			o.failed = o.failed || len(o.codes) > 0
		}
	}
	for i, e := range o.report.Events.V {
		if beside(e) && o.failed {
			o.event(i, e)
		}
	}
}

func (o *observation) event(i int, e facts.Event) {
	at := index("events", i)
	if text := e.Message.V; text != "" {
		o.lines = append(o.lines, textLine{text, at})
	}
	o.add(e.Code.V, at, false)
}

// subjectCode is the code the person sees first, else the first one there is.
func (o *observation) subjectCode() facts.Code {
	for _, c := range o.codes {
		if c.outer && !c.code.Success() {
			return c.code
		}
	}
	for _, c := range o.codes {
		if !c.code.Success() {
			return c.code
		}
	}
	return facts.Code{}
}

// patchSubjects are the updates whose state is worth saying.
func (o *observation) patchSubjects() []facts.KB {
	const most = 10
	var out []facts.KB
	add := func(kb facts.KB) {
		if kb != 0 && len(out) < most && !slices.Contains(out, kb) {
			out = append(out, kb)
		}
	}
	add(o.subject.kb)
	for _, kb := range o.kbs {
		add(kb)
	}
	for _, e := range o.report.Updates.V.History.V {
		if failed(e) {
			add(e.KB.V)
		}
	}
	return out
}

// isEvidence leaves out a stop code, which is another kind of number, and the
// last error of a thread, which often has nothing to do with the failure.
func isEvidence(m errcode.Match) bool { return !m.Weak && m.Kind != errcode.KindBugCheck }

func index(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }
