package search

import (
	"cmp"
	"context"
	"errors"
	"math/bits"
	"slices"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
)

// Query is what a person looks for.
type Query struct {
	// Text is what was typed; empty finds everything that the filters leave.
	Text string
	// Lang is the reader's language, "" for the text's.
	Lang kb.Lang
	// Code, when given, leaves only the articles that list it or its first number.
	Code *facts.Code
	// KB, unless 0, leaves only the articles that list the update.
	KB facts.KB
	// Category, unless empty, leaves only the articles of a category.
	Category string
	// Product, unless empty, leaves only the articles seen on a product.
	Product string
	// Limit is how many hits to return: 0 takes 10, at most 100.
	Limit int
	// Offset is how many hits to pass over.
	Offset int
}

const (
	limitUsual = 10
	limitMost  = 100
	offsetMost = 10_000
)

// Results are the answer to a query.
type Results struct {
	Understood Understood
	// Total is how many articles are found, whatever the limit.
	Total int
	Hits  []Hit
	// Facets count the found articles by "category" and by "product", each as if
	// its own filter were not set; most first.
	Facets map[string][]FacetValue
	// Complete is false while the text index does not hold the Library: codes and
	// updates are found all the same.
	Complete bool
}

// Hit is an article that was found.
type Hit struct {
	Article *kb.Article
	// Lang is the language to show it in.
	Lang kb.Lang
	// Score orders the hits of one result and means nothing beside another's.
	Score float64
	// Why says what was found, most important first.
	Why []Reason
	// Highlights are passages with the words that were found.
	Highlights []Highlight
}

// Reason is why an article is a hit.
type Reason struct {
	// Kind is code, symbol, related-code, kb, text, or other-language for text
	// that only another language than the reader's has.
	Kind string
	// Match is what matched: the code, symbol or update in canonical form, or the
	// words as typed.
	Match string
}

// The kinds of reasons.
const (
	WhyCode          = "code"
	WhySymbol        = "symbol"
	WhyRelatedCode   = "related-code"
	WhyKB            = "kb"
	WhyText          = "text"
	WhyOtherLanguage = "other-language"
)

// FacetValue is how many hits have a value.
type FacetValue struct {
	Value string
	Count int
}

// Where a hit stands before its words count.
const (
	tierCode    = 5.0
	tierKB      = 4.0
	tierRelated = 3.0
	tierAll     = 2.0 // all words, in the reader's language
	tierOther   = 1.0 // all words, in another one
	tierMention = 0.9 // speaks of a code without being about it
	// Most words in the reader's language; in another one they start from 0.
	tierMostWords = 0.3
)

const (
	// enough is how many articles end the search for all words: another language
	// is looked at only when the reader's gives fewer.
	enough = 10
	// few is how many are too few: then most of the words will do, unless the query
	// named a code or an update that was found.
	few = 3
	// window is how many of the best texts are compared with their headings.
	window = 24
	// coverageLeast is the share of a query's worth that an article must have
	// when not all words are found together, coverageTrade the same for a query
	// that has a word of nearly all articles, and so is of the trade.
	coverageLeast = 0.55
	coverageTrade = 0.35
	nearlyAll     = 0.75
)

// Search answers a query about a Library. The error is the context's, or that
// the index is closed: a fault of the text index leaves the exact answers, with
// Complete false.
func (x *Index) Search(ctx context.Context, lib *kb.Library, q Query) (Results, error) {
	q = q.clean()
	v := x.views.of(lib)
	c := newCollector(v, q)
	c.exact()
	complete := x.complete(lib)
	if c.needsText() {
		err := x.read(func(s *snapshot) error { return x.text(ctx, s, c) })
		if ctx.Err() != nil {
			return Results{}, ctx.Err()
		}
		if errors.Is(err, errClosed) {
			return Results{}, err
		}
		complete = complete && err == nil
	}
	return c.results(complete), nil
}

