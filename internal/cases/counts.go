package cases

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/patchmedic/patchmedic/store"
)

// Counts are what remedies did on other machines, read from the store and kept
// at hand: every advice asks for some. It is safe for concurrent use.
type Counts struct {
	store   store.Trials
	reading sync.Mutex // held from the question to now: who asked first must not answer last
	now     atomic.Pointer[map[store.Cure]store.Count]
}

// NewCounts returns the counts of a store. They are empty before [Counts.Refresh].
func NewCounts(s store.Trials) *Counts {
	c := &Counts{store: s}
	c.now.Store(&map[store.Cure]store.Count{})
	return c
}

// Refresh reads them again. It is called after trials changed, which stays so
// when the caller goes away.
func (c *Counts) Refresh(ctx context.Context) error {
	c.reading.Lock()
	defer c.reading.Unlock()
	counts, err := c.store.Counts(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	c.now.Store(&counts)
	return nil
}

// Of returns how often an action was tried against a cause, and how often it cured.
func (c *Counts) Of(article, action string) (tried, fixed int) {
	n := (*c.now.Load())[store.Cure{Article: article, Action: action}]
	return n.Tried, n.Fixed
}
