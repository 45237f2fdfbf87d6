// Package edition keeps the library, the advisor and the search index in step.
//
// An [Edition] is one state of the content with the advisor made from it: who
// takes it once works on that state to the end, whatever an editor changes
// meanwhile. A [Keeper] holds the current edition and the index that follows
// it. Exact codes and advice are served from the moment the keeper exists; the
// index is built or opened beside, and [Keeper.Ready] tells when words are
// searched too.
package edition

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/patchmedic/patchmedic/advisor"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/search"
)

// Edition is one state of the content. It is immutable.
type Edition struct {
	Library *kb.Library
	Advisor *advisor.Advisor
}

// Keeper holds the current edition. It is safe for concurrent use.
type Keeper struct {
	current atomic.Pointer[Edition]
	index   atomic.Pointer[search.Index]

	changing sync.Mutex // held while one edition follows another
	layers   atomic.Pointer[layers]

	stop   context.CancelFunc
	done   sync.WaitGroup
	behind chan struct{} // tells that the index is behind the edition
	// follow serialises what brings the index up to an edition.
	follow sync.Mutex
	onDisk bool
	unused *search.Index // that could not be written; nil: none
	failed func(error)
}

// Open returns a keeper of content that was read from files, with edits laid
// over it, and an index in dir ("" keeps it in memory). The index is brought up
// to date in the background; failed is told when that does not work, and may be
// nil. Close must be called.
func Open(files *kb.Library, dir string, failed func(error), edits ...kb.Document) (*Keeper, error) {
	index, err := search.Open(dir)
	if err != nil {
		return nil, err
	}
	if failed == nil {
		failed = func(error) {}
	}
	ctx, stop := context.WithCancel(context.Background())
	k := &Keeper{stop: stop, failed: failed, onDisk: dir != "", behind: make(chan struct{}, 1)}
	k.index.Store(index)
	all := newLayers(files, edits)
	lib := all.lay()
	k.layers.Store(all)
	k.current.Store(&Edition{Library: lib, Advisor: advisor.New(lib)})
	k.done.Go(func() { k.catchUp(ctx) })
	k.fellBehind()
	return k, nil
}

// Current returns the edition to work on.
func (k *Keeper) Current() *Edition { return k.current.Load() }

// Ready reports whether words are searched; exact codes always are.
func (k *Keeper) Ready() bool { return k.index.Load().Ready() }

// Wait returns when the index holds the current edition, or when ctx ends.
func (k *Keeper) Wait(ctx context.Context) error { return k.sync(ctx, k.Current().Library) }

// Search finds articles of an edition.
func (k *Keeper) Search(ctx context.Context, e *Edition, q search.Query) (search.Results, error) {
	return k.index.Load().Search(ctx, e.Library, q)
}

// Suggest completes what is being typed.
func (k *Keeper) Suggest(e *Edition, text string, lang kb.Lang) []search.Suggestion {
	return k.index.Load().Suggest(e.Library, text, lang)
}

// Hints says how well a person's words fit each article, 0 to 1. While the
// index is being built, and when it is damaged, there are none: advice goes on
// without them.
func (k *Keeper) Hints(ctx context.Context, e *Edition, text string, lang kb.Lang) map[string]float64 {
	hints, err := k.index.Load().Hints(ctx, e.Library, text, lang)
	if err != nil && ctx.Err() == nil {
		k.failed(err)
	}
	return hints
}

// Close ends the background work and closes the index.
func (k *Keeper) Close() error {
	k.stop()
	k.done.Wait()
	err := k.index.Load().Close()
	if k.unused != nil {
		err = errors.Join(err, k.unused.Close())
	}
	return err
}
