package search

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
)

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
	c.libraryCodes()
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

// signedCode is a code as programs print it that know no hexadecimal.
var signedCode = regexp.MustCompile(`-\d{9,10}\b`)

// libraryCodes takes a negative number for a code that no table knows when the
// Library has it, such as those of Configuration Manager.
func (c *collector) libraryCodes() {
	for _, text := range signedCode.FindAllString(c.rest, -1) {
		number, err := strconv.ParseInt(text, 10, 32)
		code := facts.Code{Value: uint32(number)}
		if err == nil && len(c.v.byCode[code]) > 0 {
			c.u.addCode(CodeMention{Code: code, Input: text})
			c.rest = strings.Replace(c.rest, text, strings.Repeat(" ", len(text)), 1)
		}
	}
	c.words = typedWords(c.rest)
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
	c.related(add)
	if c.u.Text == "" {
		for i := range c.v.entries {
			add(int32(i), 0, Reason{}, 0)
		}
	}
	c.sortNamed()
}

// related finds the articles of a code's first number: those that list the result
// of a pair in any phase, and those of its other phases.
func (c *collector) related(add func(i int32, tier float64, why Reason, place int)) {
	for _, m := range c.u.Codes {
		for _, i := range c.v.byValue[m.Code.Value] {
			for place, code := range c.v.entries[i].article.Codes {
				if code.Value == m.Code.Value && code != m.Code {
					tier := tierRelated
					if code.Extend == 0 { // the result of the pair that was typed, in any phase
						tier = tierResult
					}
					add(i, tier, Reason{WhyRelatedCode, code.String()}, place)
				}
			}
		}
	}
}

// aboutness says how much an article is about the code or update that stands
// at a place of its list: authors write the most telling first, and an article
// whose first it is comes before all others. It is 0.3 at most.
func aboutness(prior float64, place int) float64 {
	if place == 0 {
		return 0.2 + 0.1*prior
	}
	return 0.2 * prior * (0.5 + 0.5/float64(1+place))
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
	return len(c.named) == 0 || slices.ContainsFunc(c.words, func(w typed) bool { return !framing[w.folded] })
}

// framing are the words that people put around a code: alone with one that was
// found they say nothing, and would only shuffle its articles.
var framing = map[string]bool{
	"a": true, "de": true, "la": true, "the": true, "erreur": true, "error": true, "code": true, "windows": true, "update": true, "updates": true, "mise": true, "jour": true, "mises": true,
	"installation": true, "install": true, "setup": true, "echec": true, "failed": true, "fails": true, "wu": true,
}
