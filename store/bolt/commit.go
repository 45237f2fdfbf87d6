package bolt

import (
	"context"
	"errors"
	"fmt"
	"sync"

	bbolt "go.etcd.io/bbolt"
)

// mostTogether bounds the writes of one commit, and so how long the first of
// them waits for the last and how much memory their pages take.
const mostTogether = 256

// committer puts writes that wait at the same time into one transaction. While
// one commit waits for the disk the next ones gather, so nobody waits for a
// timer, as with bbolt's own Batch.
type committer struct {
	queue chan *write
	done  chan struct{}

	// mu is held for reading while something is put into queue, and for writing
	// to close it.
	mu    sync.RWMutex
	ended bool
}

type write struct {
	f      func(*bbolt.Tx) error
	result chan error
}

var errClosed = errors.New("the store is closed")

func (c *committer) start(s *Store) {
	c.queue = make(chan *write, mostTogether)
	c.done = make(chan struct{})
	go func() {
		defer close(c.done)
		for first := range c.queue {
			s.commit(c.gather(first))
		}
	}()
}

// stop lets the writes that wait be made.
func (c *committer) stop() {
	c.mu.Lock()
	if !c.ended {
		c.ended = true
		close(c.queue)
	}
	c.mu.Unlock()
	<-c.done
}

// do waits until the write is durable. The context ends the wait for a place in
// the queue only: a caller that left after it would not know whether the write
// was made.
func (c *committer) do(ctx context.Context, f func(*bbolt.Tx) error) error {
	w := &write{f, make(chan error, 1)}
	if err := c.enqueue(ctx, w); err != nil {
		return err
	}
	return <-w.result
}

func (c *committer) enqueue(ctx context.Context, w *write) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.ended {
		return errClosed
	}
	select {
	case c.queue <- w:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// gather takes what else is waiting.
func (c *committer) gather(first *write) []*write {
	out := []*write{first}
	for len(out) < mostTogether {
		select {
		case w, ok := <-c.queue:
			if !ok {
				return out
			}
			out = append(out, w)
		default:
			return out
		}
	}
	return out
}

// commit makes the writes in one transaction. A write that fails is left out
// and told so, and the others begin again: bbolt cannot take back a part.
func (s *Store) commit(writes []*write) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for len(writes) > 0 {
		failed := -1
		err := s.db.Update(func(tx *bbolt.Tx) error {
			for i, w := range writes {
				if err := safely(w.f, tx); err != nil {
					failed = i
					return err
				}
			}
			return nil
		})
		if failed < 0 {
			for _, w := range writes {
				w.result <- err
			}
			return
		}
		writes[failed].result <- err
		writes = append(writes[:failed], writes[failed+1:]...)
	}
}

// safely turns a panic into an error: the other writes must not fall with it.
func safely(f func(*bbolt.Tx) error, tx *bbolt.Tx) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic in a write: %v", v)
		}
	}()
	return f(tx)
}
