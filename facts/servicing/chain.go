package servicing

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/patchmedic/patchmedic/facts"
)

const (
	maxChains     = 64   // failed chains that are kept; the oldest go first
	maxChainLines = 16   // distinct lines of one chain
	maxMessage    = 4096 // bytes of a line that are looked into
	maxKey        = 200
)

// weight says what a line is worth in its chain.
type weight uint8

const (
	hint     weight = iota // a failure at level Info: counts only when the chain failed
	notable                // counts by itself
	original               // the status from which a rollback began
	result                 // what was reported at the end
)

// finding is a line that may be reported.
type finding struct {
	file      string
	level     string
	component string
	code      facts.Code
	hasCode   bool
	installer string
	pkg       string
	text      string
	at        moment
	weight    weight

	last  moment
	count int64
	key   uint64
}

// chain is a run of lines that fail or succeed together.
type chain struct {
	file     string
	session  string // as reported; "" is unknown
	key      string // what a later success must share to make it good
	client   string
	pkg      string
	begin    moment
	last     moment
	failed   bool // a notable line, an original status or a result is in it
	excerpt  bool // belongs to no session that the log shows
	findings []finding
	order    int
	left     int // findings that found no room
}

// collector gathers chains of all logs of one result.
type collector struct {
	opt     Options
	room    int // lines that may be given out
	told    *told
	chains  []*chain
	order   int
	dropped int
	learned map[string]moment // by file: the first offset that a log told
}

// moment is a time as a log writes it, and what is known of its zone.
type moment struct {
	wall   time.Time // in UTC, standing for local time
	offset time.Duration
	known  bool // offset is
}

// learn notes the offset that a log told, for the lines before it.
func (c *collector) learn(file string, offset time.Duration) {
	if c.learned == nil {
		c.learned = map[string]moment{}
	}
	if _, ok := c.learned[file]; !ok {
		c.learned[file] = moment{offset: offset, known: true}
	}
}

func (m moment) isZero() bool { return m.wall.IsZero() }

// open returns a new chain, which is not kept until [collector.keep].
func (c *collector) open(file, session, key string) *chain {
	c.order++
	return &chain{file: file, session: session, key: key, order: c.order}
}

// add puts a finding into a chain, collapsing repeats, and reports whether it
// is in.
func (c *collector) add(ch *chain, f finding) bool {
	f.text = clip(strings.TrimSpace(f.text), c.opt.maxText())
	f.file, f.last, f.count = ch.file, f.at, 1
	if f.pkg == "" && f.weight == result {
		f.pkg = ch.pkg
	}
	f.key = findingKey(&f)
	for i := range ch.findings {
		old := &ch.findings[i]
		if old.key == f.key || f.weight == hint && echoes(old, &f) || f.weight == result && old.weight == result && old.hasCode && old.code == f.code {
			old.count++
			old.last = f.at
			if old.pkg == "" {
				old.pkg = f.pkg
			}
			old.weight = max(old.weight, f.weight)
			ch.failed = ch.failed || f.weight != hint
			ch.last = f.at
			return true
		}
	}
	if isNoise(&f) {
		return false
	}
	if c.opt.Noise != nil {
		line := f.line(ch, c.opt, moment{})
		if c.opt.Noise(&line) {
			return false
		}
	}
	if ch.begin.isZero() {
		ch.begin = f.at
	}
	ch.last = f.at
	ch.failed = ch.failed || f.weight != hint
	if len(ch.findings) == maxChainLines {
		ch.left++
		if f.weight < original {
			return true
		}
		// The end of a chain matters more than its middle.
		ch.findings = slices.Delete(ch.findings, maxChainLines/2, maxChainLines/2+1)
	}
	f.text, f.component, f.pkg, f.installer = strings.Clone(f.text), strings.Clone(f.component), strings.Clone(f.pkg), strings.Clone(f.installer)
	ch.findings = append(ch.findings, f)
	return true
}

// echoes reports whether f only passes on, a moment later, the failure of old.
func echoes(old, f *finding) bool {
	return old.hasCode && f.hasCode && old.code == f.code && f.at.wall.Sub(old.last.wall) <= time.Second && f.at.wall.Sub(old.last.wall) >= 0
}

// keep closes a chain. Only a failed one stays.
func (c *collector) keep(ch *chain) {
	if ch == nil || len(ch.findings) == 0 || !ch.failed {
		return
	}
	if slices.Contains(c.chains, ch) {
		return
	}
	if len(c.chains) == maxChains {
		c.dropped++
		c.chains = slices.Delete(c.chains, 0, 1)
	}
	c.chains = append(c.chains, ch)
}

// cancel forgets the kept chains of a file that a success makes good.
func (c *collector) cancel(file, key string) {
	if key == "" {
		return
	}
	c.chains = slices.DeleteFunc(c.chains, func(ch *chain) bool { return ch.file == file && ch.key == key })
}

// find returns the newest kept chain with a key.
func (c *collector) find(file, key string) *chain {
	for i := len(c.chains) - 1; i >= 0; i-- {
		if ch := c.chains[i]; ch.file == file && ch.key == key {
			return ch
		}
	}
	return nil
}

