package edition

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/patchmedic/patchmedic/kb"
)

// layers are what the content is made of: files, and edits that lie over them.
// Once they are laid they are never changed, so that who asks about an edit does
// not wait for one that is being made.
type layers struct {
	files *kb.Library
	edits map[key]kb.Document
	// unfit are the edits that cannot be laid over the files, with their faults.
	unfit map[key]kb.Problems
}

// key names a document.
type key struct {
	kind kb.Kind
	id   string
}

func keyOf(d kb.Document) key { return key{d.Kind, d.ID} }

func compareKeys(a, b key) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.id, b.id)) }

func newLayers(files *kb.Library, edits []kb.Document) *layers {
	l := &layers{files: files, edits: map[key]kb.Document{}}
	for _, d := range edits {
		l.edits[keyOf(d)] = d
	}
	return l
}

// lay returns the files with the edits over them. Those that do not fit, as
// after an upgrade that took away what they name, are left out: the others and
// the files are served.
func (l *layers) lay() *kb.Library {
	l.unfit = map[key]kb.Problems{}
	all := slices.SortedFunc(maps.Keys(l.edits), compareKeys)
	var lib *kb.Library
	together := slices.Clone(all)
	for {
		next, err := l.files.Edited(l.documents(together)...)
		if err == nil {
			lib = next
			break
		}
		before := len(together)
		together = slices.DeleteFunc(together, func(k key) bool { return len(ownFaults(l.edits[k], problemsOf(err))) > 0 })
		if len(together) == before { // the faults are in what refers to an edit
			together = nil
		}
	}
	rest := slices.DeleteFunc(all, func(k key) bool {
		_, laid := slices.BinarySearchFunc(together, k, compareKeys)
		return laid
	})
	return l.layEach(lib, rest)
}

// layEach lays edits one by one over a Library as long as one of them fits.
func (l *layers) layEach(lib *kb.Library, pending []key) *kb.Library {
	for {
		before := len(pending)
		pending = slices.DeleteFunc(pending, func(k key) bool {
			next, err := lib.Edited(l.edits[k])
			if err != nil {
				l.unfit[k] = problemsOf(err)
				return false
			}
			delete(l.unfit, k)
			lib = next
			return true
		})
		if len(pending) == before {
			return lib
		}
	}
}

func (l *layers) documents(keys []key) []kb.Document {
	out := make([]kb.Document, len(keys))
	for i, k := range keys {
		out[i] = l.edits[k]
	}
	return out
}

// ownFaults returns the faults that are in a document's files.
func ownFaults(d kb.Document, faults kb.Problems) kb.Problems {
	var own kb.Problems
	for _, p := range faults {
		if d.Owns(p.File) {
			own = append(own, p)
		}
	}
	return own
}

// problemsOf returns the faults of an error of [kb.Library.Edited], which reads
// no files and so returns nothing else.
func problemsOf(err error) kb.Problems {
	var faults kb.Problems
	errors.As(err, &faults)
	return faults
}

// Edit lays a document over the content. When the content has no faults with
// it, keep is called to make it last; with the document kept, the edition
// follows before Edit returns. Faults are [kb.Problems], and an error of keep is
// returned as it is: then nothing changed. [Following] says that the document
// is kept and that the search index follows later.
func (k *Keeper) Edit(ctx context.Context, d kb.Document, keep func() error) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	lib, err := k.Current().Library.Edited(d)
	if err == nil {
		err = keep()
	}
	if err != nil {
		return err
	}
	before := k.layers.Load()
	next := &layers{files: before.files, edits: maps.Clone(before.edits)}
	next.edits[keyOf(d)] = d
	if len(before.unfit) > 0 { // what did not fit may fit now
		lib = next.lay()
	}
	k.layers.Store(next)
	return k.kept(ctx, lib)
}

// Draft checks a document that is not served: faults are those in its own files.
// Without any, keep is called.
func (k *Keeper) Draft(d kb.Document, keep func() error) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	_, err := k.Current().Library.Edited(d)
	if own := ownFaults(d, problemsOf(err)); len(own) > 0 {
		return own
	}
	return keep()
}

// Following is the error of a change that is made, while the search index
// follows later.
type Following struct{ Err error }

func (f Following) Error() string { return f.Err.Error() }
func (f Following) Unwrap() error { return f.Err }

// kept serves what is kept, whether or not the client waits for it.
func (k *Keeper) kept(ctx context.Context, lib *kb.Library) error {
	if err := k.replace(context.WithoutCancel(ctx), lib); err != nil {
		return Following{err}
	}
	return nil
}

// Reload reads files anew that changed, the edits lying over them. With faults,
// which are [kb.Problems], the edition stays.
func (k *Keeper) Reload(ctx context.Context, fsys fs.FS, changed ...string) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	before := k.layers.Load()
	files, err := before.files.With(fsys, changed...)
	if err != nil {
		return fmt.Errorf("content: %w", err)
	}
	return k.laid(ctx, &layers{files: files, edits: before.edits})
}

// Lay puts other edits in the place of all there were, as after a backup. They are
// read while nobody edits: an edit is among them, or lies over them.
func (k *Keeper) Lay(ctx context.Context, read func(context.Context) ([]kb.Document, error)) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	edits, err := read(ctx)
	if err != nil {
		return err
	}
	return k.laid(ctx, newLayers(k.layers.Load().files, edits))
}

// laid serves new layers.
func (k *Keeper) laid(ctx context.Context, next *layers) error {
	lib := next.lay()
	k.layers.Store(next)
	return k.kept(ctx, lib)
}

// Original returns a document as it is without edits.
func (k *Keeper) Original(kind kb.Kind, id string) (kb.Files, bool) {
	return k.layers.Load().files.Files(kind, id)
}

// Unfit returns the faults of an edit that is left out, none when it is served.
func (k *Keeper) Unfit(kind kb.Kind, id string) kb.Problems {
	return k.layers.Load().unfit[key{kind, id}]
}
