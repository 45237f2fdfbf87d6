package errcode

import (
	"strconv"
	"strings"
)

// lettered reads a token with letters beyond f: 0x80070306, erreur0x80070306,
// x80070306, 80070306h.
func (s *scanner) lettered(i, j int) int {
	token := s.text[i:j]
	x := strings.LastIndexAny(token, "xX")
	switch {
	case x > 0 && strings.IndexByte("0Oo", token[x-1]) >= 0 && onlyLetters(token[:x-1]):
		return s.prefixed(i+x-1, i+x+1, j)
	case x == 0 && len(token) == 9:
		return s.bareHex(i, i+1, j)
	case len(token) == 9 && (token[8] == 'h' || token[8] == 'H'):
		return s.bareHex(i, i, j)
	}
	return j
}

func onlyLetters(s string) bool {
	for i := range len(s) {
		if classes[s[i]]&(isLetter|isHexLetter) == 0 {
			return false
		}
	}
	return true
}

// hexDigits returns how many hexadecimal digits text[i:j] begins with.
func (s *scanner) hexDigits(i, j int) int {
	n := 0
	for i+n < j && classes[s.text[i+n]]&(isDigit|isHexLetter) != 0 {
		n++
	}
	return n
}

// prefixed reads a number behind 0x: the prefix is at start, the digits are
// text[digits:end].
func (s *scanner) prefixed(start, digits, end int) int {
	if strings.IndexByte("@&#", s.byteAt(start-1)) >= 0 && start > 0 {
		return end
	}
	n := s.hexDigits(digits, end)
	if rest := s.text[digits+n : end]; rest != "" && rest != "h" && rest != "H" {
		return end
	}
	switch n {
	case 0:
		// "0x 80070057"
		if next := s.skipSpace(digits); next > digits {
			if k := next + s.hexDigits(next, len(s.text)); k-next == 8 && classes[s.byteAt(k)] == 0 {
				return s.full(start, next, k)
			}
		}
	case 1, 2, 3, 4:
		// "0x8007 0306"
		if next := s.skipSpace(end); n == 4 && next > end && strings.IndexByte("8CcDdEe", s.text[digits]) >= 0 {
			if k := next + s.hexDigits(next, len(s.text)); k-next == 4 && classes[s.byteAt(k)] == 0 {
				v, _ := strconv.ParseUint(s.text[digits:end]+s.text[next:k], 16, 32)
				return s.code(uint32(v), start, k)
			}
		}
		return s.short(start, digits, digits+n, end)
	case 5:
		if v := s.number(digits, digits+n); isExtend(v) {
			return s.hint(NoteExtendAlone, start, end)
		}
	case 6:
		// 0x240005 in old logs; [0x018003] is the id of a message
		if v := s.number(digits, digits+n); s.byteAt(start-1) != '[' && openTable().has(spaceHRESULT, v) {
			return s.code(v, start, end)
		}
	case 7:
		if strings.IndexByte("8CcDdEe", s.text[digits]) >= 0 {
			return s.hint(NoteTruncated, start, end)
		}
	case 8:
		return s.full(start, digits, end)
	case 16:
		// a 64-bit program printed a negative number
		if strings.EqualFold(s.text[digits:digits+8], "ffffffff") && s.text[digits+8] >= '8' {
			return s.full(start, digits+8, end)
		}
	}
	return end
}

// skipSpace returns the index after one space or no-break space at i, else i.
func (s *scanner) skipSpace(i int) int {
	for _, space := range []string{" ", "\u00a0", "\u202f"} {
		if strings.HasPrefix(s.text[i:], space) {
			return i + len(space)
		}
	}
	return i
}

// number converts the hexadecimal digits text[i:j], at most eight.
func (s *scanner) number(i, j int) uint32 {
	v, _ := strconv.ParseUint(s.text[i:j], 16, 32)
	return uint32(v)
}

// full reads eight digits behind a prefix.
func (s *scanner) full(start, digits, end int) int {
	v := s.number(digits, digits+8)
	t := openTable()
	switch {
	case v < 0x10000, v >= 0x80000000 && t.plausible(v):
	case v < 0x80000000 && t.has(spaceHRESULT, v):
	case s.ofStop(start) && t.has(spaceBugCheck, v):
	case v>>28 == 8 && s.cueBefore(start) != cueNone: // no facility that we know, but an error by its place
	default:
		return end
	}
	return s.code(v, start, end)
}

// short reads one to four digits behind a prefix: a stop code, or a Win32
// number in hexadecimal.
func (s *scanner) short(start, digits, hexEnd, end int) int {
	v := s.number(digits, hexEnd)
	t := openTable()
	if s.ofStop(start) && t.has(spaceBugCheck, v) {
		return s.code(v, start, end)
	}
	known := t.has(spaceWin32, v)
	switch s.cueBefore(start) {
	case cueError, cueCode, cueState:
		if !known {
			return end
		}
	default:
		alone := start == 0 && end == len(s.text)
		prev := s.byteAt(start - 1)
		for k := start - 2; prev == ' ' && k >= 0; k-- {
			prev = s.text[k]
		}
		// "flags: 0x3", "Suite = 0x0190", "100 (0x64)" are other numbers
		if !known || !alone && (hexEnd-digits < 3 || strings.IndexByte("=:@(", prev) >= 0 || s.unitAfter(end)) {
			return end
		}
	}
	return s.code(v, start, end)
}

