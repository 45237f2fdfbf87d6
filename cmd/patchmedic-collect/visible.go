package main

import (
	"fmt"
	"io"
	"unicode"
)

// visible writes what people read. Names of files and answers of a service may
// hold what a terminal obeys, or what turns a line around: it is shown as \u001b
// is. A write holds whole characters.
type visible struct{ to io.Writer }

func (v visible) Write(p []byte) (int, error) {
	_, err := v.to.Write(shown(p))
	return len(p), err
}

// shown escapes control characters but the end of a line and the tab, as JSON
// does, so that a document in JSON stays the same document.
func shown(p []byte) []byte {
	out := make([]byte, 0, len(p))
	for _, r := range string(p) {
		switch {
		case r != '\n' && r != '\t' && unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			out = append(out, string(r)...)
		}
	}
	return out
}
