package search

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
)

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
