package storetest

import (
	"errors"

	"github.com/patchmedic/patchmedic/store"
)

func testTrials(p *place) {
	s, ctx := p.store(), p.Context()
	if trials, version, err := s.TrialsOf(ctx, "pc"); err != nil || len(trials) > 0 || version != 0 {
		p.Fatalf("of none: %v, version %d, %v", trials, version, err)
	}
	reported(p, s, 0, "pc")
	a, b := store.Cure{Article: "a", Action: "x"}, store.Cure{Article: "a\x00b", Action: ""}
	lists := []struct {
		trials []store.Trial
		counts map[store.Cure]store.Count
	}{
		{[]store.Trial{trial("a", "x", true, true), trial("a", "x", true, false), trial("a", "x", false, false)}, map[store.Cure]store.Count{a: {Tried: 2, Fixed: 1}}},
		{[]store.Trial{trial("a", "x", true, false), trial("a\x00b", "", true, true)}, map[store.Cure]store.Count{a: {Tried: 1}, b: {Tried: 1, Fixed: 1}}},
		{nil, nil},
		{[]store.Trial{trial("a", "x", false, true)}, nil}, // a cure only where it counts as tried
	}
	for _, list := range lists {
		_, version, err := s.TrialsOf(ctx, "pc")
		must(p, err)
		must(p, s.PutTrials(ctx, "pc", version, list.trials))
		if err := s.PutTrials(ctx, "pc", version, nil); !errors.Is(err, store.ErrConflict) {
			p.Errorf("written over version %d: %v", version, err)
		}
		s = p.reopen(s)
		trials, next, err := s.TrialsOf(ctx, "pc")
		must(p, err)
		if next == 0 || next == version {
			p.Errorf("version %d after %d", next, version)
		}
		same(p, "trials", trials, list.trials)
		same(p, "counts", got(s.Counts(ctx))(p), list.counts)
	}
	for _, machine := range []string{"none", "p", "\x00none"} {
		if err := s.PutTrials(ctx, machine, 0, nil); !errors.Is(err, store.ErrNotFound) {
			p.Errorf("of %q, which sent nothing: %v", machine, err)
		}
	}
	if err := s.PutTrials(ctx, "none", 1, nil); !errors.Is(err, store.ErrConflict) {
		p.Errorf("a version of none: %v", err)
	}
}

// testTrialsAtOnce lets many add one trial each to the same machines.
func testTrialsAtOnce(p *place) {
	s, ctx := p.store(), p.Context()
	const writers, machines = 16, 2
	for i := range machines {
		reported(p, s, i, name("pc", i))
	}
	together(writers, func(i int) {
		machine := name("pc", i%machines)
		for {
			trials, version, err := s.TrialsOf(ctx, machine)
			if err == nil {
				err = s.PutTrials(ctx, machine, version, append(trials, trial("a", "x", true, i%4 == 0)))
			}
			if errors.Is(err, store.ErrConflict) {
				continue
			}
			if err != nil {
				p.Error(err)
			}
			return
		}
	})
	for i := range machines {
		trials, _, err := s.TrialsOf(ctx, name("pc", i))
		if err != nil || len(trials) != writers/machines {
			p.Errorf("%d trials of %d, %v", len(trials), writers/machines, err)
		}
	}
	same(p, "counts", got(s.Counts(ctx))(p), map[store.Cure]store.Count{{Article: "a", Action: "x"}: {Tried: writers, Fixed: writers / 4}})
}

// testTrialsAfterDeletion holds that who read before a deletion leaves nothing
// behind, and cannot write over what came after it.
func testTrialsAfterDeletion(p *place) {
	s, ctx := p.store(), p.Context()
	deletions := []func() (int, error){
		func() (int, error) { return s.ExpireReports(ctx, moment(9), 9) },
		func() (int, error) { return s.EraseDevice(ctx, "pc", entry(0, "device.erased", "")) },
	}
	for _, remove := range deletions {
		reported(p, s, 0, "pc")
		must(p, s.PutTrials(ctx, "pc", 0, []store.Trial{trial("a", "x", true, false)}))
		_, old, err := s.TrialsOf(ctx, "pc")
		must(p, err)
		if n := got(remove())(p); n != 1 {
			p.Fatalf("%d deleted", n)
		}
		if err := s.PutTrials(ctx, "pc", 0, []store.Trial{trial("b", "y", true, false)}); !errors.Is(err, store.ErrNotFound) {
			p.Errorf("trials of a device that was deleted: %v", err)
		}
		reported(p, s, 1, "pc")
		must(p, s.PutTrials(ctx, "pc", 0, []store.Trial{trial("b", "y", true, false)}))
		if err := s.PutTrials(ctx, "pc", old, nil); !errors.Is(err, store.ErrConflict) {
			p.Errorf("written over what came after a deletion: %v", err)
		}
		got(s.EraseDevice(ctx, "pc", entry(0, "device.erased", "")))(p)
	}
}
