package servicing

import (
	"bytes"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/patchmedic/patchmedic/facts"
)

// agentLine is a line of WindowsUpdate.log, in one of its layouts:
//
//	2022-11-13<TAB>11:15:01:303<TAB>1048<TAB>fd4<TAB>Misc<TAB>WARNING: ...
//	2023/05/22 08:22:20.0614505 2288  2488  Driver          *FAILED* [800F024B] ...
//	2023/05/22 08:22:20.0614505 PM 2288 2488 source_cpp12 [Driver] ...
type agentLine struct {
	wall      time.Time
	component string
	msg       []byte
}

var agentComponents = map[string]bool{
	"AU": true, "Agent": true, "PT": true, "EP": true, "WS": true, "DnldMgr": true, "Handler": true, "Setup": true, "Misc": true, "Report": true, "Service": true,
	"DtaStor": true, "IdleTmr": true, "COMAPI": true, "ComApi": true, "Driver": true, "UDP": true, "WIL": true, "DownloadManager": true, "Deployment": true,
	"Reporter": true, "ProtocolTalker": true, "SLS": true, "IdleTimer": true, "DataStore": true, "SelfUpd": true, "EndpointProvider": true, "WebServices": true,
	"Shared": true, "Metadata": true, "EEHandler": true, "CltUI": true, "OfflSnc": true, "Inv": true, "WuTask": true, "CBSHndlr": true, "DataCollector": true,
	"Download": true, "SusClient": true, "MSIHandler": true, "SetupHndlr": true, "Appx": true, "AppAU": true, "API": true, "Caller": true, "WUApp": true,
	"CDN": true, "DriverUtil": true, "CBS": true, "OSHndlr": true, "Installer": true, "UpdSvc": true,
}

// parseAgent takes a line apart. The component is a known one, or a word in
// brackets or after two numbers; "" is unknown.
func parseAgent(b []byte) (l agentLine, ok bool) {
	b = bytes.TrimLeft(b, " \t\ufeff")
	l.wall = parseWall(b)
	rest := b
	for i := range 8 { // date, time, AM or PM, process, thread, source, component
		word, tail := firstWord(rest)
		if len(word) == 0 {
			return l, false
		}
		switch {
		case i >= 2 && word[0] == '[' && word[len(word)-1] == ']' && utf8.Valid(word):
			l.component, l.msg = string(word[1:len(word)-1]), tail
			return l, true
		case i >= 2 && agentComponents[string(word)]:
			l.component, l.msg = string(word), tail
			return l, true
		case i == 4 && !l.wall.IsZero() && number(word) < 0 && !bytes.Contains(word, []byte("cpp")) && identifierOnly(word):
			l.component, l.msg = string(word), tail
			return l, true
		}
		rest = tail
	}
	return l, false
}

func firstWord(b []byte) (word, rest []byte) {
	b = bytes.TrimLeft(b, " \t")
	if i := bytes.IndexAny(b[:min(len(b), 64)], " \t"); i >= 0 {
		return b[:i], b[i+1:]
	}
	return b, nil
}

func identifierOnly(b []byte) bool {
	for _, c := range b {
		if !identity(c) || c == '~' {
			return false
		}
	}
	return len(b) < 24
}

// agentParser reads WindowsUpdate.log. The chain of an update is found by its
// id, that of other work lasts until the search or the minute ends.
type agentParser struct {
	c      *collector
	last   time.Time
	active []*chain // of updates, the newest last
	other  *chain
	search bool // other belongs to a search for updates
}

const (
	maxActive = 32
	agentGap  = 10 * time.Minute
	searchKey = "search"
)

var agentWords = [][]byte{
	[]byte("FAILED"), []byte("WARNING"), []byte("FATAL"), []byte("esultMapped="), []byte("ode = 0x"), []byte("hr = 0x"), []byte("hrDeploy = 0x"),
	[]byte("Finding updates"), []byte("Update success"), []byte("returned unknown error"),
	[]byte("/SLS/{"), []byte("Server URL = "), []byte("WSUS server: "),
}