func (q Query) clean() Query {
	if q.Limit <= 0 {
		q.Limit = limitUsual
	}
	q.Limit = min(q.Limit, limitMost)
	q.Offset = min(max(q.Offset, 0), offsetMost)
	return q
}

// scored is an article on its way to be a hit.
type scored struct {
	entry   int32
	lang    kb.Lang // of the text that matched, "" without one
	score   float64
	groups  uint32 // matched, a bit each
	reasons []Reason
}

// collector gathers the hits of one search.
type collector struct {
	v *view
	q Query
	u Understood

	rest   string  // u.Text without its codes and updates, at the same offsets
	words  []typed // of rest, mended
	mended string  // u.Text with the mended words, "" without any
	named  []scored
	text   []scored
	total  int
	seen   []uint64
	found  map[kb.Lang][]group

	counts            []int // articles seen, by kind
	passes            []bool
	category, product int16 // of the filters: -1 for none, -2 for one that nothing has
	allowed           map[int32]bool
}

func newCollector(v *view, q Query) *collector {
	u, rest := parse(q.Text, q.Lang)
	c := &collector{v: v, q: q, u: u, rest: string(rest), seen: make([]uint64, (len(v.entries)+63)/64),
		counts: make([]int, len(v.kinds)), passes: make([]bool, len(v.kinds)), found: map[kb.Lang][]group{}}
	c.category, c.product = placeOf(v.categories, q.Category), placeOf(v.products, q.Product)
	for i, k := range v.kinds {
		c.passes[i] = c.inCategory(k) && c.inProduct(k)
	}
	c.words = typedWords(c.rest)
	c.libraryKBs()
	if q.Code != nil {
		c.allow(append(slices.Clone(v.byCode[*q.Code]), v.byValue[q.Code.Value]...))
	}
	if q.KB != 0 {
		c.allow(v.byKB[q.KB])
	}
	return c
}

func placeOf(list []string, name string) int16 {
	if name == "" {
		return -1
	}
	if i := slices.Index(list, name); i >= 0 {
		return int16(i)
	}
	return -2
}

// libraryKBs takes a bare number among the words for an update when the Library
// has it.
func (c *collector) libraryKBs() {
	for _, w := range c.words {
		if len(w.folded) != 7 || !allDigits([]byte(w.folded)) {
			continue
		}
		if number, err := facts.ParseKB(w.folded); err == nil && len(c.v.byKB[number]) > 0 {
			c.u.addKB(number)
		}
	}
}

// allow narrows the articles to a list.
func (c *collector) allow(list []int32) {
	narrowed := map[int32]bool{}
	for _, i := range list {
		if c.allowed == nil || c.allowed[i] {
			narrowed[i] = true
		}
	}
	c.allowed = narrowed
}

// take counts an article and reports whether it is a new hit that the filters
// leave.
func (c *collector) take(i int32) bool {
	if i < 0 || c.seen[i>>6]&(1<<(i&63)) != 0 || c.allowed != nil && !c.allowed[i] {
		return false
	}
	c.seen[i>>6] |= 1 << (i & 63)
	k := c.v.kindOf[i]
	c.counts[k]++
	if !c.passes[k] {
		return false
	}
	c.total++
	return true
}

func (c *collector) inCategory(k kind) bool { return c.category == -1 || c.category == k.category }

func (c *collector) inProduct(k kind) bool {
	return c.product == -1 || slices.Contains(k.products, c.product)
}

// facets counts the articles seen, for each facet those that the other's filter
// leaves.
func (c *collector) facets() map[string][]FacetValue {
	categories, products := make([]int, len(c.v.categories)), make([]int, len(c.v.products))
	for i, n := range c.counts {
		k := c.v.kinds[i]
		if c.inProduct(k) {
			categories[k.category] += n
		}
		if c.inCategory(k) {
			for _, p := range k.products {
				products[p] += n
			}
		}
	}
	return map[string][]FacetValue{"category": facet(c.v.categories, categories), "product": facet(c.v.products, products)}
}

