package search

import (
	"html"
	"strings"
	"unicode/utf8"

	"github.com/patchmedic/patchmedic/kb"
)

// Highlight is a passage of an article with what was found in <mark>. It is safe
// HTML: everything else is escaped text.
type Highlight struct {
	// Field is title, summary, or the id of a section.
	Field string
	HTML  string
}

const (
	passageLength = 220  // bytes of a passage, about
	scanMost      = 8192 // bytes of an article that are looked at
	marksMost     = 128  // in one text
)

// marker finds the words of a query in texts. It belongs to one search.
type marker struct {
	lang   *language
	terms  map[string]int // term → its number
	starts [256]bool      // first bytes of the terms
	stems  map[string]int // folded word → number of its term, -1 for none
}

func newMarker(lang *language, c *collector) *marker {
	m := &marker{lang: lang, terms: map[string]int{}, stems: map[string]int{}}
	for _, g := range c.found[lang.lang] {
		n := len(m.terms)
		for i, a := range g.alternates {
			if i > 0 && len(a.terms) > 1 {
				continue // the words of a synonymous phrase mean it only together
			}
			for _, t := range a.terms {
				m.add(t.text, n)
			}
		}
	}
	if len(c.found) == 0 {
		for _, w := range c.words {
			if t, ok := lang.term([]byte(w.folded), []byte(w.before)); ok {
				m.add(t, len(m.terms))
			}
		}
	}
	for _, code := range c.u.Codes {
		first, _, _ := strings.Cut(code.Code.String(), "-")
		m.add(first, len(m.terms))
	}
	for _, number := range c.u.KBs {
		m.add(strings.ToLower(number.String()), len(m.terms))
	}
	return m
}

func (m *marker) add(term string, n int) {
	if _, ok := m.terms[term]; ok || term == "" {
		return
	}
	m.terms[term] = n
	m.starts[term[0]] = true
	switch {
	case strings.HasPrefix(term, "0x"): // may stand without it
		m.starts[term[2]] = true
	case strings.HasPrefix(term, "kb"):
		for digit := '0'; digit <= '9'; digit++ {
			m.starts[digit] = true
		}
	}
}

// mark is a found word.
type mark struct {
	word
	term int
}

// marks returns the words of a text that the query has, in order.
func (m *marker) marks(text string) []mark {
	var out []mark
	var buf [2][maxWord]byte
	var before []byte
	for i, n := 0, 0; len(out) < marksMost; n++ {
		w, ok := nextWord(text, i)
		if !ok {
			break
		}
		i = w.end
		if w.end-w.start > maxWord {
			before = nil
			continue
		}
		folded := fold(buf[n&1][:0], text[w.start:w.end])
		if len(folded) > 0 && m.starts[folded[0]] {
			if k := m.number(folded, before); k >= 0 {
				out = append(out, mark{w, k})
			}
		}
		before = folded
	}
	return out
}

// number returns the number of a word's term, -1 when the query has it not.
func (m *marker) number(folded, before []byte) int {
	if k, ok := m.stems[string(folded)]; ok {
		return k
	}
	k := -1
	t, ok := m.lang.term(folded, before)
	if ok {
		if n, found := m.terms[t]; found {
			k = n
		}
	}
	if !allDigits(folded) { // what a number means depends on the word before
		m.stems[string(folded)] = k
	}
	return k
}

// passage is a part of a text worth showing.
type passage struct {
	field    string
	text     string
	marks    []mark
	distinct int
}

// article returns the highlights of an article: its title when it has one of
// the words, and the passage that has most of them.
func (m *marker) article(a *kb.Article) []Highlight {
	text := a.Text(m.lang.lang)
	if text == nil || len(m.terms) == 0 {
		return nil
	}
	var out []Highlight
	if marks := m.marks(text.Title); len(marks) > 0 {
		out = append(out, Highlight{"title", marked(text.Title, marks, word{0, len(text.Title)}, false)})
	}
	best := m.best(passage{}, "summary", text.Summary)
	left := scanMost
	for _, s := range sectionsToScan(text) {
		if best.distinct >= len(m.terms) || left <= 0 {
			break
		}
		body := bounded(s.Body, left)
		left -= len(body)
		best = m.best(best, s.ID, body)
	}
	if best.distinct > 0 {
		out = append(out, Highlight{best.field, best.html()})
	}
	return out
}

