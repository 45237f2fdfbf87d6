package kb

import (
	"regexp"
	"strings"
	"sync"
)

// Text is the prose of an article or a remedy in one language.
type Text struct {
	Lang Lang
	// Title is the H1, without markup.
	Title string
	// Summary is the first paragraph, without markup.
	Summary string
	// Source is the Markdown as written.
	Source string
	// Sections are the H2 in order.
	Sections []*Section

	file string
}

// Section is a heading and what stands under it.
type Section struct {
	ID    string // of the heading, without "#"
	Title string // without markup
	Line  int    // of the heading in its file
	// Body is the Markdown under the heading, without that of Sections.
	Body string
	// Sections are the headings one level deeper.
	Sections []*Section

	first     string // sentence, made on first use
	firstOnce sync.Once
}

// Section returns the H2 with an id, nil without one.
func (t *Text) Section(id string) *Section { return find(t.Sections, id) }

// Section returns the heading one level deeper with an id, nil without one.
func (s *Section) Section(id string) *Section {
	if s == nil {
		return nil
	}
	return find(s.Sections, id)
}

func find(sections []*Section, id string) *Section {
	for _, s := range sections {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// Markdown returns the section's body with its deeper headings, without its own.
func (s *Section) Markdown() string {
	if len(s.Sections) == 0 {
		return s.Body
	}
	var b strings.Builder
	b.WriteString(s.Body)
	for _, sub := range s.Sections {
		b.WriteString("\n\n### " + sub.Title + " {#" + sub.ID + "}\n\n" + sub.Body)
	}
	return b.String()
}

// FirstSentence returns the beginning of the body up to the end of its first
// sentence, without markup.
func (s *Section) FirstSentence() string {
	if s == nil {
		return ""
	}
	s.firstOnce.Do(func() { s.first = firstSentence(s.Body) })
	return s.first
}

func firstSentence(body string) string {
	paragraph, _, _ := strings.Cut(strings.TrimSpace(body), "\n\n")
	text := PlainText(paragraph)
	if end := sentenceEnd.FindStringIndex(text); end != nil {
		return strings.TrimSpace(text[:end[0]+1])
	}
	return text
}

// sentenceEnd is a full stop before a space and a capital: versions and file
// names have none after theirs.
var sentenceEnd = regexp.MustCompile(`[.!?…][»”")]?[\s\x{a0}]+[\p{Lu}«“"(]`)

var headingLine = regexp.MustCompile(`^(#{1,3})[ \t]+(.*?)[ \t]*(?:\{#([A-Za-z0-9][A-Za-z0-9-]*)\})?[ \t]*$`)

// parseProse splits Markdown at its headings. Faults are what an author must mend.
func parseProse(file string, lang Lang, source string) (*Text, []Problem) {
	p := proseParser{text: &Text{Lang: lang, Source: source, file: file}}
	for i, line := range strings.Split(strings.ReplaceAll(source, "\r\n", "\n"), "\n") {
		p.line(i+1, line)
	}
	p.flush()
	if p.text.Title == "" {
		p.fault(1, "no title: begin with a line \"# Title\"")
	}
	if p.text.Summary == "" {
		p.fault(1, "no summary: write one paragraph between the title and the first \"## heading\"")
	}
	if p.fenced {
		p.fault(p.fence, "this ``` block is never closed")
	}
	return p.text, p.faults
}

type proseParser struct {
	text    *Text
	faults  []Problem
	body    []string
	section *Section // the H2 or H3 that the body belongs to
	parent  *Section // the H2 above
	fenced  bool
	fence   int
	seen    map[string]bool
}

func (p *proseParser) fault(line int, detail string) {
	p.faults = append(p.faults, Problem{File: p.text.file, Line: line, Detail: detail})
}

func (p *proseParser) line(n int, line string) {
	if strings.HasPrefix(strings.TrimSpace(line), "```") {
		p.fenced, p.fence = !p.fenced, n
	}
	var m []string
	if !p.fenced && strings.HasPrefix(line, "#") {
		m = headingLine.FindStringSubmatch(line)
	}
	if m == nil {
		p.body = append(p.body, line)
		return
	}
	p.flush()
	p.heading(n, len(m[1]), PlainText(m[2]), m[3])
}

func (p *proseParser) heading(n, level int, title, id string) {
	if level == 1 {
		if p.text.Title != "" || p.section != nil {
			p.fault(n, "a second title: use ## for sections")
		}
		p.text.Title = title
		return
	}
	if id == "" {
		p.fault(n, "the heading "+strings.TrimSpace(title)+" has no id: end it with {#id}")
	}
	if p.seen == nil {
		p.seen = map[string]bool{}
	}
	if p.seen[id] {
		p.fault(n, "the id {#"+id+"} stands twice in this file")
	}
	p.seen[id] = true
	s := &Section{ID: id, Title: title, Line: n}
	switch {
	case level == 2:
		p.parent = s
		p.text.Sections = append(p.text.Sections, s)
	case p.parent == nil:
		p.fault(n, "a ### heading needs a ## heading above it")
		return
	default:
		p.parent.Sections = append(p.parent.Sections, s)
	}
	p.section = s
}

// flush gives the lines gathered so far to the heading they stand under.
func (p *proseParser) flush() {
	body := strings.TrimSpace(strings.Join(p.body, "\n"))
	p.body = nil
	if p.section == nil {
		if p.text.Title != "" {
			p.text.Summary = PlainText(body)
		}
		return
	}
	p.section.Body = body
}
