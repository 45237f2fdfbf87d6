package servicing

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/facts"
)

// cbsParser reads CBS.log. One parser may read several files that continue
// each other.
type cbsParser struct {
	c       *collector
	current *chain
	shown   bool // the log shows its sessions: it is no excerpt

	last   time.Time // of the latest dated line that was parsed
	offset time.Duration
	known  bool // the offset was told
	// offsetAt is the day of the month when the offset was read; once a day is
	// enough to see the change to summer time.
	offsetAt int

	installer string
	report    storeReport
	files     map[string]int // unrepaired files of [SR] lines: index+1 in sr
	sr        []finding
}

// storeReport is what a summary of the store told so far.
type storeReport struct {
	detected int
	good     bool // the operation itself worked
}

// storeKey marks the chain of a store report that failed: a later report of a
// whole store makes it good.
const storeKey = "store"

const maxFiles = 32 // damaged files of the file checker that are kept

// all reads every line. The common case, a dated line at level Info that means
// nothing, is decided here by a few bytes at fixed columns.
func (p *cbsParser) all(lines *lineReader) {
	for b := lines.next(); b != nil; b = lines.next() {
		if len(b) > 51 && b[19] == ',' && b[4] == '-' && b[21] == 'I' && b[43] == 'C' {
			switch b[44] {
			case 'B':
				if !matters(b[50:]) {
					continue
				}
			case 'S':
				if len(b) < 64 {
					continue
				}
				if b[58] == '@' { // both times, and no failure
					if p.known && p.offsetAt == number(b[8:10]) {
						continue
					}
					p.offsetAt = number(b[8:10])
				} else if b[58] == ' ' && (b[59] != '[' || b[60] != 'S') {
					continue
				}
			}
		}
		p.line(b)
	}
}

// matters decides whether an Info message of CBS is worth parsing: it ends
// with the bracket of an HRESULT, or begins as one of the lines that carry
// a session, a result or a fact.
func matters(msg []byte) bool {
	n := len(msg) - 1
	for n > 0 && msg[n] == ' ' {
		n--
	}
	if msg[n] == ']' {
		return true
	}
	switch msg[0] {
	case 'S': // Session:, Setting original, Store corruption, Starting TrustedInstaller
		return bytes.HasPrefix(msg, []byte("Session: ")) || bytes.HasPrefix(msg, []byte("Setting or")) || bytes.HasPrefix(msg, []byte("Store corruption"))
	case 'E':
		return bytes.HasPrefix(msg, []byte("Exec: Session")) || bytes.HasPrefix(msg, []byte("Exec: Processing"))
	case 'W':
		return bytes.HasPrefix(msg, []byte("WER: "))
	case 'D':
		return bytes.HasPrefix(msg, []byte("Doq"))
	case 'I':
		return bytes.HasPrefix(msg, []byte("INSTALL index"))
	case 'O':
		return bytes.HasPrefix(msg, []byte("Operation result"))
	case 'T':
		return bytes.HasPrefix(msg, []byte("Total ")) || bytes.HasPrefix(msg, []byte("TI: ---"))
	case 'U':
		return bytes.HasPrefix(msg, []byte("Universal Time"))
	case 'C':
		return bytes.HasPrefix(msg, []byte("CheckSur: h"))
	case 'R':
		return bytes.HasPrefix(msg, []byte("Repair failed"))
	case 'F':
		return bytes.HasPrefix(msg, []byte("FC: "))
	case '(':
		return true
	case '\t', ' ':
		return bytes.HasPrefix(bytes.TrimLeft(msg, " \t"), []byte("("))
	}
	return false
}

func (p *cbsParser) line(b []byte) {
	r, ok := parsePanther(b)
	if !ok {
		p.undated(b)
		return
	}
	if !r.wall.IsZero() {
		p.last = r.wall
	}
	if r.component == "CSI" || csiSequence(r.msg) {
		p.csi(r)
		return
	}
	p.cbs(r, message(r.msg))
}

// now is the moment of the line at hand.
func (p *cbsParser) now() moment { return moment{wall: p.last, offset: p.offset, known: p.known} }

// utc learns the offset of the machine from a line that has both times.
func (p *cbsParser) utc(local, utc time.Time) {
	if local.IsZero() || utc.IsZero() {
		return
	}
	offset := local.Sub(utc).Round(15 * time.Minute)
	if offset.Abs() <= 14*time.Hour {
		p.offset, p.known = offset, true
		p.c.learn(string(kindCBS), offset)
	}
}

// chain is the chain that a failure at this line belongs to.
func (p *cbsParser) chain() *chain {
	if p.current == nil {
		p.current = p.c.open(string(kindCBS), "", "")
		p.current.excerpt = true
	}
	return p.current
}