// lines gives the kept chains out, the oldest first, and their roles. At most
// the allowed number of lines stays, those of the newest chains.
func (c *collector) lines(into *Result) {
	slices.SortStableFunc(c.chains, func(a, b *chain) int { return cmp.Compare(a.order, b.order) })
	room := c.room
	from := len(c.chains)
	for ; from > 0 && room >= len(c.chains[from-1].findings); from-- {
		room -= len(c.chains[from-1].findings)
	}
	if from > 0 && from == len(c.chains) && room > 0 {
		from--
		c.chains[from].trim(room)
	}
	c.dropped += from
	for _, ch := range c.chains[from:] {
		into.Truncated = into.Truncated || ch.left > 0
		roles := ch.roles()
		session := Session{File: ch.file, ID: ch.session, Client: ch.client, Package: ch.pkg, Lines: len(ch.findings)}
		session.Start, session.End = c.opt.time(ch.begin, c.learned[ch.file]), c.opt.time(ch.last, c.learned[ch.file])
		for i := range ch.findings {
			f := &ch.findings[i]
			line := f.line(ch, c.opt, c.learned[ch.file])
			line.Role = facts.Some(roles[i])
			if f.hasCode && (roles[i] == "result" || session.Code.State() == facts.Absent) {
				session.Code = facts.Some(f.code)
			}
			into.Lines = append(into.Lines, line)
		}
		into.Sessions = append(into.Sessions, session)
	}
	into.Truncated = into.Truncated || c.dropped > 0
}

// trim leaves n findings: those between the first failure and the end go first.
func (ch *chain) trim(n int) {
	for len(ch.findings) > n {
		at := len(ch.findings) - 1
		if i := lastIndex(ch.roles(), "context"); i >= 0 {
			at = i
		}
		ch.findings = slices.Delete(ch.findings, at, at+1)
		ch.left++
	}
}

func lastIndex(list []string, word string) int {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i] == word {
			return i
		}
	}
	return -1
}

// roles tells the part of each finding. The first failure is the first one
// that counts by itself, or an earlier hint with the same code.
func (ch *chain) roles() []string {
	roles := make([]string, len(ch.findings))
	anchor := -1
	for i := range ch.findings {
		switch f := &ch.findings[i]; f.weight {
		case original:
			roles[i] = "original_status"
		case result:
			roles[i] = "result"
		default:
			roles[i] = "context"
			if anchor < 0 && f.weight == notable && f.hasCode {
				anchor = i
			}
		}
	}
	if anchor < 0 { // no notable line with a code: any with, then any
		anchor = slices.IndexFunc(ch.findings, func(f finding) bool { return f.weight < original && f.hasCode && ch.reports(f.code) })
		if anchor < 0 {
			anchor = slices.IndexFunc(ch.findings, func(f finding) bool { return f.weight < original })
		}
	}
	if anchor < 0 {
		return roles
	}
	for i := range ch.findings[:anchor] {
		f := &ch.findings[i]
		if f.weight < original && f.hasCode && f.code == ch.findings[anchor].code {
			anchor = i
			break
		}
	}
	roles[anchor] = "first"
	return roles
}

// reports says whether a code is an original status or a result of the chain.
func (ch *chain) reports(code facts.Code) bool {
	return slices.ContainsFunc(ch.findings, func(f finding) bool { return f.weight >= original && f.hasCode && f.code == code })
}

// line is the finding as a fact, without its role.
func (f *finding) line(ch *chain, opt Options, learned moment) facts.LogLine {
	l := facts.LogLine{
		File:      some(f.file),
		Session:   some(ch.session),
		Level:     some(f.level),
		Component: some(f.component),
		Installer: some(f.installer),
		Package:   some(f.pkg),
		Text:      facts.Some(f.text),
		FirstAt:   opt.time(f.at, learned),
		LastAt:    opt.time(f.last, learned),
		Count:     facts.Some(f.count),
	}
	if f.hasCode {
		l.Code = facts.Some(f.code)
	}
	return l
}

// time is a moment in UTC: by its own offset, the given place, or the offset
// that its log told elsewhere.
func (o Options) time(m, learned moment) facts.Maybe[time.Time] {
	switch {
	case m.isZero():
	case o.Location != nil && !m.known:
		w := m.wall
		return facts.Some(time.Date(w.Year(), w.Month(), w.Day(), w.Hour(), w.Minute(), w.Second(), w.Nanosecond(), o.Location).UTC())
	case m.known:
		return facts.Some(m.wall.Add(-m.offset))
	case learned.known:
		return facts.Some(m.wall.Add(-learned.offset))
	}
	return facts.Maybe[time.Time]{}
}

func some(s string) facts.Maybe[string] {
	if s == "" {
		return facts.Maybe[string]{}
	}
	return facts.Some(s)
}

// clip cuts a text to n bytes at a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// findingKey is the same for repeats: component, code and text without its
// numbers. Names of files and components count.
func findingKey(f *finding) uint64 {
	const prime = 1099511628211
	h := uint64(14695981039346656037)
	mix := func(b byte) { h = (h ^ uint64(b)) * prime }
	for i := 0; i < len(f.component); i++ {
		mix(f.component[i])
	}
	mix(byte(f.weight))
	for v := uint64(f.code.Value)<<32 | uint64(f.code.Extend); v != 0; v >>= 8 {
		mix(byte(v))
	}
	for i := 0; i < min(len(f.text), maxKey); i++ {
		if b := f.text[i]; b < '0' || b > '9' {
			mix(b)
		}
	}
	return h
}
