package search

import (
	"slices"
	"strings"

	"github.com/patchmedic/patchmedic/kb"
)

// maxGroups bounds the parts of a query; the words after them are not looked at.
const maxGroups = 24

// typed is a word of a query.
type typed struct {
	at     word // in the text
	folded string
	before string // the folded word before it
}

// typedWords returns the words of a text.
func typedWords(text string) []typed {
	var out []typed
	before := ""
	for i := 0; len(out) < 4*maxGroups; {
		w, ok := nextWord(text, i)
		if !ok {
			break
		}
		i = w.end
		if w.end-w.start > maxWord {
			before = ""
			continue
		}
		folded := string(fold(nil, text[w.start:w.end]))
		out = append(out, typed{w, folded, before})
		before = folded
	}
	return out
}

// asker turns words into groups of terms of one language.
type asker struct {
	lang     *language
	spoken   *language // of the text, whose stop words say nothing in any language
	terms    *terms
	synonyms *synonyms
}

// meaning is a word that says something, with its term.
type meaning struct {
	typed
	term string
}

func (a *asker) meanings(words []typed) []meaning {
	var out []meaning
	for _, w := range words {
		t, ok := a.lang.term([]byte(w.folded), []byte(w.before))
		if !ok || a.spoken.stops[w.folded] {
			continue
		}
		out = append(out, meaning{w, t})
	}
	return out
}

// groups returns the parts of a query, each once.
func (a *asker) groups(words []typed) ([]group, error) {
	meanings := a.meanings(words)
	all := make([]string, len(meanings))
	for i, c := range meanings {
		all[i] = c.term
	}
	var out []group
	for i := 0; i < len(all) && len(out) < maxGroups; {
		others, n := a.synonyms.at(all[i:])
		n = max(n, 1)
		g, err := a.group(all[i:i+n], others)
		if err != nil {
			return nil, err
		}
		spelt := make([]string, n)
		for k, c := range meanings[i : i+n] {
			spelt[k] = c.folded
		}
		g.typed = strings.Join(spelt, " ")
		i += n
		if !slices.ContainsFunc(out, func(have group) bool { return have.key() == g.key() }) {
			g.bit = 1 << len(out)
			out = append(out, g)
		}
	}
	return out, nil
}

// key identifies a group by its first way to say it.
func (g group) key() string {
	var b strings.Builder
	for _, t := range g.alternates[0].terms {
		b.WriteString(t.text)
		b.WriteByte(' ')
	}
	return b.String()
}

// group looks up what was typed and what else means the same.
func (a *asker) group(all []string, others [][]string) (group, error) {
	g := group{}
	first, err := a.alternate(all)
	if err != nil {
		return g, err
	}
	first.weight = 1
	g.alternates = append(g.alternates, first)
	g.df = first.df
	for _, words := range without(others, all) {
		other, err := a.alternate(words)
		if err != nil {
			return g, err
		}
		if other.df > 0 {
			g.alternates = append(g.alternates, other)
			g.df += other.df
		}
	}
	g.idf = first.idf()
	if first.df == 0 {
		g.idf = inverse(a.terms.docs, g.df)
	}
	if g.df == 0 && allDigits([]byte(all[0])) {
		g.idf /= 2 // a date or a percentage that no article has says little
	}
	for i := 1; i < len(g.alternates); i++ {
		g.alternates[i].weight = synonymWeight * min(1, g.idf/g.alternates[i].idf())
	}
	return g, nil
}

func (a *asker) alternate(words []string) (alternate, error) {
	out := alternate{terms: make([]*term, len(words))}
	for i, w := range words {
		t, err := a.terms.get(string(a.lang.lang), w)
		if err != nil {
			return out, err
		}
		out.terms[i] = t
		if i == 0 || t.df < out.df {
			out.df = t.df
		}
	}
	return out, nil
}

// idf returns what all terms together are worth.
func (a alternate) idf() float64 {
	sum := 0.0
	for _, t := range a.terms {
		sum += t.idf
	}
	return sum
}

// worth returns what matching all groups is worth.
func worth(groups []group) float64 {
	sum := 0.0
	for _, g := range groups {
		sum += g.idf
	}
	return sum
}

// answerable reports whether every group has a document.
func answerable(groups []group) bool {
	for _, g := range groups {
		if g.df == 0 {
			return false
		}
	}
	return len(groups) > 0
}

// correct mends the words that no article has. It returns the words to search
// for and the text with the mended words in it, "" when nothing was mended.
func (x *Index) correct(v *view, ts *terms, text string, lang kb.Lang, words []typed) ([]typed, string, error) {
	known := make([]bool, len(words))
	a := asker{languages()[lang], spokenIn(text, lang), ts, v.synonyms[lang]()}
	if err := a.mark(words, known); err != nil {
		return nil, "", err
	}
	out := words
	var b strings.Builder
	end := 0
	for i, w := range words {
		if known[i] {
			continue
		}
		mended, err := x.dict.mend(ts, lang, w.folded)
		if err != nil {
			return nil, "", err
		}
		if mended == "" {
			continue
		}
		if end == 0 {
			out = slices.Clone(words)
		}
		out[i].folded = string(fold(nil, mended))
		b.WriteString(text[end:w.at.start])
		b.WriteString(mended)
		end = w.at.end
	}
	if end == 0 {
		return words, "", nil
	}
	b.WriteString(text[end:])
	return out, b.String(), nil
}

// mark notes the words that need no mending: those that an article or a synonym
// of the language has, the stop words, and what is no plain word.
func (a *asker) mark(words []typed, known []bool) error {
	var all []string
	var places []int
	for i, w := range words {
		t, ok := a.lang.term([]byte(w.folded), []byte(w.before))
		if !ok || a.spoken.stops[w.folded] || tolerance(len(w.folded)) == 0 || !lowerASCII([]byte(w.folded)) {
			known[i] = true
		}
		if !ok || a.spoken.stops[w.folded] {
			continue
		}
		all, places = append(all, t), append(places, i)
		found, err := a.terms.get(string(a.lang.lang), t)
		if err != nil {
			return err
		}
		known[i] = known[i] || found.df > 0
	}
	for i := 0; i < len(all); {
		_, n := a.synonyms.at(all[i:])
		for k := range n {
			known[places[i+k]] = true
		}
		i += max(n, 1)
	}
	return nil
}

func other(lang kb.Lang) kb.Lang {
	if lang == kb.French {
		return kb.English
	}
	return kb.French
}