func (p *agentParser) line(b []byte) {
	hit := false
	for _, w := range agentWords {
		if bytes.Contains(b, w) {
			hit = true
			break
		}
	}
	if !hit {
		return
	}
	l, ok := parseAgent(b)
	if !ok {
		return
	}
	if !l.wall.IsZero() {
		if p.other != nil && l.wall.Sub(p.last) > agentGap {
			p.closeOther()
		}
		p.last = l.wall
	}
	msg := message(l.msg)
	if p.configuration(msg) {
		return
	}
	update := updateOf(msg)
	switch {
	case strings.Contains(msg, "Finding updates") && strings.Contains(msg, "START"):
		p.closeOther()
		p.other = p.c.open(string(kindWU), "", searchKey)
		p.search = true
		return
	case strings.Contains(msg, "esultMapped="):
		p.history(msg, update)
		return
	case update != "" && strings.Contains(msg, "code = Update success"):
		p.good(update)
		return
	}
	f := finding{level: "info", component: l.component, text: msg, at: moment{wall: p.last}, pkg: kbOf(msg)}
	f.code, f.hasCode = codeOf(msg)
	searchEnd := strings.Contains(msg, "Finding updates") && strings.Contains(msg, "END")
	switch {
	case strings.HasPrefix(msg, "*FAILED*"), strings.HasPrefix(msg, "FAILED ["):
		f.level, f.weight = "error", notable
	case strings.HasPrefix(msg, "FATAL"):
		f.level, f.weight = "error", notable
	case strings.Contains(msg, "WARNING:"):
		f.level, f.weight = "warning", notable
	case strings.Contains(msg, "unknown error"), strings.Contains(msg, "hrDeploy ="), strings.Contains(msg, "hr = 0x"):
		f.weight = notable
	}
	if strings.Contains(msg, "xit code = ") || strings.Contains(msg, "all error code = ") || strings.Contains(msg, "return code = ") {
		f.weight = result
	}
	if f.hasCode && !isNoise(&finding{file: string(kindWU), code: f.code, hasCode: true, text: msg}) {
		p.add(f, update)
	}
	if searchEnd {
		if p.other != nil && p.search && !f.hasCode && !p.reported() {
			p.other = nil // the search worked in the end, and so did what it tried again
			p.c.cancel(string(kindWU), searchKey)
		}
		p.closeOther()
	}
}

// wsusService is the service that a WSUS server gives.
const wsusService = "3da21691-e39d-4da6-8a4b-b43877bcb1b7"

// configuration reads what the agent says of the machine while it starts and
// searches, and reports whether the message is nothing but that:
//
//   - WSUS server: http://wsus.contoso.com:8530
//     ServiceId = {3DA21691-...}, Server URL = https://wsus.contoso.com:8531/ClientWebService/client.asmx
//     SLS ... path used for cache lookup: /SLS/{...}/x64/10.0.19045.2965/0?CH=901&L=fr-FR&...
func (p *agentParser) configuration(msg string) bool {
	t := p.c.told
	if i := strings.Index(msg, "/SLS/{"); i >= 0 {
		part := strings.Split(msg[i:], "/")
		if len(part) < 5 {
			return false
		}
		version, ok := strings.CutPrefix(part[4], "10.0.")
		build := packageBuild("~~" + version + ".0.0")
		if !ok || build.Number == 0 {
			return false
		}
		t.build.tell(build, p.last)
		t.arch.tell(architecture(part[3]), p.last)
		return false
	}
	if value := after(msg, "WSUS server: ", ""); value != "" {
		if strings.EqualFold(value, "<NULL>") || strings.EqualFold(value, "(null)") {
			value = ""
		}
		t.wsus.tell(serverOf(value), p.last)
		return true
	}
	if server := after(msg, "Server URL = ", " ,"); server != "" && indexFold(msg, wsusService) >= 0 {
		t.wsus.tell(serverOf(server), p.last)
	}
	return false
}