func (c *collector) isSeen(i int32) bool { return i >= 0 && c.seen[i>>6]&(1<<(i&63)) != 0 }

// exact finds the articles of codes and updates.
func (c *collector) exact() {
	at := map[int32]int{}
	add := func(i int32, tier float64, why Reason, place int) {
		k, ok := at[i]
		if !ok {
			if !c.take(i) {
				return
			}
			k = len(c.named)
			at[i] = k
			c.named = append(c.named, scored{entry: i, score: tier + aboutness(c.v.entries[i].prior, place)})
		} else {
			c.named[k].score += 0.01 // one more of what was typed
		}
		c.named[k].reasons = append(c.named[k].reasons, why)
	}
	for _, m := range c.u.Codes {
		why := Reason{WhyCode, m.Code.String()}
		if m.Symbol != "" {
			why = Reason{WhySymbol, m.Symbol}
		}
		for _, i := range c.v.byCode[m.Code] {
			add(i, tierCode, why, slices.Index(c.v.entries[i].article.Codes, m.Code))
		}
		if !m.Alt.IsZero() {
			for _, i := range c.v.byCode[m.Alt] {
				add(i, tierCode, Reason{WhyCode, m.Alt.String()}, slices.Index(c.v.entries[i].article.Codes, m.Alt))
			}
		}
	}
	for _, number := range c.u.KBs {
		for _, i := range c.v.byKB[number] {
			add(i, tierKB, Reason{WhyKB, number.String()}, slices.Index(c.v.entries[i].article.KBs, number))
		}
	}
	for _, m := range c.u.Codes {
		for _, i := range c.v.byValue[m.Code.Value] {
			for place, code := range c.v.entries[i].article.Codes {
				if code.Value == m.Code.Value && code != m.Code {
					add(i, tierRelated, Reason{WhyRelatedCode, code.String()}, place)
				}
			}
		}
	}
	if c.u.Text == "" {
		for i := range c.v.entries {
			add(int32(i), 0, Reason{}, 0)
		}
	}
	c.sortNamed()
}

// aboutness says how much an article is about the code or update that stands
// at a place of its list: authors write the most telling first. It is 0.3 at most.
func aboutness(prior float64, place int) float64 {
	return 0.3 * prior * (0.5 + 0.5/float64(1+place))
}

func (c *collector) sortNamed() {
	slices.SortStableFunc(c.named, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score),
			cmp.Compare(c.v.entries[b.entry].prior, c.v.entries[a.entry].prior), cmp.Compare(a.entry, b.entry))
	})
}

// needsText reports whether the query says more than the codes and updates that
// were found.
func (c *collector) needsText() bool {
	if c.u.Text == "" {
		return false
	}
	return len(c.words) > 0 || len(c.named) == 0
}

// text finds articles by words.
func (x *Index) text(ctx context.Context, s *snapshot, c *collector) error {
	ts, err := s.terms()
	if err != nil || ts.docs == 0 {
		return err
	}
	if err := c.guessLanguage(ts); err != nil {
		return err
	}
	words, corrected, err := x.correct(c.v, ts, c.u.Text, c.u.Lang, c.words)
	if err != nil {
		return err
	}
	c.words, c.mended = words, corrected
	t := &texts{ctx: ctx, snapshot: s, terms: ts, c: c, spoken: spokenIn(c.u.Text, c.u.Lang)}
	return t.run()
}

// guessLanguage takes the language that has more of the words, for a query that
// shows none and a caller that gives none.
func (c *collector) guessLanguage(ts *terms) error {
	if c.q.Lang == kb.French || c.q.Lang == kb.English {
		return nil
	}
	if _, sure := detect(c.u.Text); sure {
		return nil
	}
	most := 0
	for _, lang := range []kb.Lang{kb.English, kb.French} {
		known := 0
		for _, w := range c.words {
			if t, ok := languages()[lang].term([]byte(w.folded), []byte(w.before)); ok {
				found, err := ts.get(string(lang), t)
				if err != nil {
					return err
				}
				known += int(min(found.df, 1))
			}
		}
		if known > most {
			c.u.Lang, most = lang, known
		}
	}
	return nil
}

