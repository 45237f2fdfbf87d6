package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

const editedArticle = "/api/v1/articles/esp-too-full"

// edits are those of one article, by one editor who gives it another title each
// time, with a word that no other text has.
type edits struct {
	acknowledged int
	word         string // of the newest title that is known to be there, "" before the first
	version      int    // its number
	open         string // of the edit that was not acknowledged, "" for none
}

// source is an article as it is edited.
type source struct {
	Version  int    `json:"version"`
	Revision string `json:"revision"`
	YAML     string `json:"yaml"`
	FR       string `json:"fr"`
	EN       string `json:"en"`
}

// titled returns the article with a word in its English title.
func (s source) titled(word string) source {
	_, text, _ := strings.Cut(s.EN, "\n")
	s.EN = "# EFI system partition too full, as " + word + " found\n" + text
	return s
}

// title returns the English title.
func (s source) title() string {
	title, _, _ := strings.Cut(s.EN, "\n")
	return title
}

// wordOf returns a word of letters for a number, far from those of its
// neighbours: search mends typing errors.
func wordOf(n int) string {
	var b strings.Builder
	for range 4 {
		b.WriteString([]string{"ba", "ke", "di", "zo", "mu", "fy", "wa", "gre", "spi", "tro"}[n%10])
		n /= 10
	}
	return "x" + b.String() + b.String()
}

// write edits until the program is gone.
func (e *edits) write(p *process) {
	var s source
	status, answer, err := p.call(http.MethodGet, editedArticle+"/source", "")
	for err == nil {
		if err := json.Unmarshal(answer, &s); err != nil || status != http.StatusOK {
			p.t.Errorf("an edit, or the source, is answered with %d %.300s", status, answer)
			return
		}
		if e.open != "" {
			e.acknowledged++
			e.word, e.version, e.open = e.open, s.Version, ""
		}
		e.open = wordOf(e.acknowledged + 1)
		var body []byte
		if body, err = json.Marshal(s.titled(e.open)); err != nil {
			p.t.Error(err)
			return
		}
		status, answer, err = p.call(http.MethodPut, editedArticle, string(body), "If-Match", `"`+s.Revision+`"`)
	}
}

// hold finds the newest acknowledged edit, or the one after it that was not, as
// the source, as the page, in a search and alone in its place in the history.
func (e *edits) hold(p *process) {
	p.t.Helper()
	var s source
	p.get(editedArticle+"/source", &s)
	switch {
	case e.open != "" && strings.Contains(s.title(), e.open) && s.Version == e.version+1:
		e.acknowledged++
		e.word, e.version = e.open, s.Version
	case s.Version != e.version || !strings.Contains(s.title(), e.word):
		p.t.Errorf("version %d of the article is called %q; acknowledged is %d, with %q, and under way was %q", s.Version, s.title(), e.version, e.word, e.open)
	}
	e.open = ""
	var history struct {
		Versions []struct{ Version int } `json:"versions"`
	}
	p.get(editedArticle+"/history", &history)
	if len(history.Versions) != e.version {
		p.t.Errorf("%d versions, of which the last is the %dth", len(history.Versions), e.version)
	}
	if e.word != "" {
		p.wants(e.word, http.MethodGet, editedArticle+"?lang=en", "")
		p.wants(fmt.Sprintf("as %s found", e.word), http.MethodGet, "/api/v1/search?lang=en&q="+e.word, "")
	}
}
