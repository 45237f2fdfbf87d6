package storetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/patchmedic/patchmedic/store"
)

// another is a place beside this one.
func (p *place) another() *place { return &place{p.T, p.open, p.TempDir()} }

func testBackup(p *place) {
	s, ctx := p.store(), p.Context()
	empty, nothing := backup(p, s), read(p, s)
	fill(p, s, 7)
	full, want := backup(p, s), read(p, s)

	other := p.another()
	o := other.store()
	keep(p, o, report(moment(99)))
	must(p, o.Restore(ctx, bytes.NewReader(full)))
	same(p, "another store", read(p, o), want)
	o = other.reopen(o)
	same(p, "another store, reopened", read(p, o), want)
	same(p, "a backup of what was restored", restored(p, backup(p, o)), want)

	must(p, s.Restore(ctx, bytes.NewReader(empty)))
	same(p, "itself, from the beginning", read(p, s), nothing)
	fill(p, s, 2)
	must(p, s.Restore(ctx, iotest.OneByteReader(bytes.NewReader(full))))
	same(p, "itself, again", read(p, s), want)
	for _, machine := range someDevices { // as if nothing had been
		trials, version, err := s.TrialsOf(ctx, machine)
		must(p, err)
		must(p, s.PutTrials(ctx, machine, version, trials))
		if err := s.PutTrials(ctx, machine, version, nil); !errors.Is(err, store.ErrConflict) {
			p.Errorf("written over a version, after a restore: %v", err)
		}
	}
	r := report(moment(98))
	r.Owner, r.Key = "o", "k-0"
	if _, _, err := s.AddReport(ctx, r); !errors.Is(err, store.ErrKeyReused) {
		p.Errorf("a key of then: %v", err)
	}
}

// restored returns what a new store says after a restore.
func restored(p *place, data []byte) state {
	p.Helper()
	o := p.another().store()
	defer o.Close()
	must(p, o.Restore(p.Context(), bytes.NewReader(data)))
	return read(p, o)
}

// testBackupWhileWriting holds that a backup is of one moment. Each writer adds
// a trial, which counts, then an edit, which is logged, and so on.
func testBackupWhileWriting(p *place) {
	s := p.store()
	ctx, stop := context.WithCancel(p.Context())
	var writers sync.WaitGroup
	for i, device := range someDevices {
		reported(p, s, i, device)
		writers.Go(func() {
			for n := 1; ctx.Err() == nil; n++ {
				trials, version, err := s.TrialsOf(p.Context(), device)
				if err == nil {
					err = s.PutTrials(p.Context(), device, version, append(trials, trial("a", "x", true, false)))
				}
				if err == nil {
					err = s.PutDocument(p.Context(), document(store.KindArticle, device, n, "published"), entry(n, "article.edited", device))
				}
				if err != nil {
					p.Error(err)
					return
				}
			}
		})
	}
	defer writers.Wait()
	defer stop()
	for range 5 {
		then := restored(p, backup(p, s))
		tried, edits := 0, 0
		for _, device := range someDevices {
			trials, versions := len(then.Trials[device]), len(then.History["article "+device])
			if versions != trials && versions != trials-1 {
				p.Errorf("%d edits after %d trials", versions, trials)
			}
			tried, edits = tried+trials, edits+versions
		}
		if then.Counts[store.Cure{Article: "a", Action: "x"}].Tried != tried || len(then.Log) != edits {
			p.Errorf("counts %v of %d trials, %d entries of %d edits", then.Counts, tried, len(then.Log), edits)
		}
	}
}

