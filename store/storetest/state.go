package storetest

import (
	"context"

	"github.com/patchmedic/patchmedic/store"
)

// state is everything that a store says.
type state struct {
	Reports []store.Report // newest first
	Trials  map[string][]store.Trial
	Counts  map[store.Cure]store.Count
	Edits   []store.Edit
	History map[string][]store.Document
	Tokens  []store.Token
	Votes   map[string][]store.Vote
	Log     []store.Entry
}

// Names of devices, also of such as have no reports left, and of articles with votes.
var (
	someDevices  = [...]string{"a", "ab", "a\x00b"}
	someArticles = [...]string{"disk-full", "disk", "\x00"}
)

// read asks for everything.
func read(t failer, s store.Store) state {
	t.Helper()
	ctx := context.Background()
	out := state{Trials: map[string][]store.Trial{}, History: map[string][]store.Document{}, Votes: map[string][]store.Vote{}}
	machines := someDevices[:]
	for _, head := range list(t, s, store.ReportQuery{Most: 50}) {
		out.Reports = append(out.Reports, *got(s.Report(ctx, head.ID))(t))
		machines = append(machines, head.Machine())
	}
	for _, machine := range machines {
		trials, _, err := s.TrialsOf(ctx, machine)
		must(t, err)
		if len(trials) > 0 {
			out.Trials[machine] = trials
		}
	}
	out.Counts = got(s.Counts(ctx))(t)
	out.Edits = got(s.Edits(ctx))(t)
	for _, e := range out.Edits {
		out.History[string(e.Head.Kind)+" "+e.Head.ID] = got(s.History(ctx, e.Head.Kind, e.Head.ID))(t)
	}
	out.Tokens = got(s.Tokens(ctx))(t)
	for _, article := range someArticles {
		votes, helped, not, err := s.VotesOf(ctx, article, 1<<20)
		must(t, err)
		if len(votes) != helped+not {
			t.Fatalf("%d votes, %d helped, %d not", len(votes), helped, not)
		}
		if len(votes) > 0 {
			out.Votes[article] = votes
		}
	}
	out.Log = got(s.Entries(ctx, "", 1<<20))(t)
	return out
}

// fill writes something of everything.
func fill(t failer, s store.Store, n int) {
	t.Helper()
	ctx := context.Background()
	for i := range n {
		r := report(moment(i))
		r.Device, r.Codes, r.KBs = someDevices[i%3], []string{"0x80070306"}, []string{name("KB", i)}
		r.Owner, r.Key = "o", name("k", i)
		keep(t, s, r)
		must(t, s.AddToken(ctx, token(i), entry(i, "token.created", "")))
		must(t, s.PutDocument(ctx, document(store.KindArticle, "disk-full", i+1, "published"), entry(i, "article.edited", "")))
		must(t, s.AddVote(ctx, &store.Vote{ID: store.NewID(moment(i)), Article: someArticles[i%3], Helped: i%2 > 0, At: moment(i)}))
	}
	for i, device := range someDevices[:min(n, len(someDevices))] {
		must(t, s.PutTrials(ctx, device, 0, []store.Trial{trial("disk-full", "free-space", true, i > 0)}))
	}
}