// serverOf is the address of a server without the path of a service on it.
func serverOf(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return strings.Clone(address)
	}
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

// architecture gives the agent's word for a processor its usual name.
func architecture(word string) string {
	if word == "x64" {
		return "amd64"
	}
	return strings.Clone(word)
}

func (p *agentParser) reported() bool {
	for i := range p.other.findings {
		if p.other.findings[i].weight == result {
			return true
		}
	}
	return false
}

func (p *agentParser) add(f finding, update string) {
	if update != "" {
		p.c.add(p.update(update), f)
		return
	}
	if p.other == nil {
		p.other = p.c.open(string(kindWU), "", "")
	}
	p.c.add(p.other, f)
}

// history reads the verdict on one update: what the user sees, and the code
// inside it. A pending restart is a success.
func (p *agentParser) history(msg, update string) {
	mapped, isMapped := codeOf("error 0x" + pad(after(msg, "resultMapped=", ", ")))
	inner, isInner := codeOf("error 0x" + pad(after(msg, "resultUnMapped=", ", ")))
	if !isMapped || mapped.Value == 0x80242014 || mapped.Value == 0x80242015 && !isInner {
		if update != "" {
			p.good(update)
		}
		return
	}
	at := moment{wall: p.last}
	if isInner && inner != mapped {
		p.add(finding{level: "error", component: "Agent", code: inner, hasCode: true, text: msg, at: at, weight: notable}, update)
	}
	p.add(finding{level: "error", component: "Agent", code: mapped, hasCode: true, text: msg, at: at, weight: result}, update)
}

// pad completes the hexadecimal digits of a code.
func pad(digits string) string {
	if len(digits) >= 8 {
		return digits
	}
	return strings.Repeat("0", 8-len(digits)) + digits
}

// update is the chain of an update.
func (p *agentParser) update(id string) *chain {
	for _, ch := range p.active {
		if ch.key == id {
			return ch
		}
	}
	ch := p.c.find(string(kindWU), id)
	if ch == nil {
		ch = p.c.open(string(kindWU), strings.Clone(id), strings.Clone(id))
	}
	if len(p.active) == maxActive {
		p.c.keep(p.active[0])
		p.active = append(p.active[:0], p.active[1:]...)
	}
	p.active = append(p.active, ch)
	return ch
}

// good forgets the failures of an update that was installed.
func (p *agentParser) good(id string) {
	for i, ch := range p.active {
		if ch.key == id {
			p.active = append(p.active[:i], p.active[i+1:]...)
			break
		}
	}
	p.c.cancel(string(kindWU), id)
}

func (p *agentParser) closeOther() {
	p.c.keep(p.other)
	p.other, p.search = nil, false
}

func (p *agentParser) end() {
	for _, ch := range p.active {
		p.c.keep(ch)
	}
	p.active = nil
	p.closeOther()
}

// updateOf returns the id of the update that a message names, in lower case.
func updateOf(msg string) string {
	for _, word := range []string{"idUpdate=", "updateId = ", "update id ", "UpdateID = ", "Update ID = ", "updateID ", "update {", "downloading update ", "for update ", "Install of {", "Update "} {
		i := indexFold(msg, word)
		if i < 0 {
			continue
		}
		if id := guid(strings.TrimLeft(msg[i+len(word)-1:], " ={")); id != "" {
			return id
		}
	}
	return ""
}

// guid returns the GUID at the beginning of s, in lower case.
func guid(s string) string {
	s = strings.TrimLeft(s, "{ ")
	if len(s) < 36 {
		return ""
	}
	for i := range 36 {
		c := s[i] | 0x20
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != '-' {
				return ""
			}
		} else if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return ""
		}
	}
	return strings.ToLower(s[:36])
}

// kbOf returns the first update that a message names by number.
func kbOf(msg string) string {
	if !strings.Contains(msg, "KB") {
		return ""
	}
	if kbs := facts.Find(msg).KBs; len(kbs) > 0 {
		return kbs[0].KB.String()
	}
	return ""
}
