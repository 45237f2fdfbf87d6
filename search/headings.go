package search

import (
	"hash/maphash"
	"slices"
	"sync/atomic"

	"github.com/patchmedic/patchmedic/kb"
)

// headings are an article's title and phrases as distinct terms: what an article
// says of itself in few words. A query that is like one of them is meant for it.
type headings []heading

type heading struct {
	terms []string
	sums  []uint64 // hashes of the terms: comparing them is most of a comparison
}

func sumOf(term string) uint64 { return maphash.String(stemSeed, term) }

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
			h := heading{terms: slices.Clip(slices.Compact(list))}
			for _, t := range h.terms {
				h.sums = append(h.sums, sumOf(t))
			}
			out = append(out, h)
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
	worths []float64            // of the groups
	all    float64              // sum of worths
	term   func(string) float64 // nil: every word of a heading is worth the same
	sums   [][][]uint64         // group → alternate → hashes of the terms
	taken  []uint64             // of the heading at hand
}

// newLikeness weighs the words of a query by what they are worth in a search,
// and those of a heading alike.
func newLikeness(groups []group) *likeness {
	l := likenessOf(groups)
	for _, g := range groups {
		l.worths = append(l.worths, g.idf)
		l.all += g.idf
	}
	return l
}

func likenessOf(groups []group) *likeness {
	l := &likeness{groups: groups, sums: make([][][]uint64, len(groups))}
	for i, g := range groups {
		l.sums[i] = make([][]uint64, len(g.alternates))
		for k, a := range g.alternates {
			for _, t := range a.terms {
				l.sums[i][k] = append(l.sums[i][k], sumOf(t.text))
			}
		}
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
			if terms := l.in(i, heading); terms != nil {
				sum += l.worths[i]
				n++
				for _, t := range terms {
					l.taken = appendNew(l.taken, t)
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

func (l *likeness) mean(sum float64, h heading) float64 {
	taken, whole := float64(len(l.taken)), float64(len(h.terms))
	if l.term != nil {
		taken, whole = 0, 0
		for i, t := range h.terms {
			w := l.term(t)
			whole += w
			if slices.Contains(l.taken, h.sums[i]) {
				taken += w
			}
		}
	}
	if whole == 0 || taken == 0 {
		return 0
	}
	ofQuery, ofHeading := sum/l.all, taken/whole
	return 2 * ofQuery * ofHeading / (ofQuery + ofHeading)
}

// in returns the terms by which a heading has a group, nil when it has it not.
func (l *likeness) in(group int, h heading) []uint64 {
next:
	for _, terms := range l.sums[group] {
		for _, t := range terms {
			if !slices.Contains(h.sums, t) {
				continue next
			}
		}
		return terms
	}
	return nil
}
