package errcode

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// isExtend reports whether v can be the second number of a setup result: a
// phase 1 to 5 and an operation.
func isExtend(v uint32) bool {
	phase, operation := v>>16, v&0xFFFF
	return phase >= 1 && phase <= 5 && operation <= 0xFF
}

// extendAfter reads the second number of a setup result behind the first:
// "0xC1900101 - 0x20017", "C1900101 0x20017", "0xC1900101 code étendu
// 0x20017". It returns the number and the index behind it, or 0.
func (s *scanner) extendAfter(result uint32, end int) (extend uint32, stop int) {
	i, dash := end, false
	for i < len(s.text) && i-end < 40 {
		r, n := utf8.DecodeRuneInString(s.text[i:])
		switch {
		case unicode.IsDigit(r):
			if i == end {
				return 0, 0
			}
			return s.extendAt(i, dash && isSetupFacility(result))
		case unicode.IsLetter(r):
			word := s.text[i:]
			if k := strings.IndexFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }); k >= 0 {
				word = word[:k]
			}
			switch strings.ToLower(word) {
			case "code", "étendu", "étendue", "etendu", "extend", "extended", "extendcode", "extension", "et", "and":
				n = len(word)
			case "ox":
				return s.extendAt(i, false)
			default:
				return 0, 0
			}
		case strings.ContainsRune("-–—", r):
			dash = true
		case !strings.ContainsRune(" \t\u00a0\u202f)(][,:/+'’\"", r):
			return 0, 0
		}
		i += n
	}
	return 0, 0
}

// extendAt reads five digits at i; bare allows them without 0x.
func (s *scanner) extendAt(i int, bare bool) (extend uint32, stop int) {
	digits := i
	if c := s.byteAt(i + 1); (c == 'x' || c == 'X') && strings.IndexByte("0Oo", s.text[i]) >= 0 {
		digits += 2
	} else if !bare {
		return 0, 0
	}
	stop = digits + s.hexDigits(digits, len(s.text))
	if stop-digits != 5 || classes[s.byteAt(stop)] != 0 {
		return 0, 0
	}
	if v := s.number(digits, stop); isExtend(v) {
		return v, stop
	}
	return 0, 0
}