// start closes the chain at hand and begins that of a session.
func (p *cbsParser) start(session string) {
	p.shown = true
	if p.current != nil && p.current.session == session {
		return
	}
	p.close()
	if p.current = p.session(session); p.current == nil {
		p.current = p.c.open(string(kindCBS), session, "")
	}
}

func (p *cbsParser) close() {
	p.c.keep(p.current)
	p.current = nil
}

// finish closes a session by what was reported of it.
func (p *cbsParser) finish(session, pkg, msg string, final bool) {
	p.shown = true
	code, failed := codeOf(msg)
	told, isTold := bracketed(msg) // a line that was cut tells nothing
	success := isTold && told.Success() || strings.Contains(msg, "[HRESULT = 0x0 ") || strings.Contains(msg, "[HRESULT = 0x0]")
	failed = failed && !quiet(code)
	if p.current != nil && p.current.session != session {
		if failed && p.current.session == "" && len(p.current.findings) > 0 {
			p.current.session = strings.Clone(session) // the lines after a restart name their session late
		} else {
			p.close()
		}
	}
	if p.current == nil {
		p.start(strings.Clone(session))
	}
	if pkg != "" {
		p.current.pkg = strings.Clone(pkg)
		p.current.key = p.current.pkg
	}
	switch {
	case failed:
		p.c.add(p.current, finding{level: "info", component: "CBS", code: code, hasCode: true, pkg: pkg, text: msg, at: p.now(), weight: result})
	case success:
		// It makes this session and earlier ones of the package good.
		p.drop(session)
		p.c.cancel(string(kindCBS), pkg)
		p.current = nil
	}
	if final {
		p.close()
	}
}

func (p *cbsParser) session(id string) *chain {
	for i := len(p.c.chains) - 1; i >= 0; i-- {
		if ch := p.c.chains[i]; ch.file == string(kindCBS) && ch.session == id {
			return ch
		}
	}
	return nil
}

// drop forgets what was kept of a session.
func (p *cbsParser) drop(session string) {
	for i, ch := range p.c.chains {
		if ch.file == string(kindCBS) && ch.session == session {
			p.c.chains = append(p.c.chains[:i], p.c.chains[i+1:]...)
			return
		}
	}
}

func (p *cbsParser) cbs(r record, msg string) {
	switch {
	case strings.HasPrefix(msg, "Session: "):
		id := after(msg, "Session: ", " ,.")
		if strings.Contains(msg, " initialized by client") {
			p.start(strings.Clone(id))
			p.current.client = strings.Clone(after(msg, "by client ", ",."))
			return
		}
		if strings.Contains(msg, " finalized") {
			p.finish(id, "", msg, true)
			return
		}
	case strings.HasPrefix(msg, "Exec: Session processing started"):
		if i := strings.LastIndex(msg, ": "); i > 0 {
			p.start(strings.Clone(trim(msg[i+2:])))
			p.current.client = strings.Clone(after(msg, "Client: ", ","))
		}
		return
	case strings.HasPrefix(msg, "Exec: Processing complete"):
		p.finish(after(msg, "Session: ", ", "), packageOf(msg), msg, false)
		return
	case strings.HasPrefix(msg, "TI: ---"):
		p.shown = true
		p.close()
		return
	case strings.HasPrefix(msg, "Universal Time is:"):
		p.utc(r.wall, parseWall([]byte(after(msg, "is: ", ""))))
		return
	case strings.HasPrefix(msg, "(p)"), strings.HasPrefix(msg, "(f)"):
		p.storeLine(r, msg)
		return
	case strings.HasPrefix(msg, "Operation result:"), strings.HasPrefix(msg, "Total "):
		p.summary(r, msg)
		return
	}

	f := finding{level: r.level, component: r.component, text: msg, at: p.now()}
	f.code, f.hasCode = codeOf(msg)
	switch {
	case strings.HasPrefix(msg, "WER: Generating failure report"):
		if code, ok := codeOf(after(msg, "status:", ",")); ok {
			f.code, f.hasCode = code, true
		}
		f.weight, f.pkg = result, packageOf(msg)
		if ch := p.chain(); f.pkg != "" {
			ch.pkg, ch.key = strings.Clone(f.pkg), strings.Clone(f.pkg)
		}
	case strings.HasPrefix(msg, "Setting original failure status"):
		f.weight = original
	case strings.HasPrefix(msg, "INSTALL index"):
		n, err := strconv.ParseUint(after(msg, "result ", ","), 10, 16)
		if err != nil || n == 0 || n == 3010 {
			return
		}
		f.code, f.hasCode, f.weight = facts.Code{Value: 0x80070000 | uint32(n)}, true, notable
	case strings.HasPrefix(msg, "Doqe: Recording result"), strings.HasPrefix(msg, "CheckSur:"), strings.HasPrefix(msg, "FC:"):
		if !f.hasCode {
			return
		}
		if msg[0] == 'D' {
			f.weight = notable
		}
	case strings.HasPrefix(msg, "Store corruption"), strings.HasPrefix(msg, "Repair failed: Missing"):
		f.weight = notable
	case !f.hasCode && r.level != "error":
		return
	case r.level == "error" || telling(msg):
		f.weight = notable
	}
	if f.pkg == "" {
		f.pkg = packageOf(msg)
	}
	p.add(f)
}

