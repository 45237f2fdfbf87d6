package search

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/patchmedic/patchmedic/kb"
)

// Index answers queries about Libraries. All methods are safe for concurrent
// use; searches go on during a Sync.
type Index struct {
	dir string

	syncing sync.Mutex // held by Sync and Close

	mu     sync.RWMutex // held while store is used; for writing when it changes
	store  *store       // nil once closed
	closed bool

	synced atomic.Pointer[generations]
	fault  atomic.Pointer[error]
	views  views
	dict   dictionaries
}

// generations are the Libraries whose documents are in the index.
type generations struct {
	now, before string // revisions
}

func (g *generations) holds(revision string) bool {
	return g != nil && (g.now == revision || g.before != "" && g.before == revision)
}

// errClosed is what a closed Index answers.
var errClosed = errors.New("search: the index is closed")

// Open opens the index in a folder and makes it when it is not there. dir ""
// keeps it in memory. What it finds damaged or of another version is removed:
// an index is a cache that Sync fills. [ErrInUse] says that another process has
// the folder.
func Open(dir string) (*Index, error) {
	s, err := openStore(dir)
	if err != nil {
		return nil, err
	}
	x := &Index{dir: dir, store: s}
	if s.state.Revision != "" {
		x.synced.Store(&generations{now: s.state.Revision})
	}
	return x, nil
}

// Ready reports whether a whole Library is in the text index and the index is
// sound. While it is false, Sync has work to do.
func (x *Index) Ready() bool { return x.synced.Load() != nil && x.fault.Load() == nil }

// Fault returns what a search met in a damaged index, nil when nothing is
// wrong. The next Sync makes a new index.
func (x *Index) Fault() error {
	if err := x.fault.Load(); err != nil {
		return *err
	}
	return nil
}

// Close waits for the Sync and the searches that are under way.
func (x *Index) Close() error {
	x.syncing.Lock()
	defer x.syncing.Unlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		return nil
	}
	x.closed = true
	x.synced.Store(nil)
	s := x.store
	x.store = nil
	return s.close()
}

// Holds reports whether the text index has a whole Library.
func (x *Index) Holds(lib *kb.Library) bool {
	return x.fault.Load() == nil && x.synced.Load().holds(lib.Revision())
}

// read calls f with the index at one moment. A damaged index is remembered.
func (x *Index) read(f func(*snapshot) error) error {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.closed {
		return errClosed
	}
	err := guard(func() error {
		s, err := x.store.snapshot()
		if err != nil {
			return err
		}
		defer s.close()
		return f(s)
	})
	if errors.Is(err, errDamaged) {
		x.fault.CompareAndSwap(nil, &err)
	}
	return err
}
