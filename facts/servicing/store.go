package servicing

import (
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/facts"
)

// storeKey marks the chain of a store report that failed: a later report of a
// whole store makes it good.
const storeKey = "store"

// storeReport is what a summary of the store told so far; -1 is not told.
type storeReport struct {
	repair   bool // the operation was to repair, not only to detect
	ended    bool // the result of the operation was told
	code     facts.Code
	detected int
	repaired int
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

// summary reads the operation, the result and the totals of a store report.
func (p *cbsParser) summary(r record, msg string) {
	value := after(msg, ":", "")
	switch {
	case strings.HasPrefix(msg, "Operation: "):
		p.report = storeReport{repair: strings.Contains(value, "Repair"), detected: -1, repaired: -1}
		return
	case strings.HasPrefix(msg, "Total Detected Corruption:"):
		p.report.detected = number([]byte(value))
	case strings.HasPrefix(msg, "Total Repaired Corruption:"):
		p.report.repaired = number([]byte(value))
		if p.report.whole() {
			// All is repaired: what was found on the way is no failure.
			if p.current != nil {
				p.current.findings, p.current.failed = nil, false
			}
			p.c.cancel(string(kindCBS), storeKey)
		}
	case strings.HasPrefix(msg, "Operation result:"):
		// After another result this is of a report whose operation is lost.
		p.report = storeReport{repair: p.report.repair && !p.report.ended, detected: -1, repaired: -1}
		p.operationResult(r, msg)
	default:
		return
	}
	p.report.tell(p.c.told, p.last)
}

func (p *cbsParser) operationResult(r record, msg string) {
	code, failed := codeOf(msg)
	p.report.ended, p.report.code = true, code
	if failed && !quiet(code) {
		if ch := p.chain(); ch.key == "" {
			ch.key = storeKey
		}
		p.add(finding{level: level(r.level), component: "CBS", code: code, hasCode: true, text: msg, at: p.now(), weight: result})
	}
}

// whole reports whether nothing is left damaged.
func (s *storeReport) whole() bool {
	return s.ended && s.code.IsZero() && s.detected >= 0 && s.repaired >= s.detected
}

// tell states what the report means so far; its next line may state it anew.
// A result that failed with nothing found is a scan that failed and says
// nothing of the store.
func (s *storeReport) tell(t *told, at time.Time) {
	if !s.ended {
		return
	}
	health := ""
	switch {
	case s.whole(), s.code.IsZero() && s.detected == 0:
		health = "healthy"
	case s.detected > 0 && (s.repaired >= 0 || !s.repair || !s.code.IsZero()):
		health = "repairable"
	}
	t.health.tell(health, at)
	if !s.repair {
		return
	}
	repair := facts.RestoreHealth{Code: facts.Some(s.code)}
	switch {
	case !s.code.IsZero():
		repair.Result = facts.Some("failed")
	case s.whole():
		repair.Result = facts.Some("succeeded")
	}
	t.repair.tell(repair, at)
}
