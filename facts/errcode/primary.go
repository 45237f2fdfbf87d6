package errcode

// Primary returns the match that most likely stands for the failure: the
// first failure in order, the last error of a thread only when there is
// nothing better, a success only when there is no failure at all. ok is false
// for an empty list.
func Primary(matches []Match) (m Match, ok bool) {
	best := 0
	for _, c := range matches {
		rank := 3
		switch {
		case c.Kind != KindBugCheck && c.Code.Success():
			rank = 1
		case c.Weak:
			rank = 2
		}
		if rank > best {
			best, m = rank, c
		}
	}
	return m, best > 0
}
