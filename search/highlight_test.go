package search

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/patchmedic/patchmedic/kb"
)

func TestHighlightsMarkWordsOfTheReadersLanguage(t *testing.T) {
	x, lib := openBundled(t)
	r := search(t, x, lib, Query{Text: "mise a jour bloque 35%", Lang: kb.French})
	if len(r.Hits) == 0 || len(r.Hits[0].Highlights) == 0 {
		t.Fatalf("got %+v, want a hit with highlights", r.Hits)
	}
	title := r.Hits[0].Highlights[0]
	if title.Field != "title" || !strings.Contains(title.HTML, "<mark>mise</mark> à <mark>jour</mark>") || !strings.Contains(title.HTML, "<mark>35</mark>") {
		t.Errorf("got %+v, want the title with mise, jour and 35 marked", title)
	}
}

// tag finds what is markup in HTML.
var tag = regexp.MustCompile(`<[^>]*>`)

// safe reports whether HTML has no other markup than marks, well nested.
func safe(t testing.TB, s string) {
	t.Helper()
	open := false
	for _, m := range tag.FindAllString(s, -1) {
		switch {
		case m == "<mark>" && !open:
			open = true
		case m == "</mark>" && open:
			open = false
		default:
			t.Fatalf("%q has the tag %q", s, m)
		}
	}
	if open {
		t.Fatalf("%q has a mark without an end", s)
	}
	if rest := tag.ReplaceAllString(s, ""); strings.ContainsAny(rest, `<>"'`) {
		t.Fatalf("%q is not escaped", s)
	}
}

func FuzzHighlight(f *testing.F) {
	f.Add("the <b>update</b> & \"more\"", "update", true)
	f.Add("`sc.exe` | *mise à jour* {#x} <script>alert(1)</script>", "mise script", true)
	f.Add("\xff<update\xfe>é́", "update é", false)
	f.Add(strings.Repeat("a <update> ", 200), "update a", true)
	f.Fuzz(func(t *testing.T, text, query string, markdown bool) {
		m := newMarker(languages()[kb.English], &collector{words: typedWords(query)})
		marks := m.marks(text)
		for i, k := range marks {
			if k.start >= k.end || k.end > len(text) || i > 0 && k.start < marks[i-1].end {
				t.Fatalf("marks %v of %q are out of order", marks, text)
			}
		}
		if slices.Contains(typedWords(query), typed{}) {
			t.Fatal("an empty word")
		}
		safe(t, marked(text, marks, word{0, len(text)}, markdown))
		if p := m.best(passage{}, "x", text); p.distinct > 0 {
			safe(t, p.html())
			if !strings.Contains(p.html(), "<mark>") {
				t.Fatalf("the passage %q has no mark", p.html())
			}
		}
		if plain := marked(text, nil, word{0, len(text)}, false); strings.ToValidUTF8(html.UnescapeString(plain), "") != strings.TrimSpace(html.UnescapeString(plain)) {
			t.Fatalf("%q lost something", plain)
		}
	})
}
