package search

import (
	"context"
	"math"
	"math/bits"
	"slices"
	"sync"

	index "github.com/blevesearch/bleve_index_api"
)

// The parameters of BM25. Articles are of like length, so length counts little.
const (
	saturation    = 1.2
	lengthWeight  = 0.3
	typicalLength = 1500 // terms of an article, repetitions included
)

// term is a term of the index in one field.
type term struct {
	field, text string
	df          uint64
	idf         float64
}

// alternate is a way to say a part of a query: all of its terms.
type alternate struct {
	terms  []*term
	weight float64 // 1 as typed, less for a synonym
	df     uint64  // at most this many documents have it
}

// group is one part of a query, a word mostly: any of its alternates.
type group struct {
	typed      string // the folded word or words
	alternates []alternate
	df         uint64
	idf        float64 // what matching it is worth
	bit        uint32  // its own among the groups of a query
}

// Small Libraries say little about how rare a word is: every word begins as if
// it stood in some of some articles more.
const (
	moreDocuments = 20
	moreWithTerm  = 2
)

// inverse returns how much a term tells that df of n documents have.
func inverse(n, df uint64) float64 {
	all, with := float64(n+moreDocuments), float64(min(n, df)+moreWithTerm)
	return math.Log(1 + (all-with+0.5)/(with+0.5))
}

// terms looks terms up and remembers them. It belongs to one search.
type terms struct {
	snapshot *snapshot
	docs     uint64
	known    map[[2]string]*term
}

func (s *snapshot) terms() (*terms, error) {
	docs, err := s.reader.DocCount()
	if err != nil {
		return nil, err
	}
	return &terms{snapshot: s, docs: docs, known: map[[2]string]*term{}}, nil
}

func (t *terms) get(field, text string) (*term, error) {
	key := [2]string{field, text}
	if known, ok := t.known[key]; ok {
		return known, nil
	}
	r, err := t.snapshot.postings(&term{field: field, text: text}, false)
	if err != nil {
		return nil, err
	}
	found := &term{field: field, text: text, df: r.Count()}
	found.idf = inverse(t.docs, found.df)
	t.known[key] = found
	return found, r.Close()
}

func (s *snapshot) postings(t *term, scores bool) (index.TermFieldReader, error) {
	// The context is only for Bleve's accounting; searches look at theirs
	// between terms.
	return s.reader.TermFieldReader(context.Background(), []byte(t.text), t.field, scores, scores, false)
}

// candidates are documents with what is known of them, as columns.
type candidates struct {
	docs    []uint64  // ascending
	score   []float32 // sum over the groups
	covered []float32 // sum of the idf of the groups that match
	matched []uint32  // the groups that match, a bit each
	best    []float32 // of the group at hand
	sum     []float32 // of the alternate at hand
	seen    []uint16  // terms of the alternate at hand
}

var candidatesPool = sync.Pool{New: func() any { return new(candidates) }}

// reset makes room for what is known of c.docs.
func (c *candidates) reset() {
	n := len(c.docs)
	c.score, c.covered, c.best, c.sum = zeroed(c.score, n), zeroed(c.covered, n), zeroed(c.best, n), zeroed(c.sum, n)
	c.matched, c.seen = zeroed(c.matched, n), zeroed(c.seen, n)
}

func zeroed[T any](list []T, n int) []T {
	list = slices.Grow(list[:0], n)[:n]
	clear(list)
	return list
}

// match finds the documents that have at least need of the groups, and all of
// must, and scores them by all groups. The result is c, which the caller puts
// back into its pool.
//
// A document that has need of n groups has one of the n-need+1 rarest: their
// documents are the candidates, and the frequent groups are only looked up for
// these. There are at most maxGroups groups.
func (s *snapshot) match(ctx context.Context, groups []group, need int, must *group) (*candidates, error) {
	c := candidatesPool.Get().(*candidates)
	c.docs = c.docs[:0]
	order := byRarity(groups)
	rare := order[:max(0, min(len(order), len(order)-need+1))]
	if must != nil {
		rare = []*group{must}
	}
	only := must == nil && len(rare) == 1 && rare[0].single()
	if only { // its documents and their scores in one reading
		if err := s.gather(c, rare[0]); err != nil {
			return c, err
		}
	} else {
		if err := s.collect(c, rare); err != nil {
			return c, err
		}
		c.reset()
	}
	for i, g := range order {
		if err := ctx.Err(); err != nil {
			return c, err
		}
		if only && i == 0 {
			continue
		}
		if err := s.score(c, g); err != nil {
			return c, err
		}
		if must == nil {
			c.prune(need - (len(order) - i - 1))
		}
	}
	return c, nil
}

func byRarity(groups []group) []*group {
	order := make([]*group, len(groups))
	for i := range groups {
		order[i] = &groups[i]
	}
	slices.SortStableFunc(order, func(a, b *group) int {
		switch {
		case a.df < b.df:
			return -1
		case a.df > b.df:
			return 1
		}
		return 0
	})
	return order
}

// single reports whether there is only one way to say the group, in one term.
func (g *group) single() bool { return len(g.alternates) == 1 && len(g.alternates[0].terms) == 1 }

