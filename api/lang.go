package api

import (
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/kb"
)

var (
	varyLang   = []string{"Accept-Language"}
	varyAccept = []string{"Accept, Accept-Language"}
	langHeader = map[kb.Lang][]string{kb.French: {"fr"}, kb.English: {"en"}}
)

// lang returns the reader's language and says it in the answer's headers. asked
// is the parameter, empty or checked before.
func (s *server) lang(c *gin.Context, asked string) kb.Lang {
	lang := kb.Lang(asked)
	if lang == "" {
		lang = acceptedLang(c.GetHeader("Accept-Language"), s.DefaultLang)
	}
	h := c.Writer.Header()
	h["Vary"] = varyLang
	h["Content-Language"] = langHeader[lang]
	return lang
}

// acceptedLang returns the language of the content that a reader likes most.
func acceptedLang(header string, usual kb.Lang) kb.Lang {
	best, quality := usual, 0.0
	for tag, q := range preferences(header) {
		lang, ok := kb.ParseLang(tag)
		if tag == "*" {
			lang, ok = usual, true
		}
		if ok && q > quality {
			best, quality = lang, q
		}
	}
	return best
}

// preferences yields the values of an Accept header with their qualities, 0 to
// 1, in the order of the header. What cannot be read is passed over.
func preferences(header string) func(yield func(string, float64) bool) {
	return func(yield func(string, float64) bool) {
		for part := range strings.SplitSeq(header, ",") {
			value, params, _ := strings.Cut(part, ";")
			quality := 1.0
			for param := range strings.SplitSeq(params, ";") {
				if q, ok := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(param), " ", ""), "q="); ok {
					n, err := strconv.ParseFloat(q, 64)
					if err != nil || !(n >= 0 && n <= 1) {
						n = 0
					}
					quality = n
				}
			}
			if value = strings.TrimSpace(value); value != "" && !yield(value, quality) {
				return
			}
		}
	}
}

// wantsMarkdown reports whether a reader likes Markdown better than JSON.
func wantsMarkdown(accept string) bool {
	markdown, other := 0.0, 0.0
	for value, q := range preferences(accept) {
		switch strings.ToLower(value) {
		case "text/markdown":
			markdown = max(markdown, q)
		case "application/json", "application/*":
			other = max(other, q)
		}
	}
	return markdown > other
}

// acceptsGzip reports whether a client takes gzip.
func acceptsGzip(header string) bool {
	for value, q := range preferences(header) {
		if (strings.EqualFold(value, "gzip") || value == "*") && q > 0 {
			return true
		}
	}
	return false
}
