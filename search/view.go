package search

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/blevesearch/bleve/v2/index/scorch"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
)

// view is the side of a Library that searches need in memory: its exact maps at
// once, the rest on first use. It is safe for concurrent use.
type view struct {
	lib     *kb.Library
	entries []*entry // searchable articles, by id
	byDoc   map[string]int32
	byCode  map[facts.Code][]int32
	byValue map[uint32][]int32 // the first number of a code
	byKB    map[facts.KB][]int32

	// Every entry is of a kind: a category and a set of products. Facets and
	// filters count kinds, which are few and close together in memory.
	kinds      []kind
	kindOf     []int32 // by entry
	categories []string
	products   []string

	synonyms map[kb.Lang]func() *synonyms
	prefixes map[kb.Lang]func() *prefixes

	mu       sync.RWMutex
	ordinals map[uint64][]int32 // by segment: document number → place in entries, -1 for none
}

// kind is what facets tell apart.
type kind struct {
	category int16
	products []int16
}

// entry is a searchable article.
type entry struct {
	article  *kb.Article
	doc      string  // id in the index
	prior    float64 // how common the cause is, 0 to 1; less for a generic article
	headings map[kb.Lang]*atomic.Pointer[headings]
}

// newView makes the view of a Library, taking over what is still true of the
// view before it.
func newView(lib *kb.Library, before *view) *view {
	v := &view{
		lib: lib, byDoc: map[string]int32{}, byCode: map[facts.Code][]int32{},
		byValue: map[uint32][]int32{}, byKB: map[facts.KB][]int32{}, ordinals: map[uint64][]int32{},
		synonyms: map[kb.Lang]func() *synonyms{}, prefixes: map[kb.Lang]func() *prefixes{},
	}
	var categories, products names
	kinds := map[string]int32{}
	for _, a := range lib.Articles() {
		if !searchable(a) {
			continue
		}
		k := kind{category: categories.number(a.Category)}
		for _, on := range a.Affects {
			if on.Product != "" {
				k.products = appendNew(k.products, products.number(on.Product))
			}
		}
		slices.Sort(k.products)
		key := fmt.Sprint(k)
		number, ok := kinds[key]
		if !ok {
			number = int32(len(v.kinds))
			kinds[key] = number
			v.kinds = append(v.kinds, k)
		}
		v.kindOf = append(v.kindOf, number)
		e := &entry{article: a, doc: documentID(lib, a), prior: prior(a)}
		e.headings = newHeadings()
		if before != nil {
			if i, ok := before.byDoc[e.doc]; ok {
				e.headings = before.entries[i].headings
			}
		}
		v.add(e)
	}
	v.categories, v.products = categories.list, products.list
	for _, lang := range kb.Langs() {
		v.synonyms[lang] = sync.OnceValue(func() *synonyms { return newSynonyms(lib.Synonyms(lang), languages()[lang]) })
		v.prefixes[lang] = sync.OnceValue(func() *prefixes { return newPrefixes(v, lang) })
	}
	return v
}

func (v *view) add(e *entry) {
	i := int32(len(v.entries))
	v.entries = append(v.entries, e)
	v.byDoc[e.doc] = i
	for _, code := range e.article.Codes {
		v.byCode[code] = append(v.byCode[code], i)
		v.byValue[code.Value] = appendNew(v.byValue[code.Value], i)
	}
	for _, number := range e.article.KBs {
		v.byKB[number] = append(v.byKB[number], i)
	}
}

// prior orders articles that a query says nothing about.
func prior(a *kb.Article) float64 {
	p := 0.5 + a.Frequency.Weight()/8
	if a.Generic {
		p /= 4
	}
	return p
}

// segment returns the entry numbers of a segment's documents.
func (v *view) segment(s *snapshot, segment *scorch.SegmentSnapshot) ([]int32, error) {
	v.mu.RLock()
	out, ok := v.ordinals[segment.Id()]
	v.mu.RUnlock()
	if ok {
		return out, nil
	}
	ids, err := s.documents(segment)
	if err != nil {
		return nil, err
	}
	out = make([]int32, len(ids))
	for i, id := range ids {
		n, ok := v.byDoc[id]
		if !ok {
			n = -1
		}
		out[i] = n
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.ordinals) > 4*len(s.reader.Segments())+16 {
		clear(v.ordinals) // segments that were merged since
	}
	v.ordinals[segment.Id()] = out
	return out, nil
}

// names numbers distinct names in the order of their first use.
type names struct {
	list   []string
	places map[string]int16
}

func (n *names) number(name string) int16 {
	if i, ok := n.places[name]; ok {
		return i
	}
	if n.places == nil {
		n.places = map[string]int16{}
	}
	i := int16(len(n.list))
	n.list = append(n.list, name)
	n.places[name] = i
	return i
}

func appendNew[T comparable](list []T, v T) []T {
	for _, have := range list {
		if have == v {
			return list
		}
	}
	return append(list, v)
}

// views keeps the views of the Libraries in use, newest first.
type views struct {
	last     atomic.Pointer[[]*view]
	building sync.Mutex
}

// viewsKept is how many Libraries may be searched side by side without making
// their views again and again.
const viewsKept = 3

func (vs *views) list() []*view {
	if list := vs.last.Load(); list != nil {
		return *list
	}
	return nil
}

// of returns the view of a Library and makes it when it is not there. Searches
// of the Libraries that are there do not wait for it.
func (vs *views) of(lib *kb.Library) *view {
	for _, v := range vs.list() {
		if v.lib == lib {
			return v
		}
	}
	vs.building.Lock()
	defer vs.building.Unlock()
	list := vs.list()
	var before *view
	for i, v := range list {
		if v.lib == lib {
			return v
		}
		if i == 0 {
			before = v
		}
	}
	v := newView(lib, before)
	list = append([]*view{v}, list[:min(len(list), viewsKept-1)]...)
	vs.last.Store(&list)
	return v
}

// documents returns the documents of the Library of a revision, nil when it is
// in use no more.
func (vs *views) documents(revision string) map[string]bool {
	for _, v := range vs.list() {
		if v.lib.Revision() == revision {
			out := make(map[string]bool, len(v.byDoc))
			for doc := range v.byDoc {
				out[doc] = true
			}
			return out
		}
	}
	return nil
}