// gather makes the documents of a single group the candidates, scored by it.
func (s *snapshot) gather(c *candidates, g *group) error {
	t := g.alternates[0].terms[0]
	values := c.sum[:0]
	if t.df > 0 {
		r, err := s.postings(t, true)
		if err != nil {
			return err
		}
		var doc index.TermFieldDoc
		for {
			d, err := r.Next(&doc)
			if err != nil {
				return err
			}
			if d == nil {
				break
			}
			c.docs = append(c.docs, d.ID.Value())
			values = append(values, frequency(d.Freq, d.Norm))
		}
		if err := r.Close(); err != nil {
			return err
		}
	}
	weight, idf := float32(g.alternates[0].weight*t.idf), float32(g.idf)
	c.score = slices.Grow(c.score[:0], len(values))[:len(values)]
	for i, v := range values {
		c.score[i] = weight * v
	}
	c.sum = values
	first := c.score
	c.score = nil
	c.reset()
	c.score = first
	for i := range c.docs {
		c.covered[i] = idf
		c.matched[i] = g.bit
	}
	return nil
}

// collect gathers the documents that may match one of the groups: those of the
// rarest term of each alternate.
func (s *snapshot) collect(c *candidates, groups []*group) error {
	lists := 0
	for _, g := range groups {
		for _, a := range g.alternates {
			if a.df == 0 {
				continue
			}
			lists++
			if err := s.appendDocs(c, a.rarest()); err != nil {
				return err
			}
		}
	}
	if lists > 1 {
		slices.Sort(c.docs)
		c.docs = slices.Compact(c.docs)
	}
	return nil
}

func (a alternate) rarest() *term {
	out := a.terms[0]
	for _, t := range a.terms[1:] {
		if t.df < out.df {
			out = t
		}
	}
	return out
}

func (s *snapshot) appendDocs(c *candidates, t *term) error {
	r, err := s.postings(t, false)
	if err != nil {
		return err
	}
	var doc index.TermFieldDoc
	for {
		d, err := r.Next(&doc)
		if err != nil {
			return err
		}
		if d == nil {
			return r.Close()
		}
		c.docs = append(c.docs, d.ID.Value())
	}
}

// score adds a group to what is known of the candidates.
func (s *snapshot) score(c *candidates, g *group) error {
	clear(c.best)
	for _, a := range g.alternates {
		if a.df == 0 {
			continue
		}
		if len(a.terms) == 1 {
			if err := s.probe(c, a.terms[0], float32(a.weight*a.terms[0].idf), false); err != nil {
				return err
			}
			continue
		}
		clear(c.sum)
		clear(c.seen)
		for _, t := range a.terms {
			if err := s.probe(c, t, float32(a.weight*t.idf), true); err != nil {
				return err
			}
		}
		for i, n := range c.seen {
			if int(n) == len(a.terms) {
				c.best[i] = max(c.best[i], c.sum[i])
			}
		}
	}
	idf := float32(g.idf)
	for i, b := range c.best {
		if b > 0 {
			c.score[i] += b
			c.covered[i] += idf
			c.matched[i] |= g.bit
		}
	}
	return nil
}

// probe scores one term for the candidates that have it, into best or, for a
// term among several, into sum.
func (s *snapshot) probe(c *candidates, t *term, weight float32, several bool) error {
	r, err := s.postings(t, true)
	if err != nil {
		return err
	}
	walk := t.df <= 4*uint64(len(c.docs)) // closer together than a jump is worth
	var doc index.TermFieldDoc
	var target index.IndexInternalID
	var d *index.TermFieldDoc
	at := uint64(0) // of d
	for i, want := range c.docs {
		for d == nil || at < want {
			if walk {
				d, err = r.Next(&doc)
			} else {
				target = index.NewIndexInternalID(target, want)
				d, err = r.Advance(target, &doc)
			}
			if err != nil {
				return err
			}
			if d == nil {
				return r.Close()
			}
			at = d.ID.Value()
		}
		if at != want {
			continue
		}
		value := weight * frequency(d.Freq, d.Norm)
		if several {
			c.sum[i] += value
			c.seen[i]++
		} else {
			c.best[i] = max(c.best[i], value)
		}
	}
	return r.Close()
}

// frequency is BM25's part of a term's frequency in a document, 0 to 1. Bleve's
// norm is one over the root of the length.
func frequency(freq uint64, norm float64) float32 {
	f := float32(freq)
	n := float32(norm)
	length := 1 / (n * n * typicalLength)
	return f / (f + saturation*(1-lengthWeight+lengthWeight*length))
}

// prune drops the candidates that can reach the needed number of groups no more.
func (c *candidates) prune(least int) {
	if least <= 0 {
		return
	}
	kept := 0
	for i, n := range c.matched {
		if bits.OnesCount32(n) < least {
			continue
		}
		c.docs[kept], c.score[kept], c.covered[kept], c.matched[kept] = c.docs[i], c.score[i], c.covered[i], n
		kept++
	}
	c.docs, c.score, c.covered, c.matched = c.docs[:kept], c.score[:kept], c.covered[:kept], c.matched[:kept]
	c.best, c.sum, c.seen = c.best[:kept], c.sum[:kept], c.seen[:kept]
}
