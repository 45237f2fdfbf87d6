package kb

import (
	"bytes"
	"html"
	"regexp"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
)

// markdown and policy are safe for concurrent use once made.
var (
	markdown = sync.OnceValue(func() goldmark.Markdown {
		return goldmark.New(goldmark.WithExtensions(extension.GFM),
			goldmark.WithParserOptions(parser.WithAttribute()))
	})
	policy = sync.OnceValue(func() *bluemonday.Policy {
		p := bluemonday.UGCPolicy()
		p.AllowAttrs("id").Matching(regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]*$`)).OnElements("h2", "h3", "h4")
		p.AllowAttrs("class").Matching(regexp.MustCompile(`^language-(?:cmd|powershell|text|yaml|json)$`)).OnElements("code")
		p.RequireNoFollowOnLinks(true)
		p.RequireNoReferrerOnLinks(true)
		return p
	})
	strip = sync.OnceValue(bluemonday.StrictPolicy)
)

// renderHTML returns sanitised HTML of Markdown that anybody may have written.
func renderHTML(source string) string {
	var b bytes.Buffer
	if err := markdown().Convert([]byte(source), &b); err != nil {
		// goldmark fails only when its writer does, and a buffer does not.
		return "<pre>" + html.EscapeString(source) + "</pre>"
	}
	return strings.TrimSpace(policy().Sanitize(b.String()))
}

// PlainText returns the words of Markdown without its markup.
func PlainText(source string) string {
	if !strings.ContainsAny(source, "*_`[]<>&#|~\\\n") {
		return strings.TrimSpace(source)
	}
	text := html.UnescapeString(strip().Sanitize(renderHTML(source)))
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ' ' || r == '\t' || r == '\r' }), " ")
}

// maxRendered bounds the cache of rendered prose. Pages are rendered on first
// use: at a thousand articles nobody reads most of them.
const maxRendered = 4096

// rendered keeps HTML by its Markdown. A Library shares it with those that were
// made from it.
type rendered struct {
	mu    sync.RWMutex
	pages map[string]string
}

func (c *rendered) html(source string) string {
	c.mu.RLock()
	page, ok := c.pages[source]
	c.mu.RUnlock()
	if ok {
		return page
	}
	page = renderHTML(source)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pages == nil || len(c.pages) >= maxRendered {
		c.pages = make(map[string]string, 64)
	}
	c.pages[source] = page
	return page
}
