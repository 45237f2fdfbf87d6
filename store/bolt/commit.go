package bolt

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	bbolt "go.etcd.io/bbolt"
)

// mostTogether bounds the writes of one commit, and so how long the first of
// them waits for the last and how much memory their pages take.
const mostTogether = 256

// committer puts writes that wait at the same time into one transaction. While
// one commit waits for the disk the next ones gather. Whoever was answered may
// come again at once: for so many a commit waits a little, and not for a fixed
// time as bbolt's own Batch does, so that a lone writer waits for nobody.
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
	go c.run(s.commit)
}

func (c *committer) run(commit func([]*write)) {
	defer close(c.done)
	expected, patience := 1, time.Duration(0)
	for first := range c.queue {
		writes := c.gather(first, expected, patience)
		expected = len(writes)
		begin := time.Now()
		commit(writes)
		patience = time.Since(begin) / 4 // what is lost when nobody comes
		expected += len(c.queue)
	}
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

// gather takes what else is waiting, and lets those who are expected come.
func (c *committer) gather(first *write, expected int, patience time.Duration) []*write {
	out := []*write{first}
	late := time.After(patience)
	for len(out) < mostTogether && (len(out) < expected || len(c.queue) > 0) {
		select {
		case w, ok := <-c.queue:
			if !ok {
				return out
			}
			out = append(out, w)
		case <-late:
			expected = 0
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
