package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/patchmedic/patchmedic/collector"
)

// progress writes one line again and again on a terminal.
type progress struct {
	to    io.Writer // nil: nobody watches
	texts texts
	room  int // of a line, in characters
	width int // of what stands there
}

// newProgress writes to a terminal, and nothing to a file or a pipe.
func newProgress(to io.Writer, lang string) *progress {
	room := columns(to)
	if room == 0 {
		return &progress{}
	}
	return &progress{to: to, texts: textsOf(lang), room: room}
}

// mostNamed is how many running probes fit into a line.
const mostNamed = 3

// tell shows how far a collection is.
func (p *progress) tell(at collector.Progress) {
	if p.to == nil {
		return
	}
	if at.Done == at.All {
		p.line("")
		return
	}
	var names []string
	for _, name := range at.Running[:min(len(at.Running), mostNamed)] {
		names = append(names, p.texts.fill("probe."+name))
	}
	running := strings.Join(names, ", ")
	if len(at.Running) > mostNamed {
		running += ", …"
	}
	if at.Percent > 0 {
		running += " " + strconv.Itoa(at.Percent) + "\u00a0%"
	}
	p.line(p.texts.fill("progress", strconv.Itoa(at.Done), strconv.Itoa(at.All), running))
}

// line takes the place of the line before, and is cut where the terminal would begin
// another. What a terminal says of itself after a failed write helps nobody.
func (p *progress) line(text string) {
	width := utf8.RuneCountInString(text)
	if width > p.room {
		text, width = string([]rune(text)[:p.room]), p.room
	}
	fmt.Fprintf(p.to, "\r%s%s\r", text, strings.Repeat(" ", max(0, p.width-width)))
	p.width = width
}
