package search

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	berrors "go.etcd.io/bbolt/errors"
)

// ErrInUse says that another process has the index folder open.
var ErrInUse = errors.New("the search index is in use by another process")

// errDamaged marks what a damaged index did; the next Sync makes a new one.
var errDamaged = errors.New("the search index is damaged")

// state is what an index says about itself. It is written in the batch that
// makes it true.
type state struct {
	Version string `json:"version"`
	// Revision is the Library's that the documents are from; "" while they are
	// being written.
	Revision string `json:"revision"`
}

var stateKey = []byte("patchmedic")

// store is one Bleve index on disk or in memory.
type store struct {
	bleve bleve.Index
	path  string // "" in memory
	state state

	mu  sync.Mutex
	ids map[uint64][]string // by segment: the document ids
}

// folderPrefix begins the name of the folder that an index lives in; the
// mapping's version ends it.
const folderPrefix = "text-"

// openStore opens the index of a folder, or makes an empty one where there is
// none or none that can be used. dir "" is an index in memory.
func openStore(dir string) (*store, error) {
	if dir == "" {
		return createStore("")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("search index: %w", err)
	}
	path := filepath.Join(dir, folderPrefix+mappingVersion)
	if err := removeOthers(dir, filepath.Base(path)); err != nil {
		return nil, err
	}
	if _, err := os.Lstat(path); err == nil {
		s, err := reopenStore(path)
		if err == nil || errors.Is(err, ErrInUse) {
			return s, err
		}
		if err := os.RemoveAll(path); err != nil {
			return nil, fmt.Errorf("search index: %w", err)
		}
	}
	return createStore(path)
}

// removeOthers removes the indexes of other versions; nothing else in the
// folder is touched.
func removeOthers(dir, keep string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("search index: %w", err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), folderPrefix) && e.Name() != keep {
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				return fmt.Errorf("search index: %w", err)
			}
		}
	}
	return nil
}

// lockTimeout is how long another process may take to let go of the index.
const lockTimeout = "2s"

func createStore(path string) (*store, error) {
	s := &store{path: path, state: state{Version: mappingVersion}, ids: map[uint64][]string{}}
	err := guard(func() (err error) {
		s.bleve, err = bleve.NewUsing(path, emptyMapping(), scorch.Name, scorch.Name, map[string]any{"bolt_timeout": lockTimeout})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("search index: make: %w", err)
	}
	return s, nil
}

func reopenStore(path string) (*store, error) {
	s := &store{path: path, ids: map[uint64][]string{}}
	err := guard(func() (err error) {
		s.bleve, err = bleve.OpenUsing(path, map[string]any{"bolt_timeout": lockTimeout})
		if errors.Is(err, berrors.ErrTimeout) {
			return ErrInUse
		}
		if err != nil {
			return err
		}
		if err = s.readState(); err != nil {
			return errors.Join(err, s.bleve.Close())
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("search index: open: %w", err)
	}
	return s, nil
}

func (s *store) readState() error {
	data, err := s.bleve.GetInternal(stateKey)
	if err != nil {
		return err
	}
	if data == nil { // made, and closed before its first batch
		s.state.Version = mappingVersion
		return nil
	}
	if err := json.Unmarshal(data, &s.state); err != nil {
		return err
	}
	if s.state.Version != mappingVersion {
		return fmt.Errorf("made by version %q", s.state.Version)
	}
	return nil
}

// emptyMapping maps nothing: documents bring their own fields.
func emptyMapping() mapping.IndexMapping {
	m := bleve.NewIndexMapping()
	m.DefaultMapping = bleve.NewDocumentDisabledMapping()
	return m
}

func (s *store) close() error {
	return guard(s.bleve.Close)
}

// snapshot is the index at one moment. The caller closes it.
func (s *store) snapshot() (*snapshot, error) {
	advanced, err := s.bleve.Advanced()
	if err != nil {
		return nil, err
	}
	reader, err := advanced.Reader()
	if err != nil {
		return nil, err
	}
	whole, ok := reader.(*scorch.IndexSnapshot)
	if !ok || whole == nil {
		return nil, fmt.Errorf("%w: closed", errDamaged)
	}
	return &snapshot{store: s, reader: whole}, nil
}

// snapshot reads one moment of a store. It is for one goroutine.
type snapshot struct {
	store  *store
	reader *scorch.IndexSnapshot
}

func (s *snapshot) close() { _ = s.reader.Close() }

// documents returns the ids of a segment's documents by number, deleted ones
// too. Segments never change, so they are read once.
func (s *snapshot) documents(segment *scorch.SegmentSnapshot) ([]string, error) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	if ids, ok := s.store.ids[segment.Id()]; ok {
		return ids, nil
	}
	ids := make([]string, segment.FullSize())
	for i := range ids {
		id, err := segment.DocID(uint64(i))
		if err != nil {
			return nil, err
		}
		ids[i] = string(id)
	}
	s.store.ids[segment.Id()] = ids
	return ids, nil
}

// live returns the ids of all documents.
func (s *snapshot) live() (map[string]bool, error) {
	out := map[string]bool{}
	for _, segment := range s.reader.Segments() {
		ids, err := s.documents(segment)
		if err != nil {
			return nil, err
		}
		for it := segment.DocNumbersLive().Iterator(); it.HasNext(); {
			out[ids[it.Next()]] = true
		}
	}
	return out, nil
}

// forget drops what is known of segments that are gone.
func (s *snapshot) forget() {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	kept := map[uint64][]string{}
	for _, segment := range s.reader.Segments() {
		if ids, ok := s.store.ids[segment.Id()]; ok {
			kept[segment.Id()] = ids
		}
	}
	s.store.ids = kept
}

// guard calls f and turns a panic or a fault of mapped memory, which a damaged
// index causes, into an error.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errDamaged, r)
		}
	}()
	return f()
}
