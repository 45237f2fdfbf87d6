package search

import (
	"context"
	"errors"
	"strings"

	"github.com/patchmedic/patchmedic/kb"
)

// HintLeast is the smallest hint that Hints gives.
const HintLeast = 0.2

const (
	// sentencesMost is how many sentences of a text are looked at.
	sentencesMost = 12
	// likenessShare is how much of a hint comes from titles and phrases; the rest
	// is from the article as a whole.
	likenessShare = 0.75
	// tellsNothing is the share of the articles from which on a word tells
	// nothing of any.
	tellsNothing = 0.5
	// oneOfMany is what a hint is worth when of several words the nearest heading
	// has one only.
	oneOfMany = 0.6
)

// Hints returns how well a text fits each article, 0 to 1, for the articles that
// it fits at all ([HintLeast] or more); empty for a text about something else,
// and while the text index is being built. Codes and updates of the text count
// nothing here: they are evidence of their own. The same text and Library give
// the same hints.
//
// A hint is that of the sentence that fits best. Words that half of the
// articles have in their titles and phrases tell nothing and count nothing; the
// others count the more the fewer have them there, or, where none has, at all.
// Three quarters of a
// hint are the likeness to the nearest title or phrase of the article, one
// quarter is the share of the sentence that the article has anywhere. Less than
// the worth of one word that a single article has makes the hint smaller in
// proportion.
//
// From 0.4 on a sentence of the tests speaks of the article.
func (x *Index) Hints(ctx context.Context, lib *kb.Library, text string, lang kb.Lang) (map[string]float64, error) {
	out := map[string]float64{}
	v := x.views.of(lib)
	_, rest := parse(text, lang)
	err := x.read(func(s *snapshot) error {
		ts, err := s.terms()
		if err != nil || ts.docs == 0 {
			return err
		}
		for _, sentence := range sentences(string(rest)) {
			if err := x.hint(ctx, s, ts, v, sentence, lang, out); err != nil {
				return err
			}
		}
		return nil
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if errors.Is(err, errClosed) {
		return nil, err
	}
	if err != nil { // a damaged index gives no hints; Fault says so
		return map[string]float64{}, nil
	}
	return out, nil
}

// hint raises the hints of the articles that a sentence fits.
func (x *Index) hint(ctx context.Context, s *snapshot, ts *terms, v *view, sentence string, reader kb.Lang, out map[string]float64) error {
	c := newCollector(v, Query{Text: sentence, Lang: reader})
	if err := c.guessLanguage(ts); err != nil {
		return err
	}
	words, _, err := x.correct(v, ts, sentence, c.u.Lang, typedWords(sentence))
	if err != nil {
		return err
	}
	c.words = words
	t := &texts{ctx: ctx, snapshot: s, terms: ts, c: c, spoken: spokenIn(sentence, c.u.Lang)}
	for _, lang := range kb.Langs() {
		groups, err := t.groups(lang)
		if err != nil {
			return err
		}
		tell, err := newTelling(ts, lang, groups)
		if err != nil {
			return err
		}
		if tell.all == 0 {
			continue
		}
		m, err := s.match(ctx, groups, 1, nil)
		if err == nil {
			err = t.each(m, func(k int, i int32) {
				if i < 0 {
					return
				}
				hint := tell.hint(m.matched[k], v.entries[i].headingsIn(lang))
				if id := v.entries[i].article.ID; hint >= HintLeast && hint > out[id] {
					out[id] = hint
				}
			})
		}
		candidatesPool.Put(m)
		if err != nil {
			return err
		}
	}
	return nil
}

// telling weighs words by what they tell about the cause rather than the trade.
type telling struct {
	*likeness
	terms *terms
	lang  kb.Lang
	floor float64 // of a word that tells nothing
	unit  float64 // what a word of one article tells
}

func newTelling(ts *terms, lang kb.Lang, groups []group) (*telling, error) {
	t := &telling{terms: ts, lang: lang, floor: inverse(ts.docs, uint64(tellsNothing*float64(ts.docs)))}
	t.unit = inverse(ts.docs, 1) - t.floor
	t.likeness = likenessOf(groups)
	t.term = func(text string) float64 {
		w, err := t.worth(text)
		if err != nil {
			return 0 // the error comes again with the next lookup of the search
		}
		return w
	}
	for _, g := range groups {
		sum := 0.0
		for _, typed := range g.alternates[0].terms {
			w, err := t.worth(typed.text)
			if err != nil {
				return nil, err
			}
			sum += w
		}
		if g.alternates[0].df == 0 && g.df > 0 { // said by a synonym only
			sum = min(sum, max(0, g.idf-t.floor))
		}
		t.worths = append(t.worths, sum)
		t.all += sum
	}
	return t, nil
}

// worth returns what a word tells: by how many articles say it of themselves,
// else by how many have it at all.
func (t *telling) worth(text string) (float64, error) {
	found, err := t.terms.get(headsField(t.lang), text)
	if err == nil && found.df == 0 {
		found, err = t.terms.get(string(t.lang), text)
	}
	if err != nil {
		return 0, err
	}
	return max(0, found.idf-t.floor), nil
}

// hint returns how well an article with some of the groups fits.
func (t *telling) hint(matched uint32, all headings) float64 {
	has, of := 0.0, 0
	for i, g := range t.groups {
		if t.worths[i] == 0 {
			continue
		}
		of++
		if matched&g.bit != 0 {
			has += t.worths[i]
		}
	}
	if has == 0 {
		return 0
	}
	like, inHeading, parts := t.nearest(all)
	hint := likenessShare*like + (1-likenessShare)*has/t.all
	if parts <= 1 && of > 1 {
		hint *= oneOfMany
	}
	return min(1, hint*min(1, max(inHeading, has/2)/t.unit))
}

// sentences cuts a text at the ends of sentences and lines.
func sentences(text string) []string {
	var out []string
	start := 0
	cut := func(end int) {
		if s := strings.TrimSpace(text[start:end]); s != "" && len(out) < sentencesMost {
			out = append(out, s)
		}
		start = end
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\n' || c == ';':
			cut(i + 1)
		case (c == '.' || c == '!' || c == '?') && i+1 < len(text) && text[i+1] == ' ':
			cut(i + 1)
		}
	}
	cut(len(text))
	return out
}