// telling are messages that hold a cause by themselves, whatever their level.
func telling(msg string) bool {
	switch {
	case strings.HasPrefix(msg, "Failed to pin deployment"),
		strings.HasPrefix(msg, "Failed to load the COMPONENTS hive"),
		strings.HasPrefix(msg, "Failed to find file: "),
		strings.HasPrefix(msg, "Failed reading Identity for driver operation"),
		strings.HasPrefix(msg, "DriverUpdateInstallUpdates failed"),
		strings.HasPrefix(msg, "Doqe: Failed"), strings.HasPrefix(msg, "Doqi: Failed"),
		strings.HasPrefix(msg, "Mark store corruption flag"),
		strings.Contains(msg, "requires Servicing Stack"),
		strings.HasPrefix(msg, "SpaceCheck: "):
		return true
	}
	return false
}

func (p *cbsParser) add(f finding) {
	if f.installer == "" && f.level == "error" {
		f.installer = p.installer
	}
	p.c.add(p.chain(), f)
}

// storeLine reads a finding of the store report; repaired ones mean nothing.
func (p *cbsParser) storeLine(r record, msg string) {
	if strings.Contains(msg, "(Fixed)") || strings.HasPrefix(msg, "(f)\t") && strings.Contains(msg, "(fix)") {
		return
	}
	f := finding{level: level(r.level), component: "CBS", text: msg, at: p.now(), weight: notable, pkg: packageOf(msg)}
	f.code, f.hasCode = codeOf(msg)
	p.add(f)
}

// summary reads the totals and the result of a store report.
func (p *cbsParser) summary(r record, msg string) {
	switch {
	case strings.HasPrefix(msg, "Total Detected Corruption:"):
		p.report.detected = number([]byte(after(msg, ":", "")))
	case strings.HasPrefix(msg, "Total Repaired Corruption:"):
		repaired := number([]byte(after(msg, ":", "")))
		if !p.report.good || p.report.detected < 0 || repaired < p.report.detected {
			return
		}
		// All is repaired: what was found on the way is no failure.
		if p.current != nil {
			p.current.findings, p.current.failed = nil, false
		}
		p.c.cancel(string(kindCBS), storeKey)
	case strings.HasPrefix(msg, "Operation result:"):
		code, failed := codeOf(msg)
		p.report.good = !failed
		if failed && !quiet(code) {
			if ch := p.chain(); ch.key == "" {
				ch.key = storeKey
			}
			p.add(finding{level: level(r.level), component: "CBS", code: code, hasCode: true, text: msg, at: p.now(), weight: result})
		}
	}
}

func level(s string) string {
	if s == "" {
		return "info"
	}
	return s
}

