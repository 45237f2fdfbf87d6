package servicing

import (
	"bytes"
	"strings"
	"time"
)

// dismParser reads dism.log. A run of DISM is a chain; what other programs do
// through the same library between the runs is another.
type dismParser struct {
	c       *collector
	current *chain
	last    time.Time
	command string // of the run at hand
	failed  bool   // the run has an error
}

func (p *dismParser) line(b []byte) {
	if len(b) > 44 && b[19] == ',' && b[21] == 'I' && b[43] == 'D' && !bytes.Contains(b, []byte("HRESULT")) && !bytes.Contains(b, []byte("DISM.EXE: ")) {
		return
	}
	r, ok := parsePanther(b)
	if !ok {
		return // the imaging library: system messages, and codes of every start
	}
	if !r.wall.IsZero() {
		p.last = r.wall
	}
	msg := message(r.msg)
	at := moment{wall: p.last}
	switch {
	case strings.Contains(msg, "<----- Starting Dism.exe session"):
		p.close()
		p.command, p.failed = "", false
		p.chain()
		if !p.last.IsZero() {
			p.current.session = p.last.Format("2006-01-02T15:04:05")
		}
		return
	case strings.Contains(msg, "<----- Ending Dism.exe session"):
		if !p.failed {
			p.c.cancel(string(kindDISM), p.command)
		}
		p.close()
		p.command, p.failed = "", false
		return
	case strings.HasPrefix(msg, "DISM.EXE: Executing command line:"):
		p.command = strings.ToLower(strings.Join(strings.Fields(after(msg, "line:", "")), " "))
		p.chain().key = p.command
		return
	}
	if host := after(msg, "Host machine information: OS Version=", ","); host != "" {
		p.c.told.runs(versionBuild(host), after(msg, "architecture=", ", "), p.last)
		return
	}
	f := finding{level: r.level, component: r.component, text: withoutThread(msg), at: at, pkg: packageOf(msg)}
	f.code, f.hasCode = codeOf(msg)
	switch {
	case strings.HasPrefix(msg, "DISM.EXE: Failed validating command line"):
		f.weight = notable
	case !f.hasCode || strings.Contains(msg, "GetCbsErrorMsg"):
		return
	case r.level == "error", strings.Contains(msg, "AddSource failed"): // a source that cannot be used
		f.weight = notable
	case r.component == "CSI":
		return
	}
	ch := p.chain()
	if strings.Contains(msg, "ProcessCmdLine") || strings.Contains(msg, "::ExecuteCmdLine(hr:") {
		f.weight = result
	}
	if p.c.add(ch, f) && f.weight >= notable {
		p.failed = true
	}
}

// withoutThread takes the process and the thread out of a message.
func withoutThread(msg string) string {
	i := strings.Index(msg, "PID=")
	if i < 0 {
		return msg
	}
	rest := msg[i:]
	for _, word := range []string{"PID=", "TID="} {
		if tail, ok := strings.CutPrefix(rest, word); ok {
			rest = strings.TrimLeft(strings.TrimLeft(tail, "0123456789"), " ")
		}
	}
	return msg[:i] + rest
}

func (p *dismParser) chain() *chain {
	if p.current == nil {
		p.current = p.c.open(string(kindDISM), "", p.command)
	}
	return p.current
}

func (p *dismParser) close() {
	p.c.keep(p.current)
	p.current = nil
}

func (p *dismParser) end() { p.close() }
