package storetest

import (
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/patchmedic/patchmedic/store"
)

func testReports(p *place) {
	s, ctx := p.store(), p.Context()
	full, bare := report(moment(0)), &store.Report{ReportHead: store.ReportHead{ID: store.NewID(moment(1)), Received: moment(1)}}
	full.Device, full.Codes, full.KBs, full.Owner, full.Key = "pc-1", []string{"0x80070306"}, []string{"KB5058411"}, "owner", "key"
	for _, r := range []*store.Report{full, bare} {
		keep(p, s, r)
		same(p, "report", got(s.Report(ctx, r.ID))(p), r)
	}
	if _, _, err := s.AddReport(ctx, &store.Report{ReportHead: store.ReportHead{ID: full.ID, Device: "pc-2"}}); !errors.Is(err, store.ErrConflict) {
		p.Errorf("an id comes twice: %v", err)
	}
	for _, id := range []string{"", "none", store.NewID(moment(0)), full.ID + "0", full.ID[:25]} {
		if _, err := s.Report(ctx, id); !errors.Is(err, store.ErrNotFound) {
			p.Errorf("report %q: %v", id, err)
		}
	}
	s = p.reopen(s)
	same(p, "reopened", got(s.Report(ctx, full.ID))(p), full)
	same(p, "heads", list(p, s, store.ReportQuery{Most: 10}), []store.ReportHead{bare.ReportHead, full.ReportHead})
	same(p, "by device", list(p, s, store.ReportQuery{Most: 10, Device: "pc-2"}), []store.ReportHead(nil))
}

// testPages reads page by page while others add, also in the same millisecond.
func testPages(p *place) {
	s := p.store()
	var want []string
	for i := range 40 {
		r := report(moment(i / 8)) // eight of each millisecond
		r.Device, r.Codes = "pc", []string{"0x80240022"}
		keep(p, s, r)
		want = append(want, r.ID)
	}
	slices.Sort(want)
	slices.Reverse(want)
	for _, q := range []store.ReportQuery{{}, {Device: "pc"}, {Code: "0x80240022"}, {Device: "pc", Code: "0x80240022"}, {Since: moment(-1), Until: moment(5)}} {
		for _, q.Most = range []int{1, 7, 40, 41} {
			same(p, "pages", ids(list(p, s, q)), want)
		}
	}
	var seen []string
	q := store.ReportQuery{Device: "pc", Most: 3}
	for range len(want)/q.Most + 1 {
		page := got(s.ListReports(p.Context(), q))(p)
		seen = append(seen, ids(page)...)
		q.After = page[len(page)-1].ID
		r := report(moment(100))
		r.Device = "pc"
		keep(p, s, r)
	}
	same(p, "pages while others add", seen, want)
	same(p, "after what is no report", ids(list(p, s, store.ReportQuery{After: store.IDFloor(moment(1)), Most: 9})), want[32:])
}

func testFilters(p *place) {
	s := p.store()
	var all []store.ReportHead
	for i := range 24 {
		r := report(moment(i))
		r.Device, r.Owner = []string{"", "a", "ab"}[i%3], []string{"", "o", "op"}[i%2+i%3%2]
		r.Codes = []string{"0x1", "0x12"}[:i%3]
		r.KBs = []string{"KB1", "0x1"}[:i%2] // a code may stand in both
		keep(p, s, r)
		all = append(all, r.ReportHead)
	}
	slices.Reverse(all)
	for _, device := range []string{"", "a", "ab", "abc"} {
		for _, code := range []string{"", "0x1", "0x12", "KB1", "KB"} {
			for _, owner := range []string{"", "o", "op"} {
				for _, bounds := range [][2]int{{0, 0}, {5, 0}, {0, 5}, {5, 17}, {5, 5}, {5, 6}, {6, 5}, {-1000, 1000}} {
					q := store.ReportQuery{Device: device, Code: code, Owner: owner, Most: 100}
					if bounds[0] != 0 {
						q.Since = moment(bounds[0])
					}
					if bounds[1] != 0 {
						q.Until = moment(bounds[1])
					}
					compareQueries(p, s, all, q)
				}
			}
		}
	}
}

