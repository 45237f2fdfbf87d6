package servicing

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/facts/errcode"
)

// setupGap is the silence after which a line belongs to another run.
const setupGap = 2 * time.Hour

// setupKey is shared by all runs.
const setupKey = "setup"

// setupParser reads setupact.log and setuperr.log. Most of their errors are
// harmless: a phase that ends well forgives all that came before it.
type setupParser struct {
	c       *collector
	file    string
	current *chain
	last    time.Time
	fatal   bool // the run told that it failed
	outcome int  // place of the SetupResult in the chain, plus one; its second number follows
}

func (p *setupParser) line(b []byte) {
	if len(b) > 44 && b[19] == ',' && b[21] == 'I' &&
		!bytes.Contains(b, []byte("RESULT")) && !bytes.Contains(b, []byte("Setup")) && !bytes.Contains(b, []byte("nitializing Extended")) && !bytes.Contains(b, []byte("SpaceCheck")) {
		return
	}
	r, ok := parsePanther(b)
	if !ok {
		return // dumps of the registry, system messages
	}
	if !r.wall.IsZero() {
		if !p.last.IsZero() && r.wall.Sub(p.last) > setupGap {
			p.close()
		}
		p.last = r.wall
	}
	msg := message(r.msg)
	f := finding{level: r.level, component: r.component, text: msg, at: moment{wall: p.last}, pkg: packageOf(msg)}
	f.code, f.hasCode = codeOf(msg)
	if f.hasCode && f.code.Value == 0x8007000c && strings.Contains(msg, "Operation execution failed: ") {
		f.hasCode = false
	}
	switch {
	case strings.HasPrefix(msg, "Execution phase [") && strings.Contains(msg, "exiting with HRESULT"):
		if !f.hasCode {
			p.forgive()
			return
		}
		f.weight, p.fatal = result, true
	case strings.Contains(msg, "Initializing SetupResult:"):
		p.result(f)
		return
	case strings.Contains(msg, "Initializing Extended:"):
		p.extend(after(msg, "Extended:", ""))
		return
	case strings.Contains(msg, "SpaceCheck: "), strings.Contains(msg, "ServicingBootFiles failed"):
		f.weight = notable
	case !f.hasCode && !said(r, msg):
		return
	case r.level == "error" && r.component == "MOUPG" && !strings.HasPrefix(msg, "CDlpTask::"):
		// The host of setup fails at much that it can do without: such a line
		// counts when nothing better follows.
	case r.level == "error":
		f.weight = notable
		if strings.HasPrefix(msg, "Operation failed:") || strings.HasPrefix(msg, "Operation execution failed") {
			p.fatal = true
		}
		if strings.HasPrefix(msg, "CDlpTask::") || strings.Contains(msg, "Execution of operations queue failed") {
			f.weight = result // what setup hands on to its caller
		}
	case r.component != "CBS":
		return
	}
	p.c.add(p.chain(), f)
}

// result reads what a run reports to its caller. A run that succeeds makes the
// earlier ones good.
func (p *setupParser) result(f finding) {
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.Trim(after(f.text, "SetupResult:", ""), "[] "), "0x"), 16, 32)
	if err != nil {
		return
	}
	p.c.told.outcome.tell(facts.Code{Value: uint32(n)}, p.last)
	if n == 0 {
		p.current, p.fatal = nil, false
		p.c.cancel(p.file, setupKey)
		return
	}
	f.weight, p.fatal = result, true
	p.c.add(p.chain(), f)
	p.outcome = len(p.current.findings)
}

// said are errors that matter without a code.
func said(r record, msg string) bool {
	return r.level == "error" && r.component == "SYSPRP" && strings.HasPrefix(msg, "Package ")
}

// extend completes the result of a run by its second number.
func (p *setupParser) extend(number string) {
	if p.outcome == 0 || p.current == nil || p.outcome > len(p.current.findings) {
		return
	}
	f := &p.current.findings[p.outcome-1]
	pair, err := errcode.Parse(f.code.String() + "-" + strings.Trim(number, "[] "))
	if err == nil && f.weight == result {
		f.code = facts.Code(pair)
		p.c.told.outcome.tell(f.code, p.last)
	}
	p.outcome = 0
}

// forgive forgets the errors of a run whose phase ended well.
func (p *setupParser) forgive() {
	if p.fatal || p.current == nil {
		return
	}
	p.current = nil
}

func (p *setupParser) chain() *chain {
	if p.current == nil {
		p.current = p.c.open(p.file, "", setupKey)
	}
	return p.current
}

func (p *setupParser) close() {
	if p.current != nil {
		for i := range p.current.findings {
			p.current.failed = p.current.failed || p.current.findings[i].level == "error"
		}
	}
	p.c.keep(p.current)
	p.current, p.fatal, p.outcome = nil, false, 0
}

func (p *setupParser) end() { p.close() }
