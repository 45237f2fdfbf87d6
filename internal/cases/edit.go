package cases

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	if head != nil && head.Revision == c.Revision() {
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

// Match is what the editor knows of the newest version.
type Match struct {
	// None: that there is no such document.
	None bool
	// Revisions: that it is one of these; "*" is any.
	Revisions []string
}

// What may be wrong with a change besides its text.
var (
	// ErrNoMatch: the editor does not say which version is changed.
	ErrNoMatch = errors.New("say which version this changes")
	// ErrUnmatched: it is not the newest version.
	ErrUnmatched = errors.New("this is not what there is by now: somebody else was first, or it is not there")
	// ErrSamePerson: a second person is asked for.
	ErrSamePerson = errors.New("another person must publish this: it must be in review, by somebody else, with this content")
)

func (m Match) check(head *Version) error {
	switch {
	case !m.None && len(m.Revisions) == 0:
		return ErrNoMatch
	case m.None != (head == nil):
		return ErrUnmatched
	case head != nil && !slices.Contains(m.Revisions, "*") && !slices.Contains(m.Revisions, head.Revision):
		return ErrUnmatched
	}
	return nil
}

// Transition is a status that does not follow another one.
type Transition struct {
	From, To string // From is "" for a new document
	May      []string
}

// Error names the statuses that may follow.
func (t Transition) Error() string {
	from := "what is " + t.From
	if t.From == "" {
		from = "a new document"
	}
	return fmt.Sprintf("%s cannot become %s at once", from, t.To)
}

// transitions are the statuses that may follow each; "" is that of a document
// that is not there yet. What readers never saw cannot be retired.
var transitions = map[string][]string{
	"":          {"draft", "review", "published"},
	"draft":     {"draft", "review", "published"},
	"review":    {"draft", "review", "published"},
	"published": {"draft", "review", "published", "retired"},
	"retired":   {"draft", "review", "published", "retired"},
}

// mayBecome returns why a document cannot become what is wanted. A status that
// is none is left to the lint.
func (e *Edit) mayBecome(head *Version, c Change) error {
	from, to := "", c.Status()
	if head != nil {
		from = head.Status
	}
	if _, known := transitions[to]; known && to != "" && !slices.Contains(transitions[from], to) {
		return Transition{from, to, transitions[from]}
	}
	if !e.SecondPerson || to != "published" {
		return nil
	}
	if head == nil || head.Status != "review" || head.Author == c.Author || !c.SameButStatus(head.document()) {
		return ErrSamePerson
	}
	return nil
}
