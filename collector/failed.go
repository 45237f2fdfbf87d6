package collector

import "github.com/patchmedic/patchmedic/facts"

// Blank reports whether nothing of the machine could be read: no source was
// found, or faults are all that came of them. Then no failure in the report
// says nothing of the machine.
func Blank(r *facts.Report) bool {
	_, dated := r.CollectedAt.Get() // every source has a time
	faultsOnly := len(r.Errors.V) > 0 && r.OS.State() == facts.Absent
	return r.Silent() && (!dated || faultsOnly)
}

// Failed reports whether a report shows a failure that nothing made good since.
// What it means is for the advisor to say.
func Failed(r *facts.Report) bool {
	store := r.ComponentStore.V
	switch {
	case len(r.Logs.V) > 0, r.Setup.V.Result.State() == facts.Known:
		return true
	case store.Health.V == "repairable", store.Health.V == "not_repairable", store.SFC.V == "unrepaired":
		return true
	}
	failed := map[string]bool{} // by update, the oldest attempt first
	for _, attempt := range r.Updates.V.History.V {
		switch attempt.Result.V {
		case "failed", "aborted":
			failed[name(attempt)] = true
		case "succeeded", "succeeded_with_errors":
			delete(failed, name(attempt))
		}
	}
	return len(failed) > 0
}
