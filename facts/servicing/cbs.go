package servicing

import (
	"bytes"
	"slices"
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
	checker   fileChecker
	targets   map[string]string // by package: the state that it was last meant to reach
	undone    *chain            // the session that was rolled back last
}

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
	case 'S':
		return bytes.HasPrefix(msg, []byte("Session: ")) || bytes.HasPrefix(msg, []byte("Setting or")) || bytes.HasPrefix(msg, []byte("Store corruption")) ||
			bytes.HasPrefix(msg, []byte("SQM: "+packageReport+updatePackage))
	case 'E':
		return bytes.HasPrefix(msg, []byte("Exec: Session")) || bytes.HasPrefix(msg, []byte("Exec: Processing"))
	case 'W':
		return bytes.HasPrefix(msg, []byte("WER: "))
	case 'D':
		return bytes.HasPrefix(msg, []byte("Doq"))
	case 'I':
		return bytes.HasPrefix(msg, []byte("INSTALL index"))
	case 'O':
		return bytes.HasPrefix(msg, []byte("Operation"))
	case 'P':
		return len(msg) > 15 && msg[15] == 'P' && bytes.HasPrefix(msg, []byte("Plan: Package: "+updatePackage)) // most are features
	case 'T':
		return bytes.HasPrefix(msg, []byte("Total ")) || bytes.HasPrefix(msg, []byte("TI: ---"))
	case 'U':
		return bytes.HasPrefix(msg, []byte("Universal Time"))
	case 'C':
		return bytes.HasPrefix(msg, []byte("CheckSur: h"))
	case 'R':
		return len(msg) > 2 && msg[2] == 'p' && (bytes.HasPrefix(msg, []byte("Repair failed")) || bytes.HasPrefix(msg, []byte(packageReport+updatePackage)))
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
		if isTold {
			p.changed(pkg, msg, told, p.last)
		}
	}
	switch {
	case failed:
		p.c.add(p.current, finding{level: "info", component: "CBS", code: code, hasCode: true, pkg: pkg, text: msg, at: p.now(), weight: result})
	case success:
		p.drop(session)
		p.madeGood(pkg)
		p.current = nil
	}
	if final {
		p.close()
	}
}

// madeGood forgets the failed sessions of a package that another one changed as
// planned. A cumulative update that is installed holds those before it.
func (p *cbsParser) madeGood(pkg string) {
	if pkg == "" {
		return
	}
	rollup := strings.HasPrefix(pkg, rollupPackage) && p.targets[pkg] == "installed"
	good := func(name string) bool { return name == pkg || rollup && strings.HasPrefix(name, rollupPackage) }
	p.c.chains = slices.DeleteFunc(p.c.chains, func(ch *chain) bool { return ch.file == string(kindCBS) && good(ch.key) })
	if p.undone != nil && good(p.undone.pkg) {
		p.undone, p.c.told.rollback = nil, latest[facts.Code]{}
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

// cbs reads a line that is not one of the store engine.
func (p *cbsParser) cbs(r record, msg string) {
	if p.frame(msg) || p.statement(r, msg) {
		return
	}
	f := finding{level: r.level, component: r.component, text: msg, at: p.now()}
	f.code, f.hasCode = codeOf(msg)
	if !p.weigh(&f) {
		return
	}
	if f.pkg == "" {
		f.pkg = packageOf(msg)
	}
	p.add(f)
}

// frame reads a line that begins or ends a session.
func (p *cbsParser) frame(msg string) bool {
	switch {
	case strings.HasPrefix(msg, "Session: ") && strings.Contains(msg, " initialized by client"):
		p.start(strings.Clone(after(msg, "Session: ", " ,.")))
		p.current.client = strings.Clone(after(msg, "by client ", ",."))
	case strings.HasPrefix(msg, "Session: ") && strings.Contains(msg, " finalized"):
		p.finish(after(msg, "Session: ", " ,."), "", msg, true)
	case strings.HasPrefix(msg, "Exec: Session processing started"):
		if i := strings.LastIndex(msg, ": "); i > 0 {
			p.start(strings.Clone(trim(msg[i+2:])))
			p.current.client = strings.Clone(after(msg, "Client: ", ","))
		}
	case strings.HasPrefix(msg, "Exec: Processing complete"):
		p.finish(after(msg, "Session: ", ", "), packageOf(msg), msg, false)
	case strings.HasPrefix(msg, "TI: ---"):
		p.shown = true
		p.close()
	default:
		return false
	}
	return true
}

// statement reads a line that states a fact, whether or not anything failed.
func (p *cbsParser) statement(r record, msg string) bool {
	switch {
	case strings.HasPrefix(msg, "Universal Time is:"):
		p.utc(r.wall, parseWall([]byte(after(msg, "is: ", ""))))
	case strings.HasPrefix(msg, "(p)"), strings.HasPrefix(msg, "(f)"):
		p.storeLine(r, msg)
	case strings.HasPrefix(msg, "Operation: "), strings.HasPrefix(msg, "Operation result:"), strings.HasPrefix(msg, "Total "):
		p.summary(r, msg)
	case strings.HasPrefix(msg, "Plan: "):
		p.plan(msg)
	case strings.HasPrefix(strings.TrimPrefix(msg, "SQM: "), packageReport):
		p.c.told.packageChange(msg, p.last)
	default:
		return false
	}
	return true
}

// weigh tells what a failure is worth, and reports whether it is one.
func (p *cbsParser) weigh(f *finding) bool {
	msg := f.text
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
		if f.hasCode {
			p.c.told.rollback.tell(f.code, p.last)
			p.undone = p.chain()
		}
	case strings.HasPrefix(msg, "INSTALL index"):
		n, err := strconv.ParseUint(after(msg, "result ", ","), 10, 16)
		if err != nil || n == 0 || n == 3010 {
			return false
		}
		f.code, f.hasCode, f.weight = facts.Code{Value: 0x80070000 | uint32(n)}, true, notable
	case strings.HasPrefix(msg, "Doqe: Recording result"):
		f.weight = notable
		return f.hasCode
	case strings.HasPrefix(msg, "CheckSur:"), strings.HasPrefix(msg, "FC:"):
		return f.hasCode
	case strings.HasPrefix(msg, "Store corruption"), strings.HasPrefix(msg, "Repair failed: Missing"), f.hasCode && telling(msg), f.level == "error":
		f.weight = notable
	default:
		return f.hasCode
	}
	return true
}

// packageReport begins the report of a package's change.
const packageReport = "Reporting package change for package: "

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
		p.checker.line(r, message(msg), p.now(), p.c.told)
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
	case bytes.HasPrefix(b, []byte("Operation")), bytes.HasPrefix(b, []byte("Total ")):
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
	var files *chain
	for _, f := range p.checker.findings() {
		if files == nil {
			files = p.c.open(string(kindCBS), "", "")
		}
		count, last := f.count, f.last
		before := len(files.findings)
		if p.c.add(files, f); len(files.findings) > before {
			files.findings[before].count, files.findings[before].last = count, last
		}
	}
	p.c.keep(files)
}
