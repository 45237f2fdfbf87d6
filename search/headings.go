package search

import (
	"slices"
	"sync/atomic"

	"github.com/patchmedic/patchmedic/kb"
)

// headings are an article's title and phrases as distinct terms: what an article
// says of itself in few words. A query that is like one of them is meant for it.
type headings [][]string

func newHeadings() map[kb.Lang]*atomic.Pointer[headings] {
	out := map[kb.Lang]*atomic.Pointer[headings]{}
	for _, lang := range kb.Langs() {
		out[lang] = new(atomic.Pointer[headings])
	}
	return out
}

// headingsIn returns the headings in a language, made on first use.
func (e *entry) headingsIn(lang kb.Lang) headings {
	if h := e.headings[lang].Load(); h != nil {
		return *h
	}
	out := headingsOf(e.article, languages()[lang])
	e.headings[lang].Store(&out)
	return out
}

func headingsOf(a *kb.Article, l *language) headings {
	var out headings
	add := func(text string) {
		if list := l.list(text); len(list) > 0 {
			slices.Sort(list)
			out = append(out, slices.Compact(list))
		}
	}
	if text := a.Text(l.lang); text != nil {
		add(text.Title)
	}
	for _, phrase := range a.Phrases[l.lang] {
		add(phrase)
	}
	return out
}

// likeness compares a query with headings. It belongs to one search.
type likeness struct {
	groups []group
	worths []float64 // of the groups
	all    float64   // sum of worths
	term   func(string) float64
	taken  []string // of the heading at hand
}

// newLikeness weighs the words of a query by what they are worth in a search,
// and those of a heading alike.
func newLikeness(groups []group) *likeness {
	l := &likeness{groups: groups, term: func(string) float64 { return 1 }}
	for _, g := range groups {
		l.worths = append(l.worths, g.idf)
		l.all += g.idf
	}
	return l
}

// of returns how like the nearest heading is, 0 to 1: the harmonic mean of what
// the heading has of the query and the query of the heading.
func (l *likeness) of(all headings) float64 {
	like, _, _ := l.nearest(all)
	return like
}

// nearest also returns what the nearest heading has of the query: the sum of the
// worths, and how many groups of any worth.
func (l *likeness) nearest(all headings) (like, has float64, parts int) {
	if l.all == 0 {
		return 0, 0, 0
	}
	for _, heading := range all {
		l.taken = l.taken[:0]
		sum, n := 0.0, 0
		for i := range l.groups {
			if l.worths[i] == 0 {
				continue
			}
			if a := l.groups[i].in(heading); a != nil {
				sum += l.worths[i]
				n++
				for _, t := range a.terms {
					l.taken = appendNew(l.taken, t.text)
				}
			}
		}
		if sum == 0 {
			continue
		}
		if k := l.mean(sum, heading); k > like {
			like, has, parts = k, sum, n
		}
	}
	return like, has, parts
}

func (l *likeness) mean(sum float64, heading []string) float64 {
	taken, whole := 0.0, 0.0
	for _, t := range heading {
		w := l.term(t)
		whole += w
		if slices.Contains(l.taken, t) {
			taken += w
		}
	}
	if whole == 0 || taken == 0 {
		return 0
	}
	ofQuery, ofHeading := sum/l.all, taken/whole
	return 2 * ofQuery * ofHeading / (ofQuery + ofHeading)
}

// in returns the way to say the group that a heading has, nil for none.
func (g *group) in(heading []string) *alternate {
next:
	for i := range g.alternates {
		for _, t := range g.alternates[i].terms {
			if !slices.Contains(heading, t.text) {
				continue next
			}
		}
		return &g.alternates[i]
	}
	return nil
}
