package cases

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/internal/edition"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/store"
)

// Edit changes articles and remedies. Each change is a version of its document,
// kept for ever; readers see the newest one that is published or retired.
type Edit struct {
	Editions Editor
	Store    store.Documents
	// SecondPerson: what one author put up for review another one publishes.
	SecondPerson bool
	// Now is the clock.
	Now func() time.Time
}

// Editor is what the case needs of the keeper of content and index.
type Editor interface {
	Editions
	// Edit serves a document that has no faults and is kept.
	Edit(ctx context.Context, d kb.Document, keep func() error) error
	// Draft has a document kept that has no faults, without serving it.
	Draft(d kb.Document, keep func() error) error
	// Original returns a document as it is without edits.
	Original(kind kb.Kind, id string) (kb.Files, bool)
	// Unfit returns the faults of an edit that is left out.
	Unfit(kind kb.Kind, id string) kb.Problems
}

// Change is what an editor wants.
type Change struct {
	kb.Document
	Match  Match
	Author string
	Reason string
	// Base is the revision of the original that the text takes into account, ""
	// for that of the version before.
	Base string
}

// Put keeps a new version of a document and serves it, if it is for readers.
// created says that there was no such document. Faults of the document are
// [kb.Problems]; [ErrNoMatch], [ErrUnmatched], [Transition] and [ErrSamePerson]
// say why it may not be changed so. [edition.Following] comes with a version
// that is kept and served, and whose words are found a little later.
func (e *Edit) Put(ctx context.Context, c Change) (v *Version, created bool, err error) {
	if original, ok := e.Editions.Original(c.Kind, c.ID); c.Base != "" && (!ok || c.Base != original.Revision()) {
		return nil, false, facts.Faults{{Pointer: "/base", Detail: "base is the revision of the original as it is now: read it again"}}
	}
	return e.put(ctx, c)
}

func (e *Edit) put(ctx context.Context, c Change) (v *Version, created bool, err error) {
	head, err := e.head(ctx, c.Kind, c.ID)
	if err != nil {
		return nil, false, err
	}
	if err := c.Match.check(head); err != nil {
		return nil, false, err
	}
	if head != nil && head.Revision == c.Revision() && (c.Base == "" || c.Base == head.Base) {
		return head, false, nil // it is so already
	}
	if err := e.mayBecome(head, c); err != nil {
		return nil, false, err
	}
	v, err = e.keep(ctx, head, c)
	return v, head == nil, err
}

// head returns the newest version of a document, nil where there is none.
func (e *Edit) head(ctx context.Context, kind kb.Kind, id string) (*Version, error) {
	head, err := e.Source(ctx, kind, id, Newest)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return head, err
}

// keep checks a change, keeps it as the version after head, and serves it.
func (e *Edit) keep(ctx context.Context, head *Version, c Change) (*Version, error) {
	next := store.Document{Kind: store.Kind(c.Kind), ID: c.ID, Version: 1, Status: c.Status(), Revision: c.Revision(),
		Base: c.Base, Author: c.Author, Reason: c.Reason, At: e.Now().UTC(), YAML: c.YAML, FR: c.FR, EN: c.EN}
	if head != nil {
		next.Version = head.Version + 1
		if next.Base == "" {
			next.Base = head.Base
		}
	}
	keep := func() error {
		return e.Store.PutDocument(ctx, &next, store.Entry{At: next.At, Who: c.Author, What: string(c.Kind) + "." + next.Status, Subject: c.ID, Reason: c.Reason})
	}
	var err error
	if kb.Served(next.Status) {
		err = e.Editions.Edit(ctx, c.Document, keep)
	} else {
		err = e.Editions.Draft(c.Document, keep)
	}
	if errors.Is(err, store.ErrConflict) {
		return nil, ErrUnmatched
	}
	if err != nil && !errors.As(err, new(edition.Following)) {
		return nil, err
	}
	return e.version(next), err
}

// Retire takes what readers see of a document out of searches and advice. It
// stays readable, and heir, unless "", is named in its place.
func (e *Edit) Retire(ctx context.Context, c Change, heir string) (*Version, error) {
	head, err := e.head(ctx, c.Kind, c.ID)
	if err != nil {
		return nil, err
	}
	if err := c.Match.check(head); err != nil {
		return nil, err
	}
	served, ok := e.Editions.Current().Library.Files(c.Kind, c.ID)
	c.Files = served
	if !ok || !kb.Served(c.Status()) {
		return nil, fmt.Errorf("%s %q, for readers: %w", c.Kind, c.ID, ErrNotFound)
	}
	if c.Document, err = c.Restated("retired", heir); err != nil {
		return nil, err
	}
	return e.keep(ctx, head, c)
}

// Restore makes a new version of an old one, or of the original, with another
// status unless it is "".
func (e *Edit) Restore(ctx context.Context, c Change, version int, status string) (*Version, error) {
	old, err := e.Source(ctx, c.Kind, c.ID, version)
	if err != nil {
		return nil, err
	}
	c.Document, c.Base = old.document(), old.Base
	if status != "" {
		if c.Document, err = c.Restated(status, ""); err != nil {
			return nil, err
		}
	}
	v, _, err := e.put(ctx, c)
	return v, err
}

// Lint returns all faults of a document in the content of now, and nothing else
// happens.
func (e *Edit) Lint(d kb.Document) kb.Problems {
	var faults kb.Problems
	_, err := e.Editions.Current().Library.Edited(d)
	errors.As(err, &faults)
	return faults
}
