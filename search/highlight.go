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
	scanMost      = 2048 // bytes of an article that are looked at
	marksMost     = 128  // in one text
)

// marker finds the words of a query in texts. It belongs to one search.
type marker struct {
	lang   *language
	terms  map[string]int // term → the number of its group
	groups int
	starts [1 << 15 / 64]uint64 // the first three letters of the terms, a bit each
	stems  map[string]int       // folded word → number of its group, -1 for none
	last   []mark               // room for marks
}

func newMarker(lang *language, c *collector) *marker {
	m := &marker{lang: lang, terms: map[string]int{}, stems: map[string]int{}}
	for _, g := range c.found[lang.lang] {
		for i, a := range g.alternates {
			if i > 0 && len(a.terms) > 1 {
				continue // the words of a synonymous phrase mean it only together
			}
			for _, t := range a.terms {
				m.add(t.text)
			}
		}
		m.groups++
	}
	if len(c.found) == 0 {
		for _, w := range c.words {
			if t, ok := lang.term([]byte(w.folded), []byte(w.before)); ok {
				m.add(t)
				m.groups++
			}
		}
	}
	for _, code := range c.u.Codes {
		first, _, _ := strings.Cut(code.Code.String(), "-")
		m.add(first)
		m.groups++
	}
	for _, number := range c.u.KBs {
		m.add(strings.ToLower(number.String()))
		m.groups++
	}
	return m
}

// add adds a term to the group at hand.
func (m *marker) add(term string) {
	if _, ok := m.terms[term]; ok || term == "" {
		return
	}
	m.terms[term] = m.groups
	m.start(term)
	switch { // the text may have them without their beginning
	case strings.HasPrefix(term, "0x"):
		m.start(term[2:])
	case strings.HasPrefix(term, "kb"):
		m.start(term[2:])
	}
}

func (m *marker) start(term string) {
	switch len(term) {
	case 0: // "0x" or "kb" alone
	case 1:
		m.setStart(beginning(term[0], 0, 0))
	case 2: // the stem of a longer word too
		for third := range byte(32) {
			m.setStart(beginning(term[0], term[1], third))
		}
	default:
		m.setStart(beginning(term[0], term[1], term[2]))
	}
}

func (m *marker) setStart(k uint) { m.starts[k>>6] |= 1 << (k & 63) }

// beginning numbers the first three bytes of a word; case does not matter.
func beginning(a, b, c byte) uint { return uint(a&31)<<10 | uint(b&31)<<5 | uint(c&31) }

// mark is a found word.
type mark struct {
	word
	group int
}

// marks returns the words of a text that the query has, in order; they are good
// until the next call. Most words are passed over by their first three letters;
// only the others are folded and stemmed.
func (m *marker) marks(text string) []mark {
	out := m.last[:0]
	var buf [maxWord]byte
	for i := 0; i < len(text) && len(out) < marksMost; {
		if !wordByte[text[i]] {
			i++
			continue
		}
		start := i
		for i < len(text) && text[i] < utf8.RuneSelf && wordByte[text[i]] {
			i++
		}
		maybe := true
		if n := i - start; n >= 3 || i == len(text) || text[i] < utf8.RuneSelf {
			maybe = m.begins(text[start:i])
		}
		for i < len(text) && wordByte[text[i]] { // the rest of a word that is not ASCII alone
			n := wordRune(text, i)
			if n == 0 {
				break
			}
			i += n
		}
		if i == start { // a rune that is no letter
			_, n := utf8.DecodeRuneInString(text[i:])
			i += n
			continue
		}
		if !maybe || i-start > maxWord {
			continue
		}
		if g := m.group(fold(buf[:0], text[start:i]), text[:start]); g >= 0 {
			out = append(out, mark{word{start, i}, g})
		}
	}
	m.last = out
	return out
}

// begins reports whether a term may begin like a word of ASCII letters and
// digits.
func (m *marker) begins(w string) bool {
	var k uint
	switch len(w) {
	case 0:
		return true
	case 1:
		k = beginning(w[0], 0, 0)
	case 2:
		k = beginning(w[0], w[1], 0)
	default:
		k = beginning(w[0], w[1], w[2])
	}
	return m.starts[k>>6]&(1<<(k&63)) != 0
}

// wordByte tells the bytes that a word may have: ASCII letters, digits and
// underscores, and all bytes of longer runes, which may turn out to be none.
var wordByte = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= utf8.RuneSelf || wordRune(string(rune(c)), 0) == 1
	}
	return t
}()

// group returns the number of a word's group, -1 when the query has it not.
func (m *marker) group(folded []byte, before string) int {
	if k, ok := m.stems[string(folded)]; ok {
		return k
	}
	digits := allDigits(folded)
	var kbBefore []byte
	if digits && len(before) >= 3 && strings.EqualFold(before[len(before)-3:len(before)-1], "kb") {
		kbBefore = []byte("kb")
	}
	k := -1
	if t, ok := m.lang.term(folded, kbBefore); ok {
		if n, found := m.terms[t]; found {
			k = n
		}
	}
	if !digits { // what a number means depends on the word before
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
// groups is how many groups of the query the article has.
func (m *marker) article(a *kb.Article, groups int) []Highlight {
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
		if best.distinct >= groups || left <= 0 {
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
	var counted [maxGroups * 3]int // group → the window it was last counted in
	seen := counted[:]
	if m.groups > len(counted) {
		seen = make([]int, m.groups)
	}
	for i := range marks {
		if sofar.distinct >= m.groups {
			break
		}
		distinct, end := 0, i
		for ; end < len(marks) && marks[end].end-marks[i].start <= passageLength; end++ {
			if seen[marks[end].group] != i+1 {
				seen[marks[end].group] = i + 1
				distinct++
			}
		}
		if distinct > sofar.distinct {
			sofar = passage{field, text, append(sofar.marks[:0], marks[i:end]...), distinct}
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
	b.Grow(cut.end - cut.start + 16*len(marks) + 16)
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
		switch c {
		case '`', '*', '|', '#':
			i++
			continue
		case ' ', '\n', '\t', '\r':
			space = true
			i++
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		switch {
		case c == '<':
			b.WriteString("&lt;")
		case c == '>':
			b.WriteString("&gt;")
		case c == '&':
			b.WriteString("&amp;")
		case c == '"':
			b.WriteString("&#34;")
		case c == '\'':
			b.WriteString("&#39;")
		case c < utf8.RuneSelf:
			b.WriteByte(c)
		default:
			r, n := utf8.DecodeRuneInString(text[i:])
			b.WriteRune(r) // U+FFFD for what is no UTF-8
			i += n
			continue
		}
		i++
	}
	if space {
		b.WriteByte(' ')
	}
}
