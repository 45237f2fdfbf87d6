package errcode

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// A Reason says why an input is not one code.
type Reason string

// The reasons.
const (
	ReasonEmpty         Reason = "empty"
	ReasonTruncated     Reason = "truncated"      // hexadecimal with fewer than eight digits
	ReasonTooLong       Reason = "too_long"       // hexadecimal with more than eight digits
	ReasonSeveral       Reason = "several"        // more than one code
	ReasonMore          Reason = "more"           // one code and other words: for Find
	ReasonKB            Reason = "kb"             // the number of an update
	ReasonBuild         Reason = "build"          // a version or a build
	ReasonGUID          Reason = "guid"           // an identifier
	ReasonExtendAlone   Reason = "extend_alone"   // the second number of a setup result
	ReasonDeviceProblem Reason = "device_problem" // a problem number of Device Manager
	ReasonStopCode      Reason = "stop_code"      // a bug check, which is no Code
	ReasonUnknownNumber Reason = "unknown_number" // a number that is no error code
	ReasonUnknownName   Reason = "unknown_name"   // looks like a symbol, and nobody has it
	ReasonNoCode        Reason = "no_code"
)

// A ParseError says why an input is not one code and what to do next.
type ParseError struct {
	Input  string
	Reason Reason
}

// Error is a sentence for the person who typed the input.
func (e *ParseError) Error() string {
	return fmt.Sprintf("error code %q: %s", shorten(e.Input), e.Reason.advice())
}

func (r Reason) advice() string {
	switch r {
	case ReasonEmpty:
		return "nothing was given: give a code such as 0x80070306"
	case ReasonTruncated:
		return "a code has eight digits after 0x: read it again and give the missing ones"
	case ReasonTooLong:
		return "a code has eight digits after 0x: read it again, one digit is too many"
	case ReasonSeveral:
		return "there are several codes: give one, or extract them from the text"
	case ReasonMore:
		return "there is more than a code: give the code alone, or extract it from the text"
	case ReasonKB:
		return "this is the number of an update: give the error code that its installation shows"
	case ReasonBuild:
		return "this is a version or a build: give the error code"
	case ReasonGUID:
		return "this is an identifier: give the error code beside it"
	case ReasonExtendAlone:
		return "this is the second number of a setup result: give the first one too, as in 0xC1900101 - 0x20017"
	case ReasonDeviceProblem:
		return "this is a problem number of Device Manager, not an error code: give the device and its driver"
	case ReasonStopCode:
		return "this is a stop code: give it as a crash, not as an error code"
	case ReasonUnknownNumber:
		return "no error code has this number: check it, or give the form that begins with 0x"
	case ReasonUnknownName:
		return "no error code has this name: check the spelling, or give the number"
	}
	return "there is no error code in it: give a code such as 0x80070306"
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "..."
	}
	return s
}

// Parse reads an input that is one code and nothing else, in any spelling:
// 0x80070306, 80070306, -2147024122, 2147943174, 1058 (Win32), a symbol,
// 0xC1900101 - 0x20017. A word such as error may stand before it. The error is
// a *ParseError.
func Parse(s string) (Code, error) {
	m, err := ParseMatch(s)
	switch {
	case err != nil:
		return Code{}, err
	case m.Kind == KindBugCheck:
		return Code{}, &ParseError{s, ReasonStopCode}
	}
	return m.Code, nil
}

// ParseMatch is Parse with everything that the spelling told: the bare number,
// the name, the note. It accepts stop codes. Offsets are those of the cleaned
// input, without the white space and invisible characters around it.
func ParseMatch(s string) (Match, error) {
	input := clean(s)
	if input == "" {
		return Match{}, &ParseError{s, ReasonEmpty}
	}
	if m, ok := parseWhole(input); ok {
		return m, nil
	}
	found := Find(input)
	if len(found) == 0 {
		if m, ok := nameless(input); ok {
			return m, nil
		}
		return Match{}, &ParseError{s, reason(input)}
	}
	for _, m := range found[1:] {
		if m.Code != found[0].Code {
			return Match{}, &ParseError{s, ReasonSeveral}
		}
	}
	if last := found[len(found)-1]; !onlyCues(input[:found[0].Start]) || !onlyCues(input[last.End:]) {
		return Match{}, &ParseError{s, ReasonMore}
	}
	return found[0], nil
}

// nameless reads eight hexadecimal digits after 0x that no table has: whoever
// writes all of them means a code, and it still has a facility and a severity.
func nameless(s string) (Match, bool) {
	if len(s) != 10 || s[:2] != "0x" && s[:2] != "0X" {
		return Match{}, false
	}
	v, err := strconv.ParseUint(s[2:], 16, 32)
	if err != nil {
		return Match{}, false
	}
	m := Match{End: len(s), Input: s, Code: Code{Value: uint32(v)}}
	if v <= 0xFFFF {
		m.Code.Value, m.Raw, m.HasRaw, m.Note = fromWin32(uint32(v)), uint32(v), true, NoteWin32Number
	}
	m.Kind = openTable().kindOf(m.Code.Value)
	return m, true
}

