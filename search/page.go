package search

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"

	"github.com/patchmedic/patchmedic/kb"
)

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