// compareQueries holds a query, and its second half after a cursor, against the
// plain filter.
func compareQueries(p *place, s store.Store, all []store.ReportHead, q store.ReportQuery) {
	p.Helper()
	want := filter(all, q)
	same(p, "filtered", ids(list(p, s, q)), ids(want))
	if len(want) > 1 {
		q.After, q.Most = want[len(want)/2].ID, 2
		same(p, "filtered, after", ids(list(p, s, q)), ids(want[len(want)/2+1:]))
	}
}

// filter is what ListReports means, of heads that are newest first.
func filter(all []store.ReportHead, q store.ReportQuery) (out []store.ReportHead) {
	for _, h := range all {
		if (q.Device == "" || h.Device == q.Device) && (q.Owner == "" || h.Owner == q.Owner) &&
			(q.Code == "" || slices.Contains(h.Codes, q.Code) || slices.Contains(h.KBs, q.Code)) &&
			(q.Since.IsZero() || !h.Received.Before(q.Since)) && (q.Until.IsZero() || h.Received.Before(q.Until)) &&
			(q.After == "" || h.ID < q.After) {
			out = append(out, h)
		}
	}
	return out
}

func testKeys(p *place) {
	s, ctx := p.store(), p.Context()
	first := report(moment(0))
	first.Owner, first.Key = "o", "k"
	keep(p, s, first)

	again := report(moment(1))
	again.Owner, again.Key, again.Sum = "o", "k", first.Sum
	kept, added, err := s.AddReport(ctx, again)
	if err != nil || added {
		p.Fatalf("a repeat: added %v, %v", added, err)
	}
	same(p, "kept", kept, first)
	again.Sum = "another"
	if _, added, err := s.AddReport(ctx, again); !errors.Is(err, store.ErrKeyReused) || added {
		p.Fatalf("another report with the key: added %v, %v", added, err)
	}
	same(p, "after repeats", ids(list(p, s, store.ReportQuery{Most: 9})), []string{first.ID})

	for i, pair := range [][2]string{{"", "k"}, {"ok", ""}, {"p", "k"}, {"o", "kk"}, {"", "ok"}} {
		other := report(moment(2 + i))
		other.Owner, other.Key, other.Sum = pair[0], pair[1], first.Sum
		keep(p, s, other)
		if other.Key != "" {
			same(p, "by key", got(s.ReportByKey(ctx, other.Owner, other.Key))(p), other)
		}
	}
	for _, pair := range [][2]string{{"o", "none"}, {"ok", ""}, {"", ""}} {
		if _, err := s.ReportByKey(ctx, pair[0], pair[1]); !errors.Is(err, store.ErrNotFound) {
			p.Errorf("by key %q: %v", pair, err)
		}
	}
	if n := got(s.ExpireReports(ctx, moment(1), 9))(p); n != 1 {
		p.Fatalf("%d expired", n)
	}
	again.ID = store.NewID(moment(9))
	keep(p, s, again) // the key went with its report
}

func testSameKeyAtOnce(p *place) {
	s := p.store()
	const n = 32
	var added atomic.Int32
	kept := make([]string, n)
	together(n, func(i int) {
		r := report(moment(i))
		r.Owner, r.Key, r.Sum = "o", "k", "the same"
		k, new, err := s.AddReport(p.Context(), r)
		if err != nil {
			p.Error(err)
			return
		}
		kept[i] = k.ID
		if new {
			added.Add(1)
		}
	})
	if added.Load() != 1 || len(slices.Compact(kept)) != 1 {
		p.Errorf("%d added, kept %v", added.Load(), kept)
	}
	same(p, "all", ids(list(p, s, store.ReportQuery{Most: 9})), kept[:1])
}

