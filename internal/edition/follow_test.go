package edition_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/patchmedic/patchmedic/advisor"
	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/internal/edition"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/search"
)

func bundled(tb testing.TB) *kb.Library {
	tb.Helper()
	lib, err := kb.Load(content.Files())
	if err != nil {
		tb.Fatal(err)
	}
	return lib
}

// madeUp returns an article of its own number that says a word, and has a code
// that nobody else has.
func madeUp(tb testing.TB, lib *kb.Library, number int, word string) kb.Document {
	tb.Helper()
	a, _ := lib.Article("http-service-disabled")
	d := kb.Document{Kind: kb.ArticleKind, ID: fmt.Sprintf("made-up-%05d", number), Files: a.Files()}
	d.YAML = strings.Replace(d.YAML, "'0x800f0922'", fmt.Sprintf("'0x8024%04x'", 0x5000+number%0x9000), 1)
	d.EN = strings.Replace(d.EN, "{#symptoms}\n", "{#symptoms}\n\nA "+word+" sits on the machine.\n", 1)
	if d.Files == a.Files() {
		tb.Fatal("the model of made-up articles changed")
	}
	return d
}

func keep() error { return nil }

// animals are words that no article says.
var animals = []string{"quagga", "okapi", "tapir", "lemur", "walrus"}

// saying returns the ids of a Library's articles that say a word.
func saying(lib *kb.Library, word string) []string {
	var out []string
	for _, a := range lib.Articles() {
		if strings.Contains(a.Text(kb.English).Source, word) {
			out = append(out, a.ID)
		}
	}
	return out
}

// TestEditsDuringSearches edits while a thousand searches run: each of them
// finds exactly what one edition holds.
func TestEditsDuringSearches(t *testing.T) {
	const articles, searches, leastEdits = 12, 1000, 10
	lib := bundled(t)
	var edits []kb.Document
	for i := range articles {
		edits = append(edits, madeUp(t, lib, i, animals[i%len(animals)]))
	}
	k, err := edition.Open(lib, "", func(err error) { t.Error(err) }, edits...)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	if err := k.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	var searched, edited atomic.Int32
	more := func() bool { return searched.Load() < searches || edited.Load() < leastEdits }
	var running sync.WaitGroup
	for range 4 {
		running.Go(func() {
			for more() && !t.Failed() {
				searchOnce(t, k, animals[int(searched.Add(1))%len(animals)])
			}
		})
	}
	for done := 0; more() && !t.Failed(); done++ {
		word := animals[(done/articles+done)%len(animals)]
		d := madeUp(t, lib, done%articles, word)
		if err := k.Edit(t.Context(), d, keep); err != nil {
			t.Error(err)
		}
		if r := searchOnce(t, k, word); !slices.ContainsFunc(r.Hits, func(h search.Hit) bool { return h.Article.ID == d.ID }) {
			t.Errorf("edit %d of %s is not found when it is answered", done, d.ID)
		}
		edited.Add(1)
	}
	running.Wait()
}

// searchOnce searches the current edition, again when edits overtook it.
func searchOnce(t *testing.T, k *edition.Keeper, word string) search.Results {
	for {
		ed := k.Current()
		r, err := k.Search(t.Context(), ed, search.Query{Text: word, Lang: kb.English, Limit: 100})
		if err != nil {
			t.Error(err)
			return r
		}
		if !r.Complete {
			if k.Current() == ed {
				t.Error("the index does not hold the current edition")
				return r
			}
			continue
		}
		want := saying(ed.Library, word)
		var got []string
		for _, h := range r.Hits {
			got = append(got, h.Article.ID)
			if a, _ := ed.Library.Article(h.Article.ID); a != h.Article {
				t.Errorf("%s is of another edition", h.Article.ID)
			}
		}
		slices.Sort(got)
		if len(want) > 0 && !slices.Equal(got, want) {
			t.Errorf("%s: found %v, want %v", word, got, want)
		}
		return r
	}
}

