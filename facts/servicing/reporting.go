package servicing

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
)

// reportingParser reads ReportingEvents.log: tab separated, one event a line,
// known by the number of the event and the column of the code. The message is
// in the language of Windows and only searched for the number of the update.
type reportingParser struct {
	c      *collector
	titles map[string]string // of updates whose installation began: some ends do not repeat it
}

const (
	detectionFailed = 148
	downloadFailed  = 161
	installFailed   = 182
)

func (p *reportingParser) line(b []byte) {
	if !bytes.Contains(b, []byte("[AGENT_")) {
		return
	}
	col := bytes.Split(b, []byte{'\t'})
	if len(col) < 8 {
		return
	}
	id, name, _ := strings.Cut(string(bytes.TrimSpace(col[3])), " ")
	event, err := strconv.Atoi(id)
	if err != nil {
		return
	}
	update := guid(string(bytes.TrimSpace(col[5])))
	rest := ""
	if len(col) > 11 {
		rest = message(col[11])
	}
	p.attempt(strings.Trim(name, "[] "), update, rest, col)
	key := update
	switch event {
	case 147:
		p.c.cancel(string(kindReporting), searchKey)
		return
	case 162:
		return
	case 183, 184:
		p.c.cancel(string(kindReporting), update)
		return
	case detectionFailed:
		key = searchKey
	case downloadFailed, installFailed:
		if storeApp(rest) {
			return
		}
	default:
		return
	}
	code, ok := hexCode(string(bytes.TrimSpace(col[7])))
	if !ok {
		return
	}
	f := finding{level: "error", component: "Agent", code: code, hasCode: true, pkg: kbOf(rest), weight: result, at: zoned(col[1])}
	f.text = strings.TrimSpace(id + " " + name + " " + rest)
	if f.pkg == "" && !strings.HasPrefix(update, "00000000-") {
		f.pkg = update
	}
	ch := p.c.find(string(kindReporting), key)
	if ch == nil {
		session := key
		if session == searchKey {
			session = ""
		}
		ch = p.c.open(string(kindReporting), session, key)
		if len(col) > 8 {
			ch.client = message(col[8])
		}
	}
	ch.pkg = f.pkg
	p.c.add(ch, f)
	p.c.keep(ch)
}

// attempt notes what an event says of the history of updates. Apps of the
// Store and definitions are part of it; their titles tell them apart.
func (p *reportingParser) attempt(name, update, msg string, col [][]byte) {
	title := titleOf(msg)
	if name == "AGENT_INSTALLING_STARTED" {
		if p.titles == nil || len(p.titles) == maxActive {
			p.titles = map[string]string{}
		}
		p.titles[update] = title
		return
	}
	v, ok := verdicts[name]
	if !ok {
		return
	}
	if title == "" {
		title = p.titles[update]
	}
	a := attempt{update: update, at: zoned(col[1])}
	a.entry = facts.HistoryEntry{Title: some(title), Operation: facts.Some(v.operation), Result: facts.Some(v.result)}
	if kbs := facts.Find(title + "\n" + msg).KBs; len(kbs) > 0 {
		a.entry.KB = facts.Some(kbs[0].KB)
	}
	p.leadsTo(v, title, a.at)
	if n, err := strconv.ParseUint(string(bytes.TrimSpace(col[7])), 16, 32); err == nil && n != 0 {
		a.entry.Code = facts.Some(facts.Code{Value: uint32(n)})
	}
	p.c.told.tried(a)
}

// leadsTo states the build that runs, when an update that was installed has it
// in its title: "(KB5090001) (26200.8100)". The revision is that of a machine
// that did not take a later one by other means: it is left to other logs.
func (p *reportingParser) leadsTo(v verdict, title string, at moment) {
	if v != (verdict{"install", "succeeded"}) {
		return
	}
	if builds := facts.Find(title).Builds; len(builds) > 0 {
		p.c.told.build.tell(facts.Build{Number: builds[0].Build.Number}, at.wall)
	}
}

func (p *reportingParser) end() {}

// hexCode reads a code without 0x; success is no code.
func hexCode(s string) (facts.Code, bool) {
	v, err := strconv.ParseUint(s, 16, 32)
	code := facts.Code{Value: uint32(v)}
	return code, err == nil && v != 0 && !code.Success()
}

// storeApp reports whether the title of an update is that of an app, as in
// "9NBLGGH4NNS1-Microsoft.DesktopAppInstaller".
func storeApp(title string) bool {
	for _, word := range strings.Fields(title) {
		id, _, ok := strings.Cut(word, "-")
		if ok && len(id) == 12 && id[0] == '9' && strings.ToUpper(id) == id {
			return true
		}
	}
	return false
}

// zoned reads "2017-12-12 19:46:19:636+0900", which brings its own offset.
func zoned(b []byte) moment {
	b = bytes.TrimSpace(b)
	m := moment{wall: parseWall(b)}
	if n := len(b); n > 24 && !m.isZero() && (b[n-5] == '+' || b[n-5] == '-') {
		hours, minutes := number(b[n-4:n-2]), number(b[n-2:])
		if hours >= 0 && hours <= 14 && minutes >= 0 && minutes < 60 {
			m.known = true
			m.offset = stampOffset(b[n-5], hours, minutes)
		}
	}
	return m
}