func testExpiry(p *place) {
	s, ctx := p.store(), p.Context()
	var all []string
	add := func(n int, device string) *store.Report {
		r := report(moment(n))
		r.Device, r.Codes, r.Key = device, []string{"0x1"}, r.ID
		keep(p, s, r)
		all = append([]string{r.ID}, all...)
		return r
	}
	add(0, "a")
	add(1, "a")
	alone := add(2, "")
	add(3, "b")
	add(4, "a")
	cure := store.Cure{Article: "disk-full", Action: "free-space"}
	for _, machine := range []string{"a", "b", alone.Machine()} {
		must(p, s.PutTrials(ctx, machine, 0, []store.Trial{trial(cure.Article, cure.Action, true, machine == "a")}))
	}
	steps := []struct {
		before time.Time
		most   int
		gone   int
		left   map[string]int // trials of machines
	}{
		{moment(0), 9, 0, map[string]int{"a": 1, "b": 1, alone.Machine(): 1}},
		{moment(4), 1, 1, map[string]int{"a": 1, "b": 1, alone.Machine(): 1}},
		{moment(4), 2, 2, map[string]int{"a": 1, "b": 1, alone.Machine(): 0}},
		{moment(4), 9, 1, map[string]int{"a": 1, "b": 0}},
		{moment(4), 9, 0, map[string]int{"a": 1}},
		{moment(5), 9, 1, map[string]int{"a": 0}},
	}
	for _, step := range steps {
		if n := got(s.ExpireReports(ctx, step.before, step.most))(p); n != step.gone {
			p.Fatalf("%d expired before %v, want %d", n, step.before, step.gone)
		}
		all = all[:len(all)-step.gone]
		for _, q := range []store.ReportQuery{{Most: 9}, {Most: 9, Code: "0x1"}} {
			same(p, "left", ids(list(p, s, q)), all)
		}
		for machine, want := range step.left {
			trials, _, err := s.TrialsOf(ctx, machine)
			if err != nil || len(trials) != want {
				p.Fatalf("trials of %q: %d, want %d, %v", machine, len(trials), want, err)
			}
		}
	}
	same(p, "counts", got(s.Counts(ctx))(p), map[store.Cure]store.Count{cure: {Tried: 3, Fixed: 1}})
}

func testErasure(p *place) {
	s, ctx := p.store(), p.Context()
	const secret = "d4e1f0c2b3a4958677"
	var others []string
	for i := range 30 {
		r := report(moment(i))
		r.Device, r.Codes, r.Owner = "other", []string{"0x1"}, "owner"
		if i%3 == 0 {
			r.Device, r.Key, r.Codes = secret, "key "+secret+r.ID, []string{"code " + secret, "0x1"}
			r.Facts = []byte(`{"device":"` + secret + `"}`)
		} else {
			others = append([]string{r.ID}, others...)
		}
		keep(p, s, r)
	}
	mine, theirs := trial("disk-full", "free-space", true, true), trial("disk-full", "free-space", true, false)
	mine.ID, mine.Doc = "trial of "+secret, []byte(`{"machine":"`+secret+`"}`)
	must(p, s.PutTrials(ctx, secret, 0, []store.Trial{mine, mine}))
	must(p, s.PutTrials(ctx, "other", 0, []store.Trial{theirs}))

	for device, want := range map[string]int{"unknown": 0, secret: 10, secret[:5]: 0} {
		if n := got(s.EraseDevice(ctx, device, entry(40, "device.erased", "")))(p); n != want {
			p.Errorf("%d reports erased of %q, want %d", n, device, want)
		}
	}
	if _, err := s.EraseDevice(ctx, "", entry(40, "device.erased", "")); err == nil {
		p.Error("a device without a name was erased")
	}
	for _, q := range []store.ReportQuery{{Most: 99}, {Most: 99, Code: "0x1"}, {Most: 99, Owner: "owner"}} {
		same(p, "left", ids(list(p, s, q)), others)
	}
	same(p, "counts", got(s.Counts(ctx))(p), map[store.Cure]store.Count{{Article: "disk-full", Action: "free-space"}: {Tried: 1}})
	if trials, version, err := s.TrialsOf(ctx, secret); err != nil || len(trials) > 0 || version != 0 {
		p.Errorf("trials are left: %v, version %d, %v", trials, version, err)
	}
	if len(got(s.Entries(ctx, "", 9))(p)) != 3 {
		p.Error("the log does not have the three erasures")
	}
}
