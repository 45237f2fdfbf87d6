package kb

import (
	"cmp"
	"html"
	"maps"
	"slices"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
)

// Library is an immutable snapshot of the content. It is safe for concurrent use.
type Library struct {
	revision string
	articles []*Article
	remedies []*Remedy
	signals  []*Signal
	article  map[string]*Article
	byCode   map[uint32][]*Article // published, by the code's first number
	remedy   map[string]*Remedy
	signal   map[string]*Signal
	releases *Releases
	noise    *Noise
	meanings map[uint32]Meaning
	synonyms map[Lang][][]string
	spoken   map[Lang][]spoken
	tables   map[string]string // files that are neither articles nor remedies
	pages    *rendered
}

// Revision identifies the whole content: it changes with every byte of it.
func (l *Library) Revision() string { return l.revision }

// Articles returns all articles, sorted by id. The caller must not change them.
func (l *Library) Articles() []*Article { return l.articles }

// Article returns an article by id.
func (l *Library) Article(id string) (*Article, bool) {
	a, ok := l.article[id]
	return a, ok
}

// Listing returns the published articles that list a code, or the first number
// of a pair: first those whose main code it is, then the more frequent causes.
func (l *Library) Listing(code facts.Code) []*Article {
	var out []*Article
	for _, a := range l.byCode[code.Value] {
		if a.place(code) >= 0 {
			out = append(out, a)
		}
	}
	slices.SortStableFunc(out, func(x, y *Article) int {
		return cmp.Or(cmp.Compare(x.place(code), y.place(code)), cmp.Compare(y.Frequency.Weight(), x.Frequency.Weight()))
	})
	return out
}

// place is where an article lists a code, -1 if it does not: an author writes
// the main one first.
func (a *Article) place(code facts.Code) int {
	return slices.IndexFunc(a.Codes, func(c facts.Code) bool { return c == code || c == facts.Code{Value: code.Value} })
}

// index prepares what is looked up by code.
func (l *Library) index() {
	l.byCode = map[uint32][]*Article{}
	for _, a := range l.articles {
		if a.Status != "published" {
			continue
		}
		for _, c := range a.Codes {
			if list := l.byCode[c.Value]; len(list) == 0 || list[len(list)-1] != a {
				l.byCode[c.Value] = append(list, a)
			}
		}
	}
}

// Remedies returns all remedies, sorted by action.
func (l *Library) Remedies() []*Remedy { return l.remedies }

// Remedy returns a remedy by its action.
func (l *Library) Remedy(action string) (*Remedy, bool) {
	r, ok := l.remedy[action]
	return r, ok
}

// Signals returns all signals, sorted by id.
func (l *Library) Signals() []*Signal { return l.signals }

// Signal returns a signal by id.
func (l *Library) Signal(id string) (*Signal, bool) {
	s, ok := l.signal[id]
	return s, ok
}

// Releases returns what is known of updates and their builds.
func (l *Library) Releases() *Releases { return l.releases }

// Noise returns what healthy machines log.
func (l *Library) Noise() *Noise { return l.noise }

// Meaning returns what a code's name says in plain words.
func (l *Library) Meaning(code facts.Code) (Meaning, bool) {
	m, ok := l.meanings[code.Value]
	return m, ok
}

// Synonyms returns groups of words that mean the same in a language, the usual
// word first.
func (l *Library) Synonyms(lang Lang) [][]string { return l.synonyms[lang] }

// HTML returns sanitised HTML of prose, from a bounded cache. args fill {name}
// after rendering, so that a value can never become markup.
func (l *Library) HTML(markdown string, args Arguments) string {
	page := l.pages.html(markdown)
	if len(args) == 0 || !strings.Contains(page, "{") {
		return page
	}
	escaped := make(Arguments, len(args))
	for name, value := range args {
		escaped[name] = html.EscapeString(value)
	}
	return escaped.Fill(page)
}

func sortedKeys[M ~map[K]V, K cmp.Ordered, V any](m M) []K {
	return slices.Sorted(maps.Keys(m))
}

func sortBy[T any](list []T, key func(T) string) {
	slices.SortFunc(list, func(a, b T) int { return strings.Compare(key(a), key(b)) })
}
