package servicing

import (
	"bytes"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/facts"
)

// driverParser reads setupapi.dev.log. A section is a chain; only one that
// ends with a failure is kept. Sections of the same device and purpose share
// a key: a later one that works makes the earlier good.
type driverParser struct {
	c       *collector
	current *chain
	last    moment
	shown   bool   // the log shows its sections: it is no excerpt
	asked   string // the program that asked, by the cmd line
	build   int64  // of the header at hand; 0 is unknown
	arch    string
}

const bootSession = "[Boot Session: "

// booted states which Windows started, by the header before the first start
// that the log tells.
func (p *driverParser) booted(at time.Time) {
	p.c.told.runs(p.build, p.arch, at)
	p.build, p.arch = 0, ""
}

func (p *driverParser) line(b []byte) {
	switch {
	case bytes.HasPrefix(b, []byte(">>>  Section start")), bytes.HasPrefix(b, []byte("<<<  Section end")):
		p.last = moment{wall: parseWall(bytes.TrimSpace(b[min(len(b), 18):]))}
		if p.last.isZero() {
			p.last = moment{wall: parseWall(bytes.TrimSpace(b[min(len(b), 17):]))}
		}
	case bytes.HasPrefix(b, []byte("     OS Version = ")):
		p.build = versionBuild(message(b[len("     OS Version = "):]))
	case bytes.HasPrefix(b, []byte("     Architecture = ")):
		p.arch = message(b[len("     Architecture = "):])
	case bytes.HasPrefix(b, []byte(bootSession)):
		p.booted(parseWall(b[len(bootSession):]))
	case bytes.HasPrefix(b, []byte(">>>  [")):
		p.close(false)
		p.shown = true
		title := message(b[6:])
		p.current = p.c.open(string(kindSetupAPI), "", strings.ToLower(strings.TrimSuffix(title, "]")))
	case bytes.HasPrefix(b, []byte("<<<  [Exit status:")):
		p.exit(message(b))
	case bytes.HasPrefix(b, []byte("!!!")), bytes.HasPrefix(b, []byte("!  ")):
		p.fault(b)
	case bytes.HasPrefix(b, []byte("      cmd: ")):
		program := strings.Trim(message(b[11:]), `"`)
		if i := strings.Index(strings.ToLower(program), ".exe"); i >= 0 {
			program = program[:i+4]
		}
		p.asked = strings.Clone(program[strings.LastIndexByte(program, '\\')+1:])
	}
}

// fault reads an error or a warning: mark, category, text.
func (p *driverParser) fault(b []byte) {
	if p.current == nil && p.shown {
		return
	}
	f := finding{level: "error", weight: notable, at: p.last}
	if b[1] != '!' {
		f.level, f.weight = "warning", hint
	}
	msg := message(bytes.TrimLeft(b, "! "))
	category, text, ok := strings.Cut(msg, ":")
	if !ok || len(category) > 4 {
		return
	}
	f.component, f.text = category, trim(text)
	f.code, f.hasCode = codeOf(f.text)
	f.code = driverCode(f.code)
	if !f.hasCode && f.weight == hint {
		return
	}
	if p.current == nil {
		p.current = p.c.open(string(kindSetupAPI), "", "")
	}
	p.c.add(p.current, f)
}

// exit ends a section with its status, the Win32 form of a code or only its
// low word.
func (p *driverParser) exit(msg string) {
	if p.current == nil {
		return
	}
	code, failed := codeOf(msg)
	if !strings.Contains(msg, "FAILURE") || !failed {
		p.close(!strings.Contains(msg, "FAILURE"))
		return
	}
	code = driverCode(code)
	for i := range p.current.findings { // the section told the same in full
		if f := p.current.findings[i]; f.hasCode && f.code.Value&0xffff == code.Value&0xffff {
			code = f.code
		}
	}
	p.current.client = p.asked
	p.c.add(p.current, finding{level: "error", code: code, hasCode: true, text: trim(strings.TrimLeft(msg, "<")), at: p.last, weight: result})
	p.close(false)
}

// driverCode gives the code of an installer of devices its usual form: what
// the log shows as 0xe000024b or 0x0000024b is 0x800f024b.
func driverCode(c facts.Code) facts.Code {
	switch {
	case c.Value>>16 == 0xe000:
		c.Value = 0x800f0000 | c.Value&0xffff
	case c.Value>>8 == 0x800702:
		c.Value = 0x800f0000 | c.Value&0xffff
	}
	return c
}

func (p *driverParser) close(success bool) {
	switch {
	case p.current == nil:
	case success:
		p.c.cancel(string(kindSetupAPI), p.current.key)
	case !p.shown: // lines that somebody chose
		p.c.keep(p.current)
	default:
		// Without a result the section did not end, or ended in no failure.
		if n := len(p.current.findings); n > 0 && p.current.findings[n-1].weight == result {
			p.c.keep(p.current)
		}
	}
	p.current = nil
}

func (p *driverParser) end() { p.close(false) }

func stampOffset(sign byte, hours, minutes int) time.Duration {
	d := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if sign == '-' {
		return -d
	}
	return d
}
