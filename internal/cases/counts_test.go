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

// counted is a store whose counts go up while they are read.
type counted struct {
	store.Trials
	tried atomic.Int64
}

func (c *counted) Counts(context.Context) (map[store.Cure]store.Count, error) {
	n := store.Count{Tried: int(c.tried.Load())}
	for range n.Tried % 3 { // so that some overtake others
		runtime.Gosched()
	}
	return map[store.Cure]store.Count{{Article: "a", Action: "x"}: n}, nil
}

// TestCountsAtOnce holds that whoever refreshed the counts finds the own change in
// them, whoever else reads them at that time.
func TestCountsAtOnce(t *testing.T) {
	s := new(counted)
	counts := cases.NewCounts(s)
	var running sync.WaitGroup
	for range 2000 {
		running.Go(func() {
			mine := int(s.tried.Add(1))
			if err := counts.Refresh(t.Context()); err != nil {
				t.Error(err)
			}
			if tried, _ := counts.Of("a", "x"); tried < mine {
				t.Errorf("%d tried after the trial %d", tried, mine)
			}
		})
	}
	running.Wait()
}
