package servicing

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/patchmedic/patchmedic/facts/errcode"
)

// diagParser reads the result of SetupDiag, as text or as XML: the rule that
// matched, the code with its second number, the phase and the operation.
type diagParser struct {
	c      *collector
	values map[string]string
	entry  finding
	found  bool // a line of the setup log was quoted
}

// diagNames are the values that matter, by their names in the text and in XML.
var diagNames = map[string]string{
	"Last Phase": "phase", "LastSetupPhase": "phase", "Last Operation": "operation", "LastSetupOperation": "operation",
	"Error": "error", "ProfileName": "rule", "FailureData": "data", "FailureDetails": "details", "Matching Profile found": "rule",
	"Phase Name": "phase", "Operation Name": "operation", "InfName": "driver",
	"HostOSVersion": "from", "TargetOSVersion": "to",
}

func (p *diagParser) line(b []byte) {
	if bytes.IndexByte(b, '<') < 0 {
		p.text(message(b))
		return
	}
	for len(b) > 0 { // elements of XML, perhaps all on one line
		var element []byte
		element, b, _ = bytes.Cut(b, []byte{'<'})
		name, value, ok := bytes.Cut(element, []byte{'>'})
		if ok && len(value) > 0 {
			p.set(string(name[:min(len(name), 64)]), unescape.Replace(message(value)))
		}
	}
}

func (p *diagParser) text(s string) {
	if entry, ok := strings.CutPrefix(s, "LogEntry:"); ok {
		p.quote(entry)
		return
	}
	if i := strings.IndexAny(s, "=:"); i > 0 {
		p.set(trim(s[:i]), trim(s[i+1:]))
	}
}

func (p *diagParser) set(name, value string) {
	slot, ok := diagNames[name]
	if !ok || value == "" {
		return
	}
	if p.values == nil {
		p.values = map[string]string{}
	}
	if slot == "error" {
		if _, coded := codeOf(value); coded {
			slot = "code"
		}
	}
	if p.values[slot] == "" {
		p.values[slot] = clip(value, maxMessage)
	}
	if i := strings.Index(value, "LogEntry:"); i >= 0 {
		p.quote(value[i+len("LogEntry:"):])
	}
}

// quote reads the line of the setup log that SetupDiag found.
func (p *diagParser) quote(s string) {
	r, ok := parsePanther([]byte(s))
	if p.found || !ok {
		return
	}
	p.found = true
	p.entry = finding{level: r.level, component: r.component, text: string(r.msg), at: moment{wall: r.wall}, weight: notable}
	p.entry.code, p.entry.hasCode = codeOf(p.entry.text)
}

var unescape = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&")

func (p *diagParser) end() {
	rule, _, _ := strings.Cut(p.values["rule"], " - ")
	if rule == "" && p.values["code"] == "" {
		return
	}
	f := finding{level: "error", component: "SetupDiag", weight: result, at: p.entry.at}
	for _, slot := range []string{"code", "data", "details", "error"} {
		if f.hasCode {
			break
		}
		for _, m := range errcode.Find(p.values[slot]) {
			if m.Kind != errcode.KindBugCheck && !m.Code.Success() {
				f.code, f.hasCode = m.Code, true
				break
			}
		}
	}
	parts := []string{}
	for _, slot := range []string{"rule", "error", "code", "data", "phase", "operation", "driver"} {
		if v := p.values[slot]; v != "" {
			parts = append(parts, slot+": "+clip(v, 160))
		}
	}
	f.text = strings.Join(parts, "; ")
	p.tell(rule, f)
	ch := p.c.open(string(kindSetupDiag), "", "")
	if p.found {
		p.c.add(ch, p.entry)
	}
	p.c.add(ch, f)
	p.c.keep(ch)
	p.values, p.found = nil, false
}

// tell states the verdict as facts of the feature update.
func (p *diagParser) tell(rule string, f finding) {
	t, at := p.c.told, f.at.wall
	if rule != "" {
		t.rule.tell(rule, at)
	}
	if f.hasCode {
		t.outcome.tell(f.code, at)
	}
	if inf := p.values["driver"]; inf != "" {
		t.blocker.tell(inf, at)
	}
	if build := versionBuild(p.values["from"]); build != 0 {
		t.from.tell(build, at)
	}
	if build := versionBuild(p.values["to"]); build != 0 {
		t.to.tell(build, at)
	}
}

// versionBuild returns the build of a version, 26100 of "10.0.26100.1 (WinBuild...)"
// or of "10.0.26100"; 0 for anything else.
func versionBuild(s string) int64 {
	s = strings.TrimPrefix(s, "10.0.")
	digits := s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
	n, err := strconv.ParseInt(digits, 10, 32)
	if err != nil || len(digits) != 5 {
		return 0
	}
	return n
}
