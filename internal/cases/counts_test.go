package cases_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/patchmedic/patchmedic/internal/cases"
	"github.com/patchmedic/patchmedic/store"
)

// slowFirst is a store that tells the first who asks one trial, when it is let,
// and the others two.
type slowFirst struct {
	store.Trials
	calls atomic.Int32
	asked chan struct{}
	let   chan struct{}
}

func (s *slowFirst) Counts(context.Context) (map[store.Cure]store.Count, error) {
	n := store.Count{Tried: 2}
	if s.calls.Add(1) == 1 {
		n.Tried = 1
		close(s.asked)
		<-s.let
	}
	return map[store.Cure]store.Count{{Article: "a", Action: "x"}: n}, nil
}

// TestCountsOvertaken holds that counts read early do not take the place of those
// read later.
func TestCountsOvertaken(t *testing.T) {
	s := &slowFirst{asked: make(chan struct{}), let: make(chan struct{})}
	counts := cases.NewCounts(s)
	refresh := func() {
		if err := counts.Refresh(t.Context()); err != nil {
			t.Error(err)
		}
	}
	var running sync.WaitGroup
	running.Go(refresh)
	<-s.asked
	running.Go(refresh)
	for range 1000 { // the second may overtake, if anything lets it
		runtime.Gosched()
	}
	close(s.let)
	running.Wait()
	if tried, _ := counts.Of("a", "x"); tried != 2 {
		t.Errorf("%d trials, want those that were read last", tried)
	}
}