// bareHex reads eight digits without a prefix. start is before digits for
// x80070306.
func (s *scanner) bareHex(start, digits, end int) int {
	if start == digits && strings.HasSuffix(s.text[:start], "0×") && classes[s.byteAt(start-len("0×")-1)] == 0 {
		return s.full(start-len("0×"), digits, end)
	}
	if s.hexDigits(digits, end) < 8 || !s.beginsAlone(start) || s.isSequence(start, end) {
		return end
	}
	v := s.number(digits, digits+8)
	if extend, _ := s.extendAfter(v, end); extend == 0 && !s.endsAlone(end) {
		return end
	}
	allDigits := strings.IndexFunc(s.text[digits:digits+8], func(r rune) bool { return r > '9' }) < 0
	if allDigits && s.unitAfter(end) {
		return end
	}
	t := openTable()
	if high := v >> 16; v >= 0x80000000 && t.likely(v) || (high == 0x24 || high == 0xF) && t.has(spaceHRESULT, v) {
		return s.code(v, start, end)
	}
	return end
}

// isSequence reports whether the eight digits text[i:j] are CSI's line
// number: behind the component in column 50, or at the start of a line, with
// a class "(F)", a tag "[SR]" or "@" and a date after them.
func (s *scanner) isSequence(i, j int) bool {
	after := s.text[j:min(len(s.text), j+5)]
	marked := len(after) >= 4 && after[0] == ' ' && after[1] == '(' && after[3] == ')' ||
		strings.HasPrefix(after, " [SR]") || strings.HasPrefix(after, "@")
	before, _ := s.line(i, 64)
	trimmed := strings.TrimRight(before, " \t")
	if strings.HasSuffix(trimmed, "CSI") {
		return marked || len(before)-len(trimmed) >= 2
	}
	return marked && trimmed == ""
}

// shortHex reads two to four digits with a letter among them and without a
// prefix: "Code 66A" of the old update window, "stop 7B".
func (s *scanner) shortHex(i, j int) int {
	if j-i < 2 || !s.isolated(i, j) {
		return j
	}
	v := s.number(i, j)
	t := openTable()
	if t.has(spaceBugCheck, v) && s.ofStop(i) && s.wordEndsBefore(i, "stop", "bugcheck", "check", "bsod", "code", "arrêt", "bleu") {
		return s.code(v, i, j)
	}
	c := s.cueBefore(i)
	if j-i < 3 || c != cueCode && c != cueError || classes[s.text[i]] != isDigit || !t.has(spaceWin32, v) {
		return j
	}
	return s.finish(Match{Code: Code{Value: fromWin32(v)}, Raw: v, HasRaw: true}, i, j)
}

// code adds the code that a hexadecimal number of any length stands for.
func (s *scanner) code(v uint32, start, end int) int {
	t := openTable()
	m := Match{Code: Code{Value: v}}
	if s.ofStop(start) || v < 0x10000 && t.stopNamedAfter(s, v, end) {
		switch {
		case v>>28 == 0xC:
			m.Note = NoteStopCode // the same number is an NTSTATUS of the same meaning
		case t.has(spaceBugCheck, v):
			m.Kind, m.Note = KindBugCheck, NoteStopCode
			return s.skipParameters(s.finish(m, start, end))
		}
	}
	if v < 0x10000 {
		if v == 1 && s.wordEndsBefore(start, "hr", "hresult") {
			return s.finish(m, start, end) // S_FALSE
		}
		if v != 0 && !t.has(spaceWin32, v) && s.cueBefore(start) == cueNone {
			return end
		}
		m.Code.Value, m.Raw, m.HasRaw = fromWin32(v), v, v != 0
	}
	return s.finish(m, start, end)
}

// stopNamedAfter reports whether the name behind a number is that of the stop
// code with this number: "0x7B INACCESSIBLE_BOOT_DEVICE".
func (t *table) stopNamedAfter(s *scanner, v uint32, end int) bool {
	i, j := s.nameAfter(end)
	for _, row := range t.named(s.text[i:j]) {
		if t.spaceOf(row) == spaceBugCheck && t.code(row) == v {
			return true
		}
	}
	return false
}

// skipParameters passes over the four parameters of a stop code.
func (s *scanner) skipParameters(end int) int {
	rest := strings.TrimLeft(s.text[end:min(len(s.text), end+160)], " ,:")
	if !strings.HasPrefix(rest, "(0x") && !strings.HasPrefix(rest, "(0X") {
		return end
	}
	if k := strings.IndexAny(s.text[end:min(len(s.text), end+160)], ")\n"); k >= 0 {
		return end + k
	}
	return end
}

// plausible reports whether a number with the error bit can be a code at all.
func (t *table) plausible(v uint32) bool {
	if t.likely(v) {
		return true
	}
	m := t.unwrap(v)
	switch {
	case m.space == spaceNTStatus:
		return facilityOf(v) == 0 || t.has(spaceNTStatusFacility, uint32(facilityOf(v)))
	case v>>28 == 8:
		return t.has(spaceHRESULTFacility, v>>16&0xFFF)
	}
	return v>>16 == 0xC004 || v>>16 == 0xE000
}

// likely reports whether a number is in the table, or has a facility that
// Windows Update returns: enough to believe it without a prefix.
func (t *table) likely(v uint32) bool {
	m := t.unwrap(v)
	switch {
	case t.has(m.space, m.number), t.has(spaceHRESULT, v):
		return true
	case m.space == spaceWin32:
		return v>>16 != 0x8001
	case isSetupFacility(v):
		return true
	case v>>28 != 8:
		return false
	}
	low := v & 0xFFFF
	switch facilityOf(v) {
	case facilityWU, facilityBITS, facilityDO, facilityDefender:
		return true
	case facilitySetupAPI:
		return low < 0x1000
	case facilityHTTP:
		return low >= 100 && low < 600
	}
	return false
}
