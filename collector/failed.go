package collector

import "github.com/patchmedic/patchmedic/facts"

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