// sectionsToScan returns the sections of an article, symptoms first.
func sectionsToScan(text *kb.Text) []*kb.Section {
	out := make([]*kb.Section, 0, 16)
	if s := text.Section("symptoms"); s != nil {
		out = append(out, s)
	}
	for _, s := range text.Sections {
		if s.ID != "symptoms" {
			out = append(out, s)
		}
		out = append(out, s.Sections...)
	}
	return out
}

// best returns the passage of a text when it has more of the words than the one
// so far.
func (m *marker) best(sofar passage, field, text string) passage {
	marks := m.marks(text)
	if len(marks) == 0 {
		return sofar
	}
	seen := make([]int, len(m.terms)+1) // term → the window it was last counted in
	for i := range marks {
		distinct, end := 0, i
		for ; end < len(marks) && marks[end].end-marks[i].start <= passageLength; end++ {
			if seen[marks[end].term] != i+1 {
				seen[marks[end].term] = i + 1
				distinct++
			}
		}
		if distinct > sofar.distinct {
			sofar = passage{field, text, marks[i:end], distinct}
		}
	}
	return sofar
}

// html returns the passage with some words around its marks.
func (p passage) html() string {
	from, to := p.marks[0].start, p.marks[len(p.marks)-1].end
	spare := max(passageLength-(to-from), 40)
	cut := word{wordStart(p.text, from-spare/3), wordEnd(p.text, to+spare*2/3)}
	return marked(p.text, p.marks, cut, true)
}

// wordStart returns the start of the first word of text at or after i.
func wordStart(text string, i int) int {
	if i <= 0 {
		return 0
	}
	for i < len(text) && text[i] != ' ' && text[i] != '\n' {
		i++
	}
	return i
}

// wordEnd returns the end of the last word of text that ends at or before i,
// leaving out nothing that was asked for.
func wordEnd(text string, i int) int {
	if i >= len(text) {
		return len(text)
	}
	for i < len(text) && text[i] != ' ' && text[i] != '\n' {
		i++
	}
	return i
}

// marked returns text[cut] as HTML with the marks in it. Of Markdown only the
// words are left.
func marked(text string, marks []mark, cut word, markdown bool) string {
	if len(marks) > 0 { // a cut never begins behind a mark
		cut.start = min(cut.start, marks[0].start)
	}
	var b strings.Builder
	if cut.start > 0 {
		b.WriteString("… ")
	}
	at := cut.start
	for _, m := range marks {
		writeText(&b, text[at:m.start], markdown)
		b.WriteString("<mark>")
		writeText(&b, text[m.start:m.end], false)
		b.WriteString("</mark>")
		at = m.end
	}
	writeText(&b, text[at:cut.end], markdown)
	if cut.end < len(text) {
		b.WriteString(" …")
	}
	return strings.TrimSpace(b.String())
}

// writeText writes escaped text, of Markdown without its signs and its lines.
func writeText(b *strings.Builder, text string, markdown bool) {
	if !markdown {
		b.WriteString(html.EscapeString(strings.ToValidUTF8(text, "\uFFFD")))
		return
	}
	space := false
	for i := 0; i < len(text); {
		c := text[i]
		n := 1
		switch {
		case c == '`' || c == '*' || c == '|' || c == '#':
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			space = true
		default:
			if space {
				b.WriteByte(' ')
				space = false
			}
			if c >= utf8.RuneSelf {
				_, n = utf8.DecodeRuneInString(text[i:])
				b.WriteString(strings.ToValidUTF8(text[i:i+n], "\uFFFD"))
			} else {
				b.WriteString(html.EscapeString(text[i : i+1]))
			}
		}
		i += n
	}
	if space {
		b.WriteByte(' ')
	}
}