// texts is the search for words.
type texts struct {
	ctx      context.Context
	snapshot *snapshot
	terms    *terms
	c        *collector
	spoken   *language
}

func (t *texts) run() error {
	reader := t.c.u.Lang
	for _, lang := range []kb.Lang{reader, other(reader)} {
		groups, err := t.groups(lang)
		if err != nil {
			return err
		}
		t.c.found[lang] = groups
	}
	if must := t.names(reader); must != nil {
		if err := t.named(reader, must); err != nil {
			return err
		}
	}
	for lang, tier := range orderedTiers(reader) {
		if groups := t.c.found[lang]; t.c.total < enough && answerable(groups) {
			if err := t.whole(lang, groups, tier); err != nil {
				return err
			}
		}
	}
	for _, lang := range []kb.Lang{reader, other(reader)} {
		if t.c.total >= few || len(t.c.named) > 0 {
			return nil
		}
		if err := t.most(lang, tierMost(lang == reader)); err != nil {
			return err
		}
	}
	return nil
}

func tierMost(reader bool) float64 {
	if reader {
		return tierMostWords
	}
	return 0
}

func orderedTiers(reader kb.Lang) func(yield func(kb.Lang, float64) bool) {
	return func(yield func(kb.Lang, float64) bool) {
		_ = yield(reader, tierAll) && yield(other(reader), tierOther)
	}
}

func (t *texts) groups(lang kb.Lang) ([]group, error) {
	a := asker{languages()[lang], t.spoken, t.terms, t.c.v.synonyms[lang]()}
	return a.groups(t.c.words)
}

// names returns the group of the query's codes and updates as words of the
// prose, nil without any.
func (t *texts) names(lang kb.Lang) *group {
	g := &group{}
	add := func(text string) {
		found, err := t.terms.get(string(lang), text)
		if err == nil && found.df > 0 {
			g.alternates = append(g.alternates, alternate{terms: []*term{found}, weight: 1, df: found.df})
			g.df += found.df
		}
	}
	for _, m := range t.c.u.Codes {
		add(m.Code.String())
		if m.Code.Extend != 0 {
			add(facts.Code{Value: m.Code.Value}.String())
		}
	}
	for _, number := range t.c.u.KBs {
		add(strings.ToLower(number.String()))
	}
	if len(g.alternates) == 0 {
		return nil
	}
	g.idf = inverse(t.terms.docs, g.df)
	return g
}

// named lets the words order the articles of a code, and adds the articles that
// speak of the code without being about it.
func (t *texts) named(lang kb.Lang, must *group) error {
	groups := t.c.found[lang]
	m, err := t.snapshot.match(t.ctx, groups, 0, must)
	defer candidatesPool.Put(m)
	if err != nil {
		return err
	}
	whole := worth(groups)
	scores := map[int32]scored{}
	top := newTop(t.c, window)
	err = t.each(m, func(k int, i int32) {
		share := 0.0
		if whole > 0 {
			share = (float64(m.covered[k]) + float64(m.score[k])) / (2 * whole)
		}
		if t.c.isSeen(i) {
			scores[i] = scored{score: share, groups: m.matched[k]}
			return
		}
		if t.c.take(i) {
			top.offer(scored{entry: i, lang: lang, score: tierMention + share/10, groups: m.matched[k]})
		}
	})
	if err != nil {
		return err
	}
	like := newLikeness(groups)
	for k := range t.c.named {
		n := &t.c.named[k]
		share := scores[n.entry].score
		n.groups, n.lang = scores[n.entry].groups, lang
		n.score += 0.6 * (share + like.of(t.c.v.entries[n.entry].headingsIn(lang))) / 2
	}
	t.c.sortNamed()
	t.c.text = append(t.c.text, top.sorted()...)
	return nil
}

