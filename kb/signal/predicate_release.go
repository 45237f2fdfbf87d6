package signal

import (
	"time"

	"github.com/patchmedic/patchmedic/facts"
)

// madeForAnotherBuild needs the releases table: the update has rows there, and
// none is for the machine's build.
func madeForAnotherBuild(c *Case, condition Condition) Result {
	kb := c.kb(condition)
	if kb == 0 || c.MadeFor == nil {
		return Result{}
	}
	r := Result{Answer: c.MadeFor(c.Report, kb).not()}
	if r.Answer != Unknown {
		os := c.Report.OS.V
		r.Witnesses = []Witness{{"os.build", facts.Build{Number: os.Build.V, Revision: os.Revision.V}.String()}}
	}
	return r
}

func servicingEnded(c *Case, _ Condition) Result {
	if c.Ended == nil {
		return Result{}
	}
	r := Result{Answer: c.Ended(c.Report)}
	if r.Answer != Unknown {
		r.Witnesses = []Witness{{"os.version", c.Report.OS.V.Version.V}}
	}
	return r
}

const day = 24 * time.Hour

// noSuccessForDays looks for the last success of any update before the
// collection. A history that may lack entries can show a success, and never
// that there was none.
func noSuccessForDays(c *Case, condition Condition) Result {
	collected, timed := c.Report.CollectedAt.Get()
	history, known := c.Report.Updates.V.History.Get()
	if !timed || !known {
		return Result{}
	}
	since := collected.Add(-time.Duration(condition.Count) * day)
	for i, e := range history {
		if e.Operation.V == "uninstall" || e.Result.V != "succeeded" && e.Result.V != "succeeded_with_errors" {
			continue
		}
		at, dated := e.At.Get()
		if !dated {
			return Result{}
		}
		if at.After(since) {
			return Result{No, []Witness{historyWitness(i, at.Format(time.DateOnly))}}
		}
	}
	if isComplete(c.Report, "updates.history") {
		return Result{Yes, []Witness{{Path: "updates.history"}}}
	}
	return Result{}
}
