package kb

import (
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb/signal"
)

// Ended answers whether a machine's version of Windows had no updates any more on
// the day of the collection. Paid extensions do not count: whether a machine has
// them is another question. Unknown without the day, the version, or the edition
// where the editions differ.
func (r *Releases) Ended(report *facts.Report) signal.Answer {
	os := report.OS.V
	day, timed := report.CollectedAt.Get()
	if !timed || os.Product.V == "" || os.Version.V == "" {
		return signal.Unknown
	}
	var ended, serviced bool
	for _, l := range r.Lifecycle {
		if !strings.EqualFold(l.Product, os.Product.V) || !strings.EqualFold(l.Version, os.Version.V) || !l.covers(os.Edition.V) {
			continue
		}
		end, err := time.Parse(time.DateOnly, string(l.End))
		if err != nil {
			continue
		}
		if day.After(end.AddDate(0, 0, 1)) {
			ended = true
		} else {
			serviced = true
		}
	}
	switch {
	case ended == serviced:
		return signal.Unknown
	case ended:
		return signal.Yes
	}
	return signal.No
}

// covers reports whether a row is about an edition as Windows names it
// (EditionID); an edition that is not known may be any.
func (l Lifecycle) covers(edition string) bool {
	for _, beside := range []string{"extended security updates", "mainstream"} {
		if strings.Contains(l.Editions, beside) {
			return false
		}
	}
	name := strings.ToLower(edition)
	longTerm := strings.Contains(l.Editions, "LTS")
	switch {
	case name == "" || strings.HasPrefix(l.Editions, "all"):
		return true
	case strings.HasSuffix(name, "enterprises"): // EnterpriseS, IoTEnterpriseS
		return longTerm && strings.HasPrefix(name, "iot") == strings.HasPrefix(l.Editions, "IoT")
	case longTerm:
		return false
	case strings.HasPrefix(name, "enterprise"), strings.HasPrefix(name, "education"):
		return strings.Contains(l.Editions, "Enterprise")
	case strings.HasPrefix(name, "core"), strings.HasPrefix(name, "home"), strings.HasPrefix(name, "pro"):
		return strings.Contains(l.Editions, "Home")
	}
	return true
}
