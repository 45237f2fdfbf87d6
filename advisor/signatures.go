package advisor

import (
	"github.com/patchmedic/patchmedic/kb/signal"
)

// signatures finds which articles' signatures match a report's lines without
// trying each expression on each line: their literals are kept by their first
// four bytes, so that a line is read once however many articles there are.
type signatures struct {
	byStart map[uint32][]signature
	always  []signature // without a literal of four bytes
}

type signature struct {
	entry      *entry
	expression *signal.Expression
}

const startLen = 4

func newSignatures(entries []*entry) *signatures {
	s := &signatures{byStart: map[uint32][]signature{}}
	for _, e := range entries {
		for _, p := range e.article.Signatures {
			s.add(signature{e, p.Expression})
		}
	}
	return s
}

func (s *signatures) add(sig signature) {
	literals, _ := sig.expression.Literals()
	for _, l := range literals {
		if len(l) < startLen {
			literals = nil
			break
		}
	}
	if literals == nil {
		s.always = append(s.always, sig)
		return
	}
	for _, l := range literals {
		key := start(l)
		s.byStart[key] = append(s.byStart[key], sig)
	}
}

// start is the first four bytes of a text in lower case.
func start(text string) uint32 {
	var key uint32
	for i := range startLen {
		key = key<<8 | uint32(lowered(text[i]))
	}
	return key
}

func lowered(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

// match returns the first line that a signature of each article matches.
func (s *signatures) match(lines []textLine) map[*entry]textLine {
	out := map[*entry]textLine{}
	try := func(sig signature, line textLine) {
		if _, done := out[sig.entry]; !done && sig.expression.Match(line.text) {
			out[sig.entry] = line
		}
	}
	for _, line := range lines {
		for _, sig := range s.always {
			try(sig, line)
		}
		s.starts(line, try)
	}
	return out
}

func (s *signatures) starts(line textLine, try func(signature, textLine)) {
	var key uint32
	for i := range len(line.text) {
		key = key<<8 | uint32(lowered(line.text[i]))
		if i < startLen-1 {
			continue
		}
		for _, sig := range s.byStart[key] {
			try(sig, line)
		}
	}
}
