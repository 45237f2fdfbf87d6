package errcode

// A scanner walks once over a text, from token to token. A token is a run of
// ASCII letters, digits and underscores; only those with a digit or an
// underscore can be a code, and each shape of token has its own reader.
type scanner struct {
	text   string
	found  []Match
	hints  []Match
	wuText int8 // whether the text speaks of Windows Update: 0 not asked yet, 1 yes, -1 no
}

// The classes of token bytes. A token's class is the union of its bytes'.
const (
	isDigit     = 1 << iota
	isHexLetter // a-f
	isLetter    // g-z
	isUnderscore
)

// classes maps a byte to its class, 0 for the bytes between tokens.
var classes = func() (c [256]uint8) {
	for b := range c {
		switch {
		case b >= '0' && b <= '9':
			c[b] = isDigit
		case b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F':
			c[b] = isHexLetter
		case b >= 'g' && b <= 'z' || b >= 'G' && b <= 'Z':
			c[b] = isLetter
		case b == '_':
			c[b] = isUnderscore
		}
	}
	return c
}()

func (s *scanner) scan() {
	text := s.text
	for i := 0; i < len(text); {
		class := classes[text[i]]
		if class == 0 {
			i++
			continue
		}
		j := i + 1
		for j < len(text) {
			c := classes[text[j]]
			if c == 0 {
				break
			}
			class |= c
			j++
		}
		if class&(isDigit|isUnderscore) != 0 {
			j = max(j, s.token(i, j, class))
		}
		i = j
	}
}

// token reads the token text[i:j] and returns where to go on, at least j.
func (s *scanner) token(i, j int, class uint8) int {
	n := j - i
	switch {
	case class&isUnderscore != 0:
		return s.underscored(i, j)
	case class == isDigit:
		switch {
		case n == 8:
			return s.bareHex(i, i, j)
		case n <= 7:
			return s.smallDecimal(i, j)
		case n <= 10:
			return s.bigDecimal(i, j)
		}
	case class&isLetter == 0:
		if n == 8 {
			return s.bareHex(i, i, j)
		}
		if n <= 4 {
			return s.shortHex(i, j)
		}
	default:
		return s.lettered(i, j)
	}
	return j
}

// add appends a match of text[start:end] and returns end.
func (s *scanner) add(m Match, start, end int) int {
	m.Start, m.End, m.Input = start, end, s.text[start:end]
	if m.Note == NoteNone && m.Code.Success() && m.Kind != KindBugCheck {
		m.Note = NoteSuccess
	}
	s.found = append(s.found, m)
	return end
}

func (s *scanner) hint(note Note, start, end int) int {
	s.hints = append(s.hints, Match{Start: start, End: end, Input: s.text[start:end], Note: note})
	return end
}

// byteAt returns text[i], 0 outside of the text.
func (s *scanner) byteAt(i int) byte {
	if i < 0 || i >= len(s.text) {
		return 0
	}
	return s.text[i]
}

// isolated reports whether text[i:j] stands by itself: it is no part of a
// GUID, a version, a date, a path, an address, a device or package id.
func (s *scanner) isolated(i, j int) bool { return s.beginsAlone(i) && s.endsAlone(j) }

func (s *scanner) beginsAlone(i int) bool {
	switch before, beyond := s.byteAt(i-1), s.byteAt(i-2); before {
	case '@', '#', '&', '$', '\\', '~', '+', '_', '%', '{':
		return false
	case ':': // a time, an address
		return classes[beyond]&isDigit == 0 && beyond != ':'
	case '.', ',', '/', '-':
		return classes[beyond]&(isDigit|isHexLetter) == 0 && beyond != before
	}
	return true
}

func (s *scanner) endsAlone(j int) bool {
	switch after, beyond := s.byteAt(j), s.byteAt(j+1); after {
	case '@', '#', '&', '$', '\\', '~', '+', '%':
		return false
	case '.', ',', ':', '/':
		return classes[beyond]&isDigit == 0 && !(after == ':' && beyond == ':')
	case '-':
		return classes[beyond]&isDigit == 0 && !s.isGUIDGroup(j+1)
	}
	return true
}

// isGUIDGroup reports whether text[i:] begins with the second group of a GUID.
func (s *scanner) isGUIDGroup(i int) bool {
	return s.hexDigits(i, min(len(s.text), i+5)) == 4 && s.byteAt(i+4) == '-'
}
