package servicing

import "github.com/patchmedic/patchmedic/facts"

// told is what the logs of one result state apart from their lines. All of a
// machine's logs tell the same one.
type told struct {
	history []attempt
}

// report gives the statements out. What no log states is absent.
func (t *told) report(opt Options) facts.Report {
	r := facts.Report{Schema: facts.Schema}
	t.trimHistory()
	if len(t.history) > 0 {
		history := make([]facts.HistoryEntry, len(t.history))
		for i, a := range t.history {
			history[i] = a.entry
			history[i].At = opt.time(a.at, moment{})
		}
		r.Updates = facts.Some(facts.Updates{History: facts.Some(history)})
	}
	return r
}