// whole finds the articles that have all words.
func (t *texts) whole(lang kb.Lang, groups []group, tier float64) error {
	m, err := t.snapshot.match(t.ctx, groups, len(groups), nil)
	defer candidatesPool.Put(m)
	if err != nil {
		return err
	}
	all := float32(1 / worth(groups))
	top := newTop(t.c, t.c.q.Offset+t.c.q.Limit)
	err = t.each(m, func(k int, i int32) {
		if t.c.take(i) {
			top.offer(scored{entry: i, lang: lang, score: float64(m.score[k] * all), groups: m.matched[k]})
		}
	})
	if err != nil {
		return err
	}
	t.c.text = append(t.c.text, t.ranked(top, lang, groups, tier)...)
	return nil
}

// most finds the articles that have the better part of the words.
func (t *texts) most(lang kb.Lang, tier float64) error {
	groups := t.c.found[lang]
	if len(groups) < 2 {
		return nil
	}
	all, least := worth(groups), coverageLeast
	if t.ofTrade(groups) {
		least = coverageTrade
	}
	m, err := t.snapshot.match(t.ctx, groups, leastGroups(groups, least*all), nil)
	defer candidatesPool.Put(m)
	if err != nil {
		return err
	}
	top := newTop(t.c, t.c.q.Offset+t.c.q.Limit)
	err = t.each(m, func(k int, i int32) {
		if share := float64(m.covered[k]) / all; share >= least && t.c.take(i) {
			top.offer(scored{entry: i, lang: lang, score: share * float64(m.score[k]) / all, groups: m.matched[k]})
		}
	})
	if err != nil {
		return err
	}
	list := t.ranked(top, lang, groups, 0)
	for k := range list {
		list[k].score = tier + 0.6*list[k].score
	}
	t.c.text = append(t.c.text, list...)
	return nil
}

// leastGroups returns how many groups an article needs at least to have a worth.
func leastGroups(groups []group, worth float64) int {
	all := make([]float64, len(groups))
	for i, g := range groups {
		all[i] = g.idf
	}
	slices.SortFunc(all, func(a, b float64) int { return cmp.Compare(b, a) })
	for n, idf := range all {
		if worth -= idf; worth <= 0 {
			return n + 1
		}
	}
	return len(all)
}

// ofTrade reports whether one of the groups is in nearly all articles.
func (t *texts) ofTrade(groups []group) bool {
	for _, g := range groups {
		if float64(g.alternates[0].df) >= nearlyAll*float64(t.terms.docs) {
			return true
		}
	}
	return false
}

// each calls f with the place of each candidate in the columns and its entry,
// -1 for one that the Library does not hold.
func (t *texts) each(m *candidates, f func(k int, i int32)) error {
	segments := t.snapshot.reader.Segments()
	first, next := uint64(0), uint64(0) // documents of the segment at hand
	var entries []int32
	for k, doc := range m.docs {
		for doc >= next {
			segment := segments[0]
			segments = segments[1:]
			first, next = next, next+uint64(segment.FullSize())
			if doc >= next {
				continue
			}
			var err error
			if entries, err = t.c.v.segment(t.snapshot, segment); err != nil {
				return err
			}
		}
		f(k, entries[doc-first])
	}
	return nil
}

// ranked returns the best, the first of them in the order of words and headings
// together.
func (t *texts) ranked(top *top, lang kb.Lang, groups []group, tier float64) []scored {
	list := top.sorted()
	like := newLikeness(groups)
	n := min(len(list), window)
	for k := range list[:n] {
		s := &list[k]
		s.score = 0.6*s.score + 0.4*like.of(t.c.v.entries[s.entry].headingsIn(lang))
	}
	for k := range list[n:] {
		list[n+k].score *= 0.6
	}
	top.sort(list[:n])
	for k := range list {
		list[k].score = tier + min(list[k].score, 0.99)
	}
	for k := n; k < len(list); k++ { // never above those before
		list[k].score = min(list[k].score, list[k-1].score)
	}
	return list
}