// clean drops what copying adds: invisible characters, white space and quotes.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r):
			return -1
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, s)
	return strings.Trim(s, " \"'“”„‘’«»‹›`.,;:!?…*")
}

// parseWhole reads the forms that only count when nothing else is there.
func parseWhole(s string) (Match, bool) {
	t := openTable()
	whole := func(m Match) (Match, bool) {
		m.End, m.Input = len(s), s
		if m.Kind == "" {
			m.Kind = t.kindOf(m.Code.Value)
		}
		if m.Note == NoteNone && m.Code.Success() {
			m.Note = NoteSuccess
		}
		return m, true
	}
	if len(s) == 10 && (s[:2] == "0x" || s[:2] == "0X") {
		if v, err := strconv.ParseUint(s[2:], 16, 32); err == nil && (v>>31 == 1 || v == 1) {
			return whole(Match{Code: Code{Value: uint32(v)}})
		}
	}
	if c, ok := canonicalPair(s); ok {
		return whole(Match{Code: c})
	}
	if m, ok := t.matchName(s); ok {
		return whole(m)
	}
	digits, negative := ungroup(s)
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || digits != "0" && digits[0] == '0' {
		return Match{}, false
	}
	v := uint32(n)
	switch {
	case negative:
		v = -v
		if n > 1<<31 || !t.plausible(v) {
			return Match{}, false
		}
	case n == 0:
		return whole(Match{HasRaw: true})
	case n <= 0xFFFF:
		if !t.has(spaceWin32, v) {
			return Match{}, false
		}
		return whole(Match{Code: Code{Value: fromWin32(v)}, Raw: v, HasRaw: true, Note: NoteWin32Number})
	case len(digits) == 8: // hexadecimal without a prefix: for Find
		return Match{}, false
	case v < 0x80000000 && !t.has(spaceHRESULT, v), v >= 0x80000000 && !t.plausible(v):
		return Match{}, false
	}
	return whole(Match{Code: Code{Value: v}})
}

// canonicalPair reads a pair as [Code.String] writes it, whatever its first
// number is.
func canonicalPair(s string) (Code, bool) {
	result, extend, ok := strings.Cut(s, "-0x")
	if !ok || len(result) != 10 || result[:2] != "0x" {
		return Code{}, false
	}
	v, err := strconv.ParseUint(result[2:], 16, 32)
	x, errExtend := strconv.ParseUint(extend, 16, 32)
	if err != nil || errExtend != nil || v>>31 == 0 || x == 0 {
		return Code{}, false
	}
	return Code{Value: uint32(v), Extend: uint32(x)}, true
}

// ungroup returns the digits of a decimal number whose thousands may be set
// apart by spaces, and whether it has a minus sign of any shape.
func ungroup(s string) (digits string, negative bool) {
	for _, sign := range []string{"-", "\u2212", "\u2013"} {
		if rest, ok := strings.CutPrefix(s, sign); ok {
			s, negative = rest, true
			break
		}
	}
	groups := strings.Split(s, " ")
	for i, g := range groups {
		if i == 0 && len(g) > 3 && len(groups) > 1 || i > 0 && len(g) != 3 {
			return s, negative // no grouping; a stray space makes it no number
		}
	}
	return strings.Join(groups, ""), negative
}

// onlyCues reports whether text holds nothing but words such as error and
// punctuation.
func onlyCues(text string) bool {
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		switch word {
		case "stop", "bsod", "bugcheck", "bug", "check", "blue", "screen", "arrêt", "écran", "bleu":
			continue
		}
		if c, filler := cueOf(word); c == cueNone && !filler {
			return false
		}
	}
	return true
}

// reason finds out what an input without a code is.
func reason(s string) Reason {
	lower := strings.ToLower(s)
	for _, h := range Hints(s) {
		switch h.Note {
		case NoteTruncated:
			return ReasonTruncated
		case NoteExtendAlone:
			return ReasonExtendAlone
		case NoteDeviceProblem:
			return ReasonDeviceProblem
		}
	}
	hex := strings.TrimPrefix(lower, "0x")
	digits := strings.Trim(hex, "0123456789abcdef") == "" && strings.ContainsAny(hex, "0123456789")
	decimal := strings.Trim(lower, "-0123456789 ") == ""
	switch {
	case strings.HasPrefix(lower, "kb") && strings.Trim(lower[2:], " 0123456789") == "" && len(lower) > 2,
		decimal && len(lower) == 7 && lower[0] >= '2' && lower[0] <= '5':
		return ReasonKB
	case strings.Count(s, "-") == 4 && len(strings.Trim(s, "{}")) == 36:
		return ReasonGUID
	case strings.Trim(lower, "v0123456789.") == "" && strings.Contains(lower, "."):
		return ReasonBuild
	case digits && !decimal && len(hex) > 8 || hex != lower && len(hex) > 8 && digits:
		return ReasonTooLong
	case digits && (hex != lower || !decimal) && len(hex) < 8 && len(hex) > 0:
		return ReasonTruncated
	case decimal, digits:
		return ReasonUnknownNumber
	case strings.Contains(s, "_") && !strings.Contains(s, " "):
		return ReasonUnknownName
	}
	return ReasonNoCode
}
