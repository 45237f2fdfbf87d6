package search

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/patchmedic/patchmedic/kb"
)

// understood is one line of testdata/parse.jsonl.
type understood struct {
	Q      string   `json:"q"`
	Codes  []string `json:"codes"`
	KBs    []string `json:"kbs"`
	Builds []string `json:"builds"`
	Words  string   `json:"words"`
	Lang   kb.Lang  `json:"lang"`
}

func TestParseFindsWhatAQuerySays(t *testing.T) {
	for _, want := range readLines[understood](t, "testdata/parse.jsonl") {
		u := Parse(want.Q, "")
		var codes, kbs, builds []string
		for _, c := range u.Codes {
			codes = append(codes, c.Code.String())
		}
		for _, n := range u.KBs {
			kbs = append(kbs, n.String())
		}
		for _, b := range u.Builds {
			builds = append(builds, b.String())
		}
		if !slices.Equal(codes, want.Codes) || !slices.Equal(kbs, want.KBs) || !slices.Equal(builds, want.Builds) || u.Words != want.Words || u.Lang != want.Lang {
			t.Errorf("Parse(%q): got codes %q, KBs %q, builds %q, words %q, language %q; want %+v", want.Q, codes, kbs, builds, u.Words, u.Lang, want)
		}
	}
}

func TestParseKeepsTheCallersLanguage(t *testing.T) {
	if got := Parse("something did not go as planned", kb.French).Lang; got != kb.French {
		t.Errorf("got %q, want fr", got)
	}
	for _, unknown := range []kb.Lang{"", "de", "x"} {
		if got := Parse("la mise à jour échoue", unknown).Lang; got != kb.French {
			t.Errorf("language %q: got %q, want the text's, fr", unknown, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, q := range readLines[understood](f, "testdata/parse.jsonl") {
		f.Add(q.Q)
	}
	f.Add("KB 5034441\xff\xfe é́ 0x80070306")
	f.Add(strings.Repeat("mise à jour ", 1000))
	f.Fuzz(func(t *testing.T, text string) {
		u, rest := parse(text, "")
		if u.Lang != kb.French && u.Lang != kb.English {
			t.Errorf("language %q", u.Lang)
		}
		if !utf8.ValidString(u.Words) && utf8.ValidString(text) {
			t.Errorf("words %q are no text", u.Words)
		}
		if len(rest) > maxText {
			t.Errorf("%d bytes are left of at most %d", len(rest), maxText)
		}
		for _, w := range typedWords(string(rest)) {
			if w.at.start < 0 || w.at.end > len(u.Text) || w.at.start >= w.at.end {
				t.Fatalf("word %v is not in the text", w.at)
			}
		}
	})
}

func TestLanguagesFoldAndStemAlike(t *testing.T) {
	for _, c := range []struct {
		lang kb.Lang
		a, b string
	}{
		{kb.French, "mise à jour bloquée", "MISE A JOUR BLOQUE"},
		{kb.French, "l’installation échoue", "installations echoue"},
		{kb.French, "réservée au système", "reserve systeme"},
		{kb.French, "cœur", "coeur"},
		{kb.French, "e\u0301chec", "échec"},
		{kb.English, "corrupted updates", "corrupt update"},
		{kb.English, "The service’s restarts", "service restart"},
		{kb.English, "KB 5034441", "KB5034441"},
		{kb.English, "80070306", "0x80070306"},
	} {
		l := languages()[c.lang]
		if a, b := l.list(c.a), l.list(c.b); !slices.Equal(a, b) {
			t.Errorf("%s: %q gives %q, %q gives %q; want the same", c.lang, c.a, a, c.b, b)
		}
	}
}

func TestEditsCountSwapsOnce(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"chnages", "changes", 1}, {"partiton", "partition", 1}, {"erreure", "erreur", 1},
		{"abcd", "abcd", 0}, {"abcd", "badc", 2}, {"magazin", "magasin", 1}, {"abcdefgh", "hgfedcba", 3}, {"ab", "abcdef", 3},
	} {
		if got := edits(c.a, c.b, 2); got != c.want {
			t.Errorf("edits(%q, %q): got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
