package search

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"

	"github.com/patchmedic/patchmedic/kb"
)

const (
	// batchSize is how many documents are written at once: a batch on disk is
	// one segment and one flush, and all of it is in memory while it is analysed.
	batchSize = 128
	// batchMost is for large Libraries in memory, where segments are not merged.
	batchMost = 512
	// mergeFrom is how many new documents make it worth merging all segments.
	mergeFrom = 256
	// segmentsMost is how many segments an index in memory may gather.
	segmentsMost = 48
)

// Sync brings the text index to the content of a Library: it adds the articles
// that are new or changed and deletes those that are gone, except what the
// Library synced before still holds. After an error, or when the context ends,
// the index holds a part, Ready and [Results].Complete say so, and the next Sync
// goes on from there.
func (x *Index) Sync(ctx context.Context, lib *kb.Library) error {
	x.syncing.Lock()
	defer x.syncing.Unlock()
	if x.closed {
		return errClosed
	}
	if x.fault.Load() != nil {
		if err := x.renew(); err != nil {
			return err
		}
	}
	g := x.synced.Load()
	if g != nil && g.now == lib.Revision() {
		return nil
	}
	err := x.bring(ctx, lib, g)
	if errors.Is(err, errDamaged) {
		if err := x.renew(); err != nil {
			return err
		}
		err = x.bring(ctx, lib, nil)
	}
	if err != nil {
		return fmt.Errorf("search index: %w", err)
	}
	return nil
}

// renew replaces the store by an empty one.
func (x *Index) renew() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.synced.Store(nil)
	// The damaged index may refuse to close; its folder goes in any case.
	_ = x.store.close()
	if x.store.path != "" {
		if err := os.RemoveAll(x.store.path); err != nil {
			return fmt.Errorf("search index: %w", err)
		}
	}
	s, err := createStore(x.store.path)
	if err != nil {
		x.closed = true
		return err
	}
	x.store = s
	x.dict.reset()
	x.fault.Store(nil)
	return nil
}

// bring writes the difference between the index and a Library.
func (x *Index) bring(ctx context.Context, lib *kb.Library, g *generations) error {
	v := x.views.of(lib)
	have, segments, err := x.contents()
	if err != nil {
		return err
	}
	if x.store.path == "" && segments > segmentsMost {
		return x.rebuildInMemory(ctx, v)
	}
	kept := map[string]bool{}
	if g != nil {
		kept = x.views.documents(g.now)
	}
	var p plan
	for _, e := range v.entries {
		if !have[e.doc] {
			p.add = append(p.add, e)
		}
	}
	for doc := range have {
		if _, wanted := v.byDoc[doc]; !wanted && !kept[doc] && !strings.HasPrefix(doc, wordsPrefix) {
			p.gone = append(p.gone, doc)
		}
	}
	if err := write(ctx, x.store, lib, p); err != nil {
		if len(p.add) > batchSize {
			x.synced.Store(nil)
		}
		return err
	}
	next := &generations{now: lib.Revision()}
	if g != nil && len(kept) > 0 {
		next.before = g.now
	}
	x.synced.Store(next)
	x.dict.learn(lib, p.add)
	if x.store.path != "" && len(p.add) >= mergeFrom {
		if err := merge(ctx, x.store); err != nil {
			return err
		}
	}
	return x.read(func(s *snapshot) error { s.forget(); return nil })
}

// contents returns the documents of the index and the number of its segments.
func (x *Index) contents() (have map[string]bool, segments int, err error) {
	err = x.read(func(s *snapshot) (err error) {
		segments = len(s.reader.Segments())
		have, err = s.live()
		return err
	})
	return have, segments, err
}

// rebuildInMemory writes a Library into a new index in memory, where segments
// are never merged, and puts it in the place of the old one.
func (x *Index) rebuildInMemory(ctx context.Context, v *view) error {
	fresh, err := createStore("")
	if err != nil {
		return err
	}
	if err := write(ctx, fresh, v.lib, plan{add: v.entries}); err != nil {
		return errors.Join(err, fresh.close())
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	old := x.store
	x.store = fresh
	x.synced.Store(&generations{now: v.lib.Revision()})
	return old.close()
}

// plan is what a Sync has to do.
type plan struct {
	add  []*entry
	gone []string
}

// write adds and deletes in batches. The last batch carries the deletions and
// the state, so that an index that says "complete" is complete.
func write(ctx context.Context, s *store, lib *kb.Library, p plan) error {
	w := &writer{lib: lib}
	size := batchSize
	if s.path == "" {
		size = min(max(size, len(p.add)/16), batchMost)
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(size, len(p.add))
		batch := s.bleve.NewBatch()
		if err := w.fill(batch, p.add[:n]); err != nil {
			return err
		}
		p.add = p.add[n:]
		now := state{Version: mappingVersion}
		if len(p.add) == 0 {
			now.Revision = lib.Revision()
			for _, doc := range p.gone {
				batch.Delete(doc)
			}
		}
		data, err := json.Marshal(now)
		if err != nil {
			return err
		}
		batch.SetInternal(stateKey, data)
		if err := guard(func() error { return s.bleve.Batch(batch) }); err != nil {
			return err
		}
		if fault := w.fault.Load(); fault != nil {
			return *fault
		}
		s.state = now
		if len(p.add) == 0 {
			return nil
		}
	}
}

// fill adds articles and their words to a batch. The words of a few articles, as
// of an edit, replace those of the edit before.
func (w *writer) fill(batch *bleve.Batch, entries []*entry) error {
	if len(entries) == 0 {
		return nil
	}
	for _, e := range entries {
		if err := batch.IndexAdvanced(w.article(e.doc, e.article)); err != nil {
			return err
		}
	}
	id := entries[0].doc
	if len(entries) < batchSize/8 {
		id = entries[0].article.ID
	}
	return batch.IndexAdvanced(w.dictionary(id, entries))
}

// merge makes one segment of all: the fastest to search.
func merge(ctx context.Context, s *store) error {
	return guard(func() error {
		advanced, err := s.bleve.Advanced()
		if err != nil {
			return err
		}
		if whole, ok := advanced.(*scorch.Scorch); ok {
			return whole.ForceMerge(ctx, nil)
		}
		return nil
	})
}
