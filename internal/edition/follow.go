package edition

import (
	"context"
	"errors"
	"fmt"

	"github.com/patchmedic/patchmedic/advisor"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/search"
)

var errBuilding = errors.New("the search index is being built")

// replace puts a Library in the place of the current edition's. The index comes
// first, so that the edition is searched from its first moment, and keeps what
// the edition before has, so that searches under way end on theirs. Where the
// index is not complete, or fails, the edition does not wait for it: codes and
// advice are right at once, words follow. The error says that they will.
func (k *Keeper) replace(ctx context.Context, lib *kb.Library) error {
	if lib.Revision() == k.Current().Library.Revision() {
		return nil
	}
	next := &Edition{Library: lib, Advisor: advisor.New(lib)}
	err := errBuilding
	if k.index.Load().Holds(k.Current().Library) {
		err = k.sync(ctx, lib)
	}
	k.current.Store(next)
	if err != nil {
		k.fellBehind()
		return fmt.Errorf("words of the change are found later: %w", err)
	}
	return nil
}

// fellBehind wakes what brings the index up to the edition.
func (k *Keeper) fellBehind() {
	select {
	case k.behind <- struct{}{}:
	default: // it is awake, and looks at the edition after this
	}
}

// catchUp brings the index up to the edition whenever it is behind.
func (k *Keeper) catchUp(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.behind:
		}
		err := k.Wait(ctx)
		if err != nil && ctx.Err() == nil && k.onDisk {
			k.failed(err)
			err = k.moveToMemory(ctx)
		}
		if err != nil && ctx.Err() == nil {
			k.failed(err)
		}
	}
}

// sync brings the index up to a Library.
func (k *Keeper) sync(ctx context.Context, lib *kb.Library) error {
	k.follow.Lock()
	defer k.follow.Unlock()
	return k.index.Load().Sync(ctx, lib)
}

// moveToMemory puts an index in memory in the place of one that cannot be
// written, on a full disk for instance. The other stays open until Close, since
// searches may be reading it.
func (k *Keeper) moveToMemory(ctx context.Context) error {
	index, err := search.Open("")
	if err != nil {
		return err
	}
	k.unused, k.onDisk = k.index.Swap(index), false
	return k.Wait(ctx)
}