// TestEdit holds that an edit is advised and searched when Edit returns, and that
// what is refused changes nothing.
func TestEdit(t *testing.T) {
	lib := bundled(t)
	k := open(t, "")
	if err := k.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := madeUp(t, lib, 1, "quagga")
	if err := k.Edit(t.Context(), d, keep); err != nil {
		t.Fatal(err)
	}
	r, err := facts.DecodePatch([]byte(`{"schema":"patchmedic.facts/v1","symptoms":{"codes":["0x80245001"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	a := k.Current().Advisor.Advise(r, advisor.Options{})
	if len(a.Diagnoses) == 0 || a.Diagnoses[0].Article != d.ID {
		t.Errorf("not advised: %+v", a.Diagnoses)
	}
	if hits(t, k, "quagga") != 1 {
		t.Error("not found")
	}
	before := k.Current()
	faulty := d
	faulty.FR = ""
	if err := k.Edit(t.Context(), faulty, keep); !errors.As(err, new(kb.Problems)) {
		t.Errorf("error %v, want faults", err)
	}
	refused := errors.New("not now")
	if err := k.Edit(t.Context(), madeUp(t, lib, 2, "okapi"), func() error { return refused }); !errors.Is(err, refused) {
		t.Errorf("error %v, want that of keep", err)
	}
	called := false
	if err := k.Draft(d, func() error { called = true; return nil }); err != nil || !called {
		t.Errorf("a draft without faults is not kept: %v", err)
	}
	if k.Current() != before {
		t.Error("the edition changed")
	}
	if _, ok := k.Original(kb.ArticleKind, d.ID); ok {
		t.Error("a new article has an original")
	}
}

// TestEditWhileIndexing holds that an edit does not wait for the index to be
// built, and that the index has it in the end.
func TestEditWhileIndexing(t *testing.T) {
	lib := bundled(t)
	k := open(t, "")
	for i, word := range animals {
		if err := k.Edit(t.Context(), madeUp(t, lib, i, word), keep); err != nil && !errors.As(err, new(edition.Following)) {
			t.Fatal(err)
		}
		if hits(t, k, fmt.Sprintf("0x8024%04x", 0x5000+i)) == 0 {
			t.Error("its code is not found")
		}
	}
	if err := k.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, word := range animals {
		if hits(t, k, word) != 1 {
			t.Errorf("%s is not found", word)
		}
	}
}

// TestUnfitEdits lays edits over files that do not suit them: they are left out
// with their faults, and the others are served.
func TestUnfitEdits(t *testing.T) {
	lib := bundled(t)
	withSignal := func(d kb.Document) kb.Document {
		d.YAML = strings.Replace(d.YAML, "{signal: ", "{signal: gone-", 1)
		return d
	}
	relatedTo := func(d kb.Document, id string) kb.Document {
		d.YAML = strings.Replace(d.YAML, "related: [", "related: ["+id+", ", 1)
		return d
	}
	r, _ := lib.Remedy("enable-service")
	retired := kb.Document{Kind: kb.RemedyKind, ID: r.Action, Files: r.Files()}
	retired.YAML += "status: retired\n"
	for name, c := range map[string]struct {
		edits []kb.Document
		unfit []string
	}{
		"none":              {[]kb.Document{madeUp(t, lib, 1, "okapi")}, nil},
		"a signal is gone":  {[]kb.Document{withSignal(madeUp(t, lib, 1, "okapi")), madeUp(t, lib, 2, "tapir")}, []string{"made-up-00001"}},
		"and one needs it":  {[]kb.Document{withSignal(madeUp(t, lib, 1, "okapi")), relatedTo(madeUp(t, lib, 2, "tapir"), "made-up-00001"), madeUp(t, lib, 3, "lemur")}, []string{"made-up-00001", "made-up-00002"}},
		"each other":        {[]kb.Document{withSignal(madeUp(t, lib, 1, "okapi")), relatedTo(madeUp(t, lib, 2, "tapir"), "made-up-00003"), relatedTo(madeUp(t, lib, 3, "lemur"), "made-up-00002")}, []string{"made-up-00001"}},
		"files need it":     {[]kb.Document{retired, madeUp(t, lib, 2, "tapir")}, []string{"enable-service"}},
		"an edit of a file": {[]kb.Document{withSignal(kb.Document{Kind: kb.ArticleKind, ID: "http-service-disabled", Files: madeUp(t, lib, 1, "okapi").Files})}, []string{"http-service-disabled"}},
	} {
		t.Run(name, func(t *testing.T) {
			k, err := edition.Open(lib, "", nil, c.edits...)
			if err != nil {
				t.Fatal(err)
			}
			defer k.Close()
			var unfit []string
			for _, d := range c.edits {
				if len(k.Unfit(d.Kind, d.ID)) > 0 {
					unfit = append(unfit, d.ID)
					continue
				}
				if f, _ := k.Current().Library.Files(d.Kind, d.ID); f != d.Files {
					t.Errorf("%s is not served", d.ID)
				}
			}
			if !slices.Equal(unfit, c.unfit) {
				t.Errorf("left out %v, want %v", unfit, c.unfit)
			}
		})
	}
}

// TestLay puts other edits in the place of all, as a restored backup does.
func TestLay(t *testing.T) {
	lib := bundled(t)
	k := open(t, "")
	if err := k.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := k.Edit(t.Context(), madeUp(t, lib, 1, "okapi"), keep); err != nil {
		t.Fatal(err)
	}
	kept, later := []kb.Document{madeUp(t, lib, 2, "tapir")}, madeUp(t, lib, 3, "quokka")
	var running sync.WaitGroup
	err := k.Lay(t.Context(), func(context.Context) ([]kb.Document, error) {
		read := slices.Clone(kept)
		running.Go(func() { // somebody edits what was restored, before it is laid
			if err := k.Edit(t.Context(), later, func() error { kept = append(kept, later); return nil }); err != nil {
				t.Error(err)
			}
		})
		for range 1000 {
			runtime.Gosched()
		}
		return read, nil
	})
	running.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if hits(t, k, "0x80245001") != 0 || hits(t, k, "tapir") != 1 || hits(t, k, "quokka") != 1 {
		t.Error("the edits are not those that were laid, and the one after them")
	}
}

// TestEditAfterClose holds that an edit is served when the index cannot follow,
// and that it is said.
func TestEditAfterClose(t *testing.T) {
	lib := bundled(t)
	k, err := edition.Open(lib, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Wait(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	if err := k.Edit(t.Context(), madeUp(t, lib, 1, "okapi"), keep); !errors.As(err, new(edition.Following)) {
		t.Errorf("error %v, want that the index follows", err)
	}
	if _, ok := k.Current().Library.Article("made-up-00001"); !ok {
		t.Error("not served")
	}
}
