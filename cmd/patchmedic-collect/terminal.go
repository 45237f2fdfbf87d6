package main

import (
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// columns is how many characters a line of a terminal takes, 0 of a file or a pipe. The
// last column stays free: some consoles begin a line of their own after it.
func columns(w io.Writer) int {
	if v, ok := w.(visible); ok {
		w = v.to
	}
	file, ok := w.(*os.File)
	if !ok {
		return 0
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return 0
	}
	if width := terminalWidth(file); width > 0 {
		return width - 1
	}
	return 79
}

// wrap breaks a line at spaces, so that a terminal does not break words. What follows
// is indented two further than the line; a space that holds words together is none.
func wrap(text string, width int) string {
	indent := len(text) - len(strings.TrimLeft(text, " "))
	if width <= indent+20 || utf8.RuneCountInString(text) <= width {
		return text
	}
	var out strings.Builder
	out.WriteString(text[:indent])
	at := indent
	for i, word := range strings.Split(text[indent:], " ") {
		length := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+length > width:
			out.WriteString("\n" + strings.Repeat(" ", indent+2))
			at = indent + 2
		default:
			out.WriteByte(' ')
			at++
		}
		out.WriteString(word)
		at += length
	}
	return out.String()
}
