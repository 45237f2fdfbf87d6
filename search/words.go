package search

import (
	"unicode"
	"unicode/utf8"
)

// word is a run of letters, digits and underscores in a text, as byte offsets.
type word struct{ start, end int }

// nextWord returns the first word of text at or after i, ok false when there is
// none. Bytes that are no UTF-8 stand between words.
func nextWord(text string, i int) (w word, ok bool) {
	for i < len(text) {
		n := wordRune(text, i)
		if n == 0 {
			_, n = utf8.DecodeRuneInString(text[i:])
			i += n
			continue
		}
		w.start = i
		for n > 0 {
			i += n
			n = wordRune(text, i)
		}
		w.end = i
		return w, true
	}
	return word{}, false
}

// wordRune returns the length of the rune at i when it belongs to a word, else 0.
func wordRune(text string, i int) int {
	if i >= len(text) {
		return 0
	}
	c := text[i]
	if c < utf8.RuneSelf {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' {
			return 1
		}
		return 0
	}
	r, n := utf8.DecodeRuneInString(text[i:])
	if r == utf8.RuneError || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) {
		return 0
	}
	return n
}

// fold appends a word in lower case without accents.
func fold(dst []byte, word string) []byte {
	for i := 0; i < len(word); {
		c := word[i]
		if c < utf8.RuneSelf {
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(word[i:])
		i += n
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		r = unicode.ToLower(r)
		switch {
		case r == 'œ':
			dst = append(dst, "oe"...)
		case r == 'æ':
			dst = append(dst, "ae"...)
		case r == 'ß':
			dst = append(dst, "ss"...)
		case r >= 0xDF && int(r-0xDF) < len(latin):
			dst = append(dst, latin[r-0xDF])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

// latin maps U+00DF to U+00FF, the lower-case letters of Western Europe, to the
// letter without its accent.
const latin = "saaaaaaaceeeeiiiidnooooo/ouuuuyty"

// lowerASCII reports whether a folded word has only the letters a to z.
func lowerASCII(w []byte) bool {
	for _, c := range w {
		if c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

func allDigits(w []byte) bool {
	for _, c := range w {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(w) > 0
}

// hexCode reports whether a folded word is the number of an error code, with or
// without 0x: eight hexadecimal digits, the first of them 8 or above.
func hexCode(w []byte) bool {
	if len(w) == 10 && w[0] == '0' && w[1] == 'x' {
		w = w[2:]
	}
	if len(w) != 8 || w[0] < '8' || w[0] > '9' && w[0] < 'c' {
		return false
	}
	for _, c := range w {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
