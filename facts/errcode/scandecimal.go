package errcode

import (
	"strconv"
	"strings"
)

// smallDecimal reads a number of at most seven digits: a Win32 number or a
// small success code, and only where the words before it say so.
func (s *scanner) smallDecimal(i, j int) int {
	n := j - i
	switch {
	case n > 1 && s.text[i] == '0', !s.isolated(i, j), strings.HasPrefix(s.text[j:], "×"),
		s.byteAt(i-1) == '-', (s.byteAt(j) == '-' || s.byteAt(j) == '.') && classes[s.byteAt(j+1)] != 0:
		return j // part of a longer token: a date, "13.A2"
	}
	v64, _ := strconv.ParseUint(s.text[i:j], 10, 32)
	v := uint32(v64)
	t := openTable()
	if v <= 0xFFFF && s.besideName(v, i, j) {
		return s.finish(Match{Code: Code{Value: fromWin32(v)}, Raw: v, HasRaw: true, Note: NoteWin32Number}, i, j)
	}
	c := s.cueBefore(i)
	if c != cueError && c != cueCode || s.unitAfter(j) || s.isHTTPStatus(i) || s.isCount(i, j) {
		return j
	}
	switch {
	case v > 0xFFFF:
		if t.has(spaceHRESULT, v) { // wusa: 2359302
			return s.finish(Match{Code: Code{Value: v}}, i, j)
		}
		return j
	case c == cueCode && t.has(spaceDevice, v) && s.ofDevice(i):
		s.hint(NoteDeviceProblem, i, j)
		h := &s.hints[len(s.hints)-1]
		h.Raw, h.HasRaw, h.Kind, h.Symbol = v, true, KindDevice, t.first(spaceDevice, v)
		return j
	}
	m := Match{Code: Code{Value: fromWin32(v)}, Raw: v, HasRaw: true, Note: NoteWin32Number}
	known := t.has(spaceWin32, v)
	if hex := s.number(i, j); n >= 3 && n <= 4 && t.has(spaceWin32, hex) && (c == cueCode || isInstaller(hex) && s.wordEndsBefore(i, "code", "codes")) {
		window := s.ofUpdateWindow(i)
		switch other := fromWin32(hex); {
		case !known:
			m.Code.Value, m.Raw = other, hex
		case window:
			m.Alt, m.Code.Value, m.Raw = m.Code, other, hex
		case c == cueCode:
			m.Alt = Code{Value: other}
		}
		if m.Alt != (Code{}) || !known {
			m.Note, known = NoteDecimalOrHex, true
		}
	}
	if !known {
		return j
	}
	return s.finish(m, i, j)
}

// isInstaller reports whether n is a number of Windows Installer, which the
// old update window showed in hexadecimal.
func isInstaller(n uint32) bool { return n >= 1600 && n < 1660 }

// isHTTPStatus reports whether the number at i is the status of a web server.
func (s *scanner) isHTTPStatus(i int) bool {
	before, _ := s.line(i, 24)
	return containsWord(before, "http", "https")
}

// isCount reports whether a single digit behind "failed:" counts failures, as
// in "succeeded: 10, failed: 2".
func (s *scanner) isCount(i, j int) bool {
	return j-i == 1 && s.text[i] != '5' && strings.HasSuffix(strings.ToLower(strings.TrimRight(s.text[:i], " ")), "failed:")
}

// besideName reports whether the text has the Win32 name of v next to the
// number: "ERROR_SERVICE_DISABLED (1058)", "1058 ERROR_SERVICE_DISABLED".
func (s *scanner) besideName(v uint32, i, j int) bool {
	t := openTable()
	is := func(name string) bool {
		for _, row := range t.named(name) {
			if t.spaceOf(row) == spaceWin32 && t.code(row) == v {
				return true
			}
		}
		return false
	}
	if name, ok := s.nameBefore(i); ok && is(name.Symbol) {
		return true
	}
	start, end := s.nameAfter(j)
	return is(s.text[start:end])
}

// bigDecimal reads nine or ten digits: the signed or unsigned form of a code.
func (s *scanner) bigDecimal(i, j int) int {
	if s.text[i] == '0' {
		return j
	}
	n, _ := strconv.ParseUint(s.text[i:j], 10, 64)
	start, negative := s.minusBefore(i)
	var v uint32
	switch {
	case negative && n <= 1<<31:
		v = uint32(-int64(n))
	case !negative && n >= 1<<31 && n < 1<<32 && s.isolated(i, j):
		v = uint32(n)
	default:
		return j
	}
	t := openTable()
	if s.unitAfter(j) || !s.endsAlone(j) || !t.likely(v) && !(t.plausible(v) && s.cueBefore(start) != cueNone) {
		return j
	}
	return s.finish(Match{Code: Code{Value: v}}, start, j)
}

// minusBefore returns where the minus sign of the number at i begins. The
// typographic minus and the en dash count; a hyphen inside a SID, a date or a
// word does not.
func (s *scanner) minusBefore(i int) (start int, ok bool) {
	for _, sign := range []string{"-", "\u2212", "\u2013"} {
		if strings.HasSuffix(s.text[:i], sign) {
			start = i - len(sign)
			prev := s.byteAt(start - 1)
			return start, classes[prev] == 0 && strings.IndexByte("-.,)}]\\/@", prev) < 0 || start == 0
		}
	}
	return i, false
}
