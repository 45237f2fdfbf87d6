package storetest

import (
	"errors"
	"sync/atomic"

	"github.com/patchmedic/patchmedic/store"
)

func document(kind store.Kind, id string, version int, status string) *store.Document {
	return &store.Document{
		Kind: kind, ID: id, Version: version, Status: status, Revision: name("r", version), Base: "b", Author: "j.doe", Reason: "why", At: moment(version),
		YAML: "id: " + id + "\n", FR: "## Symptômes\n", EN: "## Symptoms\n",
	}
}

func testDocuments(p *place) {
	s, ctx := p.store(), p.Context()
	const versions = 12 // more digits than one
	for _, id := range []string{"a", "ab", "a-b"} {
		for v := 1; v <= versions; v++ {
			d := document(store.KindArticle, id, v, "draft")
			must(p, s.PutDocument(ctx, d, entry(v, "article.edited", id)))
			same(p, "newest", got(s.Document(ctx, store.KindArticle, id, 0))(p), d)
			same(p, "by version", got(s.Document(ctx, store.KindArticle, id, v))(p), d)
			for _, wrong := range []int{v, v - 1, v + 2, 0, 1} {
				if err := s.PutDocument(ctx, document(store.KindArticle, id, wrong, "draft"), entry(v, "article.edited", id)); !errors.Is(err, store.ErrConflict) {
					p.Errorf("version %d after %d: %v", wrong, v, err)
				}
			}
		}
	}
	if n := len(got(s.Entries(ctx, "", 999))(p)); n != 3*versions {
		p.Errorf("%d entries of %d edits", n, 3*versions)
	}
	history := got(s.History(ctx, store.KindArticle, "a"))(p)
	if len(history) != versions {
		p.Fatalf("%d versions", len(history))
	}
	for i, d := range history {
		want := document(store.KindArticle, "a", versions-i, "draft")
		want.YAML, want.FR, want.EN = "", "", ""
		same(p, "history", &d, want)
	}
	for _, id := range []string{"none", "", "a-"} {
		if _, err := s.Document(ctx, store.KindArticle, id, 0); !errors.Is(err, store.ErrNotFound) {
			p.Errorf("document %q: %v", id, err)
		}
		same(p, "history of none", got(s.History(ctx, store.KindArticle, id))(p), []store.Document(nil))
	}
	if _, err := s.Document(ctx, store.KindArticle, "a", versions+1); !errors.Is(err, store.ErrNotFound) {
		p.Errorf("a version to come: %v", err)
	}
	if _, err := s.Document(ctx, store.KindRemedy, "a", 1); !errors.Is(err, store.ErrNotFound) {
		p.Errorf("another kind: %v", err)
	}
}

func testDocumentsAtOnce(p *place) {
	s, ctx := p.store(), p.Context()
	const writers = 32
	var conflicts atomic.Int32
	together(writers, func(i int) {
		for version := 1; ; version++ {
			err := s.PutDocument(ctx, document(store.KindRemedy, "x", version, "review"), entry(i, "remedy.edited", "x"))
			if err == nil {
				return
			}
			if !errors.Is(err, store.ErrConflict) {
				p.Error(err)
				return
			}
			conflicts.Add(1)
		}
	})
	history := got(s.History(ctx, store.KindRemedy, "x"))(p)
	if len(history) != writers || history[0].Version != writers {
		p.Errorf("%d versions of %d writers, %d conflicts", len(history), writers, conflicts.Load())
	}
	if n := len(got(s.Entries(ctx, "", 999))(p)); n != writers {
		p.Errorf("%d entries of %d edits", n, writers)
	}
}

// testEdits gives documents a life each and looks at what is served.
func testEdits(p *place) {
	s, ctx := p.store(), p.Context()
	same(p, "none", got(s.Edits(ctx))(p), []store.Edit(nil))
	lives := []struct {
		kind   store.Kind
		id     string
		life   []string
		served int // version
	}{ // in the order of the answer
		{store.KindArticle, "a", []string{"draft"}, 0},
		{store.KindArticle, "a-b", []string{"published"}, 1},
		{store.KindArticle, "ab", []string{"draft", "review", "published", "draft", "review"}, 3},
		{store.KindArticle, "z", []string{"published", "draft", "published", "retired", "draft"}, 4},
		{store.KindRemedy, "a", []string{"published", "published"}, 2},
	}
	for i := len(lives) - 1; i >= 0; i-- {
		for v, status := range lives[i].life {
			must(p, s.PutDocument(ctx, document(lives[i].kind, lives[i].id, v+1, status), entry(v, "edited", lives[i].id)))
		}
	}
	var want []store.Edit
	for _, l := range lives {
		e := store.Edit{Head: *document(l.kind, l.id, len(l.life), l.life[len(l.life)-1])}
		if l.served > 0 {
			e.Served = document(l.kind, l.id, l.served, l.life[l.served-1])
		}
		want = append(want, e)
	}
	same(p, "edits", got(s.Edits(ctx))(p), want)
}