func testDamagedBackups(p *place) {
	s, ctx := p.store(), p.Context()
	fill(p, s, 3)
	good, then := backup(p, s), read(p, s)
	keep(p, s, report(moment(1000)))
	now := read(p, s)

	refused := func(what string, data []byte) {
		p.Helper()
		if err := s.Restore(ctx, bytes.NewReader(data)); !errors.Is(err, store.ErrDamaged) {
			p.Errorf("%s: %v", what, err)
		}
	}
	for cut := 0; cut < len(good); cut += 1 + len(good)/40 {
		refused("cut off", good[:cut])
	}
	refused("its last byte cut off", good[:len(good)-1])
	refused("twice", append(bytes.Clone(good), good...))
	refused("followed by something", append(bytes.Clone(good), "more"...))
	refused("a text", []byte("this is no backup\n"))
	refused("zeros", make([]byte, 1<<16))
	same(p, "after refused backups", read(p, s), now)

	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		bad := bytes.Clone(good)
		bad[random.IntN(len(bad))] ^= 1 << random.IntN(8)
		err := s.Restore(ctx, bytes.NewReader(bad))
		if err == nil { // a bit that says nothing
			same(p, "altered and taken", read(p, s), then)
			now = then
		} else if !errors.Is(err, store.ErrDamaged) {
			p.Errorf("altered: %v", err)
		}
	}
	same(p, "after altered backups", read(p, s), now)
	s = p.reopen(s)
	same(p, "reopened", read(p, s), now)
}

func testRestoreFails(p *place) {
	s := p.store()
	fill(p, s, 3)
	good := backup(p, s)
	keep(p, s, report(moment(1000)))
	now := read(p, s)

	broken := errors.New("the line is broken")
	half := io.MultiReader(bytes.NewReader(good[:len(good)/2]), iotest.ErrReader(broken))
	if err := s.Restore(p.Context(), half); !errors.Is(err, broken) || errors.Is(err, store.ErrDamaged) {
		p.Errorf("a broken line: %v", err)
	}
	ctx, cancel := context.WithCancel(p.Context())
	late := io.MultiReader(bytes.NewReader(good), readerFunc(func([]byte) (int, error) { cancel(); return 0, io.EOF }))
	if err := s.Restore(ctx, late); !errors.Is(err, context.Canceled) {
		p.Errorf("cancelled: %v", err)
	}
	if err := s.Backup(p.Context(), writerFunc(func([]byte) (int, error) { return 0, broken })); !errors.Is(err, broken) {
		p.Errorf("a backup into a broken line: %v", err)
	}
	same(p, "after failures", read(p, s), now)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// testRestoreWhileServing puts two states in each other's place under readers
// and writers: nobody sees a mixture, and nobody fails.
func testRestoreWhileServing(p *place) {
	s := p.store()
	states := make([][]byte, 2)
	heads := make([][]string, 2)
	for i := range states {
		s := p.another().store()
		for n := range 20 {
			r := report(moment(n))
			r.Device = "watched"
			keep(p, s, r)
		}
		states[i], heads[i] = backup(p, s), ids(list(p, s, store.ReportQuery{Most: 99}))
	}
	must(p, s.Restore(p.Context(), bytes.NewReader(states[0])))

	ctx, stop := context.WithCancel(p.Context())
	var others sync.WaitGroup
	for i := range 4 {
		others.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				r := report(moment(n))
				r.Device, r.Key, r.Owner = name("writer", i), r.ID, "o"
				if _, added, err := s.AddReport(p.Context(), r); err != nil || !added {
					p.Errorf("a write during a restore: added %v, %v", added, err)
				}
			}
		})
		others.Go(func() {
			for ctx.Err() == nil {
				seen, err := s.ListReports(p.Context(), store.ReportQuery{Device: "watched", Most: 99})
				if err != nil || !cmp.Equal(ids(seen), heads[0]) && !cmp.Equal(ids(seen), heads[1]) {
					p.Errorf("a read during a restore: %d reports, %v", len(seen), err)
				}
			}
		})
	}
	for i := range 12 {
		if err := s.Restore(p.Context(), bytes.NewReader(states[(i+1)%2])); err != nil {
			p.Error(err)
		}
	}
	stop()
	others.Wait()
	same(p, "in the end", ids(list(p, s, store.ReportQuery{Device: "watched", Most: 99})), heads[0])
}
