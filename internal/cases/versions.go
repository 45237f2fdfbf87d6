package cases

import (
	"context"
	"errors"
	"fmt"

	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/store"
)

// Version is a document as it was kept, or as it came with the program or the
// site's folder: then its Version is 0.
type Version struct {
	store.Document
	// Original is the revision of the document without edits, "" where there is
	// none. When it is not Base, the original changed since the edit.
	Original string
	// Faults are why the newest served version is left out, none when it is served.
	Faults kb.Problems
}

// OriginalChanged reports whether an edit lies over another original than the
// one that it was made from.
func (v *Version) OriginalChanged() bool { return v.Version > 0 && v.Original != v.Base }

// Newest stands for the number of the newest version, which is 0 where a
// document was never edited.
const Newest = -1

// Source returns a version of a document; 0 is the original.
func (e *Edit) Source(ctx context.Context, kind kb.Kind, id string, version int) (*Version, error) {
	if version == 0 {
		return e.original(kind, id)
	}
	d, err := e.Store.Document(ctx, store.Kind(kind), id, max(version, 0))
	switch {
	case errors.Is(err, store.ErrNotFound) && version == Newest:
		return e.original(kind, id)
	case errors.Is(err, store.ErrNotFound):
		return nil, fmt.Errorf("version %d of %s %q: %w", version, kind, id, ErrNotFound)
	case err != nil:
		return nil, err
	}
	return e.version(*d), nil
}

// version adds what is known of a kept version now.
func (e *Edit) version(d store.Document) *Version {
	v := &Version{Document: d, Faults: e.Editions.Unfit(kb.Kind(d.Kind), d.ID)}
	if files, ok := e.Editions.Original(kb.Kind(d.Kind), d.ID); ok {
		v.Original = files.Revision()
	}
	return v
}

// original returns a document that was never edited.
func (e *Edit) original(kind kb.Kind, id string) (*Version, error) {
	files, ok := e.Editions.Original(kind, id)
	if !ok {
		return nil, fmt.Errorf("%s %q: %w", kind, id, ErrNotFound)
	}
	d := kb.Document{Kind: kind, ID: id, Files: files}
	revision := files.Revision()
	return &Version{Original: revision, Document: store.Document{Kind: store.Kind(kind), ID: id, Status: d.Status(),
		Revision: revision, Base: revision, YAML: files.YAML, FR: files.FR, EN: files.EN}}, nil
}

// document returns the files of a version.
func (v *Version) document() kb.Document {
	return kb.Document{Kind: kb.Kind(v.Kind), ID: v.ID, Files: kb.Files{YAML: v.YAML, FR: v.FR, EN: v.EN}}
}

// History returns the versions of a document without their texts, newest first.
// There are none of one that was never edited.
func (e *Edit) History(ctx context.Context, kind kb.Kind, id string) ([]Version, error) {
	list, err := e.Store.History(ctx, store.Kind(kind), id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		_, err := e.original(kind, id)
		return nil, err
	}
	out := make([]Version, len(list))
	for i, d := range list {
		out[i] = *e.version(d)
	}
	return out, nil
}

// EditState is an edited document as it stands.
type EditState struct {
	// Head is the newest version, without its texts.
	Head Version
	// Served is the number of the newest version for readers, 0 without one.
	Served int
}

// Edits returns every edited document, by kind and id.
func (e *Edit) Edits(ctx context.Context) ([]EditState, error) {
	list, err := e.Store.Edits(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]EditState, len(list))
	for i, edit := range list {
		edit.Head.YAML, edit.Head.FR, edit.Head.EN = "", "", ""
		out[i].Head = *e.version(edit.Head)
		if edit.Served != nil {
			out[i].Served = edit.Served.Version
		}
	}
	return out, nil
}

// ServedEdits returns the documents that lie over the files: the newest version
// for readers of each.
func ServedEdits(ctx context.Context, docs store.Documents) ([]kb.Document, error) {
	edits, err := docs.Edits(ctx)
	var out []kb.Document
	for _, edit := range edits {
		if edit.Served != nil {
			v := Version{Document: *edit.Served}
			out = append(out, v.document())
		}
	}
	return out, err
}
