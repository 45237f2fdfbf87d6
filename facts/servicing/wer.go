package servicing

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// werParser reads a Report.wer of Windows Error Reporting, one line key=value
// after the other. Crashes of programs are reported in the same form: only the
// events of servicing and Setup count.
type werParser struct {
	c     *collector
	event string
	at    moment
	sig   []string // values of the signature, in their order
}

// servicingEvents begin the types of the events that count.
var servicingEvents = []string{"CbsPackageServicingFailure", "WindowsServicingFailure", "WindowsUpdateFailure", "WindowsWcp", "WinSetupDiag"}

const maxSignature = 16 // values of a signature that are read

func (p *werParser) line(b []byte) {
	key, value, ok := bytes.Cut(b, []byte{'='})
	if !ok || len(value) == 0 {
		return
	}
	switch {
	case bytes.Equal(key, []byte("EventType")):
		p.event = clip(message(value), 64)
	case bytes.Equal(key, []byte("EventTime")):
		p.at = fileTime(string(value))
	case bytes.HasPrefix(key, []byte("Sig[")) && bytes.HasSuffix(key, []byte("].Value")) && len(p.sig) < maxSignature:
		p.sig = append(p.sig, clip(message(value), 200))
	}
}

// end reports the event. The names of a signature's values are in the language
// of Windows for some events: the code is the first value that looks like one.
func (p *werParser) end() {
	known := false
	for _, event := range servicingEvents {
		known = known || strings.HasPrefix(p.event, event)
	}
	if !known {
		return
	}
	f := finding{level: "error", component: "WER", at: p.at, weight: result, text: p.event + ": " + strings.Join(p.sig, "; ")}
	for _, value := range p.sig {
		if code, ok := hexCode(strings.TrimPrefix(strings.ToLower(value), "0x")); ok && !f.hasCode && code.Value >= 1<<31 {
			f.code, f.hasCode = code, true
		}
		if f.pkg == "" {
			f.pkg = packageOf(value)
		}
	}
	key := p.event + f.code.String() + f.pkg
	ch := p.c.find(string(kindWER), key)
	if ch == nil {
		ch = p.c.open(string(kindWER), "", key)
		ch.pkg = f.pkg
	}
	p.c.add(ch, f)
	p.c.keep(ch)
}

// fileTime reads tenths of microseconds since 1601, in UTC.
func fileTime(s string) moment {
	const epoch = 116_444_736_000_000_000 // of Unix
	n, err := strconv.ParseInt(trim(s), 10, 64)
	if err != nil || n < epoch {
		return moment{}
	}
	n -= epoch
	return moment{wall: time.Unix(n/10_000_000, n%10_000_000*100).UTC(), known: true}
}
