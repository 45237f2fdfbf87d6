package signal

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// Expression is an RE2 expression that looks for its literals first: of the
// lines of a log nearly none hold them, and finding that out costs a hundredth
// of what the expression costs.
type Expression struct {
	re *regexp.Regexp
	// literals: one of them is in every text that matches; nil: not known.
	literals []string
	fold     bool // the literals are lower case, and count without case
}

// CompileExpression compiles an RE2 expression.
func CompileExpression(expr string) (*Expression, error) {
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, err
	}
	out := &Expression{re: re}
	if tree, err := syntax.Parse(expr, syntax.Perl); err == nil {
		out.literals, out.fold = required(tree.Simplify())
	}
	return out, nil
}

// String returns the expression as written.
func (e *Expression) String() string { return e.re.String() }

// Literals returns texts of which one is in every text that matches, in lower
// case when fold is true; none when the expression has no such texts.
func (e *Expression) Literals() (literals []string, fold bool) { return e.literals, e.fold }

// Match reports whether the text holds a match.
func (e *Expression) Match(text string) bool {
	return e.mayMatch(text) && e.re.MatchString(text)
}

func (e *Expression) mayMatch(text string) bool {
	if e.literals == nil {
		return true
	}
	for _, l := range e.literals {
		if e.fold && containsFold(text, l) || !e.fold && strings.Contains(text, l) {
			return true
		}
	}
	return false
}

// containsFold looks for a lower-case ASCII literal without regard to case. A
// letter beyond ASCII may fold to one of ASCII: then the expression decides.
func containsFold(text, literal string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] >= 0x80 {
			return true
		}
		if i+len(literal) <= len(text) && lower(text[i]) == literal[0] && strings.EqualFold(text[i:i+len(literal)], literal) {
			return true
		}
	}
	return false
}

func lower(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

// mostLiterals bounds the alternatives that are looked for one by one.
const mostLiterals = 8

// required returns literals of which one is in every match. A set is better the
// longer its shortest literal is.
func required(re *syntax.Regexp) (literals []string, fold bool) {
	switch re.Op {
	case syntax.OpLiteral:
		return literalOf(re)
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpConcat:
		best := 0
		for _, sub := range re.Sub {
			l, f := required(sub)
			if n := shortest(l); n > best {
				best, literals, fold = n, l, f
			}
		}
		return literals, fold
	case syntax.OpAlternate:
		return alternatives(re.Sub)
	}
	return nil, false
}

func literalOf(re *syntax.Regexp) ([]string, bool) {
	text := string(re.Rune)
	if re.Flags&syntax.FoldCase == 0 {
		return []string{text}, false
	}
	for i := range len(text) {
		if text[i] >= 0x80 {
			return nil, false
		}
	}
	return []string{strings.ToLower(text)}, true
}

func alternatives(subs []*syntax.Regexp) (literals []string, fold bool) {
	for i, sub := range subs {
		l, f := required(sub)
		if l == nil || i > 0 && f != fold || len(literals)+len(l) > mostLiterals {
			return nil, false
		}
		literals, fold = append(literals, l...), f
	}
	return literals, fold
}

func shortest(literals []string) int {
	n := 0
	for i, l := range literals {
		if i == 0 || len(l) < n {
			n = len(l)
		}
	}
	return n
}
