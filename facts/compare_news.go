package facts

import "slices"

// Same reports whether two reports of one machine tell nothing new: they differ
// only in what differs between any two collections, as [Compare] tells last, and
// in what a machine in good health changes by itself from day to day.
func Same(a, b *Report) bool {
	return !slices.ContainsFunc(differences(lasting(a), lasting(b)), func(d difference) bool { return !d.last })
}

// lasting returns a report without the changes of a day: where its user is, that
// definitions came again, which services that start on demand happen to run.
func lasting(r *Report) *Report {
	out := *r
	out.Machine.V.Power, out.Machine.V.UserSignedIn = Maybe[string]{}, Maybe[bool]{}
	out.Network.V.VPN, out.Network.V.Metered = Maybe[bool]{}, Maybe[bool]{}
	out.Updates.V.History = without(r.Updates.V.History, func(e HistoryEntry) bool { return e.KB.V.Rolling() && e.Result.V == "succeeded" })
	out.Updates.V.Offered = without(r.Updates.V.Offered, func(o Offer) bool { return o.KB.V.Rolling() })
	out.Services.V = slices.Clone(r.Services.V)
	for i := range out.Services.V {
		s := &out.Services.V[i]
		if s.Start.V == "manual" && (s.State.V == "running" || s.State.V == "stopped") {
			s.State = Maybe[string]{}
		}
	}
	return &out
}

// without returns a list without some of its elements. One that is known stays
// known.
func without[T any](list Maybe[[]T], is func(T) bool) Maybe[[]T] {
	list.V = slices.DeleteFunc(slices.Clone(list.V), is)
	return list
}