// csiSequence reports whether a message without component is one of the engine.
func csiSequence(msg []byte) bool {
	if len(msg) < 10 || msg[8] != ' ' && msg[8] != '@' {
		return false
	}
	for _, c := range msg[:8] {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// csi reads a line of the component store engine. Its stamp is in UTC.
func (p *cbsParser) csi(r record) {
	msg := r.msg
	if csiSequence(msg) {
		stamp, rest, _ := bytes.Cut(msg[8:], []byte{' '})
		if len(stamp) > 1 && !r.wall.IsZero() {
			p.utc(r.wall, parseStamp(stamp[1:]))
		}
		msg = rest
	}
	failure := bytes.HasPrefix(msg, []byte("(F) "))
	switch {
	case bytes.HasPrefix(msg, []byte("[SR] ")):
		p.fileChecker(r, message(msg))
		return
	case !failure && r.level != "error":
		return
	}
	text := message(msg)
	text = strings.TrimPrefix(text, "(F) ")
	f := finding{level: level(r.level), component: "CSI", text: text, at: p.now(), weight: notable, pkg: packageOf(text)}
	f.code, f.hasCode = codeOf(text)
	if !f.hasCode {
		f.weight = hint
	}
	if name := after(text, "Installer: ", "(\t{["); name != "" {
		f.installer = name
	}
	p.add(f)
}

// parseStamp reads the 2023/5/17:15:45:57.333 of the engine.
func parseStamp(b []byte) time.Time {
	var n [6]int
	for i := range n {
		stop := "//::::"[i]
		if i == 5 {
			stop = '.'
		}
		field, rest, _ := bytes.Cut(b, []byte{stop})
		if n[i] = number(field); n[i] < 0 || len(field) == 0 || len(field) > 4 {
			return time.Time{}
		}
		b = rest
	}
	if n[0] < 1980 || n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > 31 {
		return time.Time{}
	}
	return time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC)
}

// fileChecker reads a line of sfc: the last statement on a file is its state.
func (p *cbsParser) fileChecker(r record, msg string) {
	name, repaired := "", false
	switch {
	case strings.HasPrefix(msg, "[SR] Cannot repair member file"), strings.HasPrefix(msg, "[SR] Cannot verify component"):
		name = after(msg, "file ", ",") // length, name and component, up to the version
		if name == "" {
			name = after(msg, "files for ", ",")
		}
	case strings.HasPrefix(msg, "[SR] Could not reproject corrupted file"):
		name = after(msg, "file ", ";")
	case strings.HasPrefix(msg, "[SR] Repaired file"), strings.HasPrefix(msg, "[SR] Repairing corrupted file"):
		name, repaired = after(msg, "file ", ""), true
	default:
		return
	}
	name = memberName(name)
	if i := p.files[name]; i > 0 {
		f := &p.sr[i-1]
		f.last = p.now()
		f.count++
		if repaired {
			f.count = 0
		}
		return
	}
	if repaired || len(p.sr) == maxFiles {
		return
	}
	if p.files == nil {
		p.files = map[string]int{}
	}
	f := finding{level: level(r.level), component: "CSI", text: strings.Clone(msg), at: p.now(), last: p.now(), count: 1, weight: notable}
	p.sr = append(p.sr, f)
	p.files[strings.Clone(name)] = len(p.sr)
}

// memberName is the file name in a statement of the file checker, in lower
// case: what stands in quotes, or the end of a path.
func memberName(s string) string {
	if i := strings.IndexAny(s, `'"`); i >= 0 {
		if j := strings.IndexAny(s[i+1:], `'"`); j >= 0 {
			return strings.ToLower(s[i+1 : i+1+j])
		}
	}
	if i := strings.LastIndexByte(s, '\\'); i >= 0 {
		s = s[i+1:]
	}
	return strings.ToLower(s)
}

// undated reads a line that continues the record above it, or one of a copy
// without dates.
func (p *cbsParser) undated(b []byte) {
	b = bytes.TrimLeft(b, " \t")
	if len(b) < 8 {
		return
	}
	switch {
	case b[0] == '(' && (b[1] == 'p' || b[1] == 'f') && b[2] == ')':
		p.storeLine(record{}, message(b))
	case bytes.HasPrefix(b, []byte("Operation result:")), bytes.HasPrefix(b, []byte("Total ")):
		p.summary(record{}, message(b))
	case bytes.HasPrefix(b, []byte("Installer name: '")):
		p.installer = after(message(b), "'", "'")
	case bytes.HasPrefix(b, []byte("Completion status: ")):
		if code, ok := codeOf(message(b)); ok {
			p.c.add(p.chain(), finding{level: "info", component: "CSI", code: code, hasCode: true, installer: p.installer, text: message(b), at: p.now(), weight: hint})
		}
		p.installer = ""
	case bytes.HasPrefix(b, []byte("Repair failed: Missing")):
		p.add(finding{level: "info", component: "CBS", text: message(b), at: p.now(), weight: notable})
	}
}

// end closes what is open. The failures of a log that shows no session count,
// since somebody chose its lines.
func (p *cbsParser) end() {
	if p.current != nil && p.current.excerpt && !p.shown && len(p.current.findings) > 0 {
		p.current.failed = true
	}
	p.close()
	var sr *chain
	for _, f := range p.sr {
		if f.count == 0 {
			continue
		}
		if sr == nil {
			sr = p.c.open(string(kindCBS), "", "")
		}
		count, last := f.count, f.last
		before := len(sr.findings)
		if p.c.add(sr, f); len(sr.findings) > before {
			sr.findings[before].count, sr.findings[before].last = count, last
		}
	}
	p.c.keep(sr)
	p.sr, p.files, p.installer = nil, nil, ""
}