// top keeps the best of what it is offered.
type top struct {
	v    *view
	most int
	heap []scored // the worst first
}

// newTop keeps as many as a page needs, never fewer than are ranked again, so
// that the order does not depend on the page.
func newTop(c *collector, most int) *top { return &top{v: c.v, most: max(most, window)} }

func (t *top) worse(a, b *scored) bool {
	if a.score != b.score {
		return a.score < b.score
	}
	if p, q := t.v.entries[a.entry].prior, t.v.entries[b.entry].prior; p != q {
		return p < q
	}
	return a.entry > b.entry
}

func (t *top) offer(s scored) {
	if len(t.heap) < t.most {
		t.heap = append(t.heap, s)
		for i := len(t.heap) - 1; i > 0; {
			parent := (i - 1) / 2
			if !t.worse(&t.heap[i], &t.heap[parent]) {
				break
			}
			t.heap[i], t.heap[parent] = t.heap[parent], t.heap[i]
			i = parent
		}
		return
	}
	if !t.worse(&t.heap[0], &s) {
		return
	}
	t.heap[0] = s
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(t.heap); child++ {
			if t.worse(&t.heap[child], &t.heap[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		t.heap[i], t.heap[least] = t.heap[least], t.heap[i]
		i = least
	}
}

func (t *top) sorted() []scored {
	t.sort(t.heap)
	return t.heap
}

func (t *top) sort(list []scored) {
	slices.SortFunc(list, func(a, b scored) int {
		switch {
		case t.worse(&b, &a):
			return -1
		case t.worse(&a, &b):
			return 1
		}
		return 0
	})
}

// results makes the page.
func (c *collector) results(complete bool) Results {
	if c.total > 0 {
		c.u.Corrected = c.mended
	}
	r := Results{Understood: c.u, Total: c.total, Complete: complete, Hits: []Hit{}, Facets: c.facets()}
	all := append(slices.Clip(c.named), c.text...)
	page := all[min(c.q.Offset, len(all)):min(c.q.Offset+c.q.Limit, len(all))]
	marks := map[kb.Lang]*marker{}
	for _, s := range page {
		h := Hit{Article: c.v.entries[s.entry].article, Lang: c.u.Lang, Score: s.score, Why: c.why(s)}
		if h.Article.Text(h.Lang) == nil {
			h.Lang = other(h.Lang)
		}
		if marks[h.Lang] == nil {
			marks[h.Lang] = newMarker(languages()[h.Lang], c)
		}
		h.Highlights = marks[h.Lang].article(h.Article, max(1, bits.OnesCount32(s.groups)+len(s.reasons)))
		r.Hits = append(r.Hits, h)
	}
	return r
}

func (c *collector) why(s scored) []Reason {
	var out []Reason
	for _, reason := range s.reasons {
		if reason.Kind != "" {
			out = appendNew(out, reason)
		}
	}
	if s.lang == "" || s.groups == 0 && len(out) > 0 {
		return out
	}
	reason := Reason{Kind: WhyText, Match: c.matched(s)}
	if s.lang != c.u.Lang {
		reason.Kind = WhyOtherLanguage
	}
	return append(out, reason)
}

// matched returns the words of the query that an article has.
func (c *collector) matched(s scored) string {
	words := make([]string, 0, bits.OnesCount32(s.groups))
	for _, g := range c.found[s.lang] {
		if s.groups&g.bit != 0 {
			words = append(words, g.typed)
		}
	}
	if len(words) == 0 { // only a code in the prose
		for _, m := range c.u.Codes {
			words = append(words, m.Code.String())
		}
		for _, number := range c.u.KBs {
			words = append(words, number.String())
		}
	}
	return strings.Join(words, " ")
}

func facet(names []string, counts []int) []FacetValue {
	out := []FacetValue{}
	for i, n := range counts {
		if n > 0 {
			out = append(out, FacetValue{names[i], n})
		}
	}
	slices.SortFunc(out, func(a, b FacetValue) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	return out
}
