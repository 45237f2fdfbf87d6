package errcode

import (
	"strconv"
	"strings"
)

// underscored reads a token with an underscore: a symbol, one of the wrapping
// macros, or WindowsUpdate_80070643.
func (s *scanner) underscored(i, j int) int {
	token := s.text[i:j]
	t := openTable()
	first, _, _ := strings.Cut(token, "_")
	if s.byteAt(j) == '(' && strings.Contains(token, "_FROM_") {
		if end := s.macro(token, i, j+1); end > j {
			return end
		}
	}
	if strings.IndexByte("\\.%@", s.byteAt(i-1)) < 0 || i == 0 {
		var buf [32]byte
		if len(first) <= len(buf) && t.firstWords[string(appendLower(buf[:0], first))] {
			if m, ok := t.matchName(token); ok {
				return s.finishName(m, i, j)
			}
		}
	}
	k := strings.LastIndexByte(token, '_')
	word, digits := token[:k], i+k+1
	if len(word) >= 3 && onlyLetters(word) && !strings.EqualFold(word, "SUBSYS") && !strings.EqualFold(word, "none") {
		switch tail := token[k+1:]; {
		case len(tail) == 10 && (tail[:2] == "0x" || tail[:2] == "0X"):
			return s.prefixed(digits, digits+2, j)
		case len(tail) == 8 && s.hexDigits(digits, j) == 8 && s.endsAlone(j):
			if v := s.number(digits, j); v >= 0x80000000 && t.likely(v) {
				return s.code(v, digits, j)
			}
		}
	}
	return j
}

// matchName returns the code that a symbol stands for. Names of small success
// values (STATUS_PENDING) are no codes: as numbers they read as Win32.
func (t *table) matchName(name string) (Match, bool) {
	for _, row := range t.named(name) {
		v := t.code(row)
		m := Match{Code: Code{Value: v}, Symbol: t.name(row)}
		switch t.spaceOf(row) {
		case spaceWin32:
			m.Code.Value, m.Raw, m.HasRaw = fromWin32(v), v, v != 0
		case spaceJET:
			m.Code.Value = 0xC8000000 | v
		case spaceBugCheck:
			m.Kind, m.Note = KindBugCheck, NoteStopCode
		case spaceHRESULT, spaceNTStatus:
			if v > 1 && v < 0x10000 || v > 1 && v < 0x80000000 && !t.has(spaceHRESULT, v) {
				continue
			}
		default:
			continue
		}
		return m, true
	}
	return Match{}, false
}

// macro reads HRESULT_FROM_WIN32(1058) and its like; arg is the index behind
// the parenthesis. It returns 0 when the macro or the argument is unknown.
func (s *scanner) macro(name string, start, arg int) int {
	end := arg + strings.IndexAny(s.text[arg:min(len(s.text), arg+100)]+")", ")\n")
	content := strings.Trim(s.text[arg:min(end, len(s.text))], " \u00a0")
	n, err := strconv.ParseUint(content, 0, 32)
	v := uint32(n)
	var m Match
	if err != nil {
		named, ok := openTable().matchName(content)
		if !ok || named.Kind == KindBugCheck {
			return 0
		}
		m.Symbol = named.Symbol
		v = named.Code.Value
		if named.HasRaw {
			v = named.Raw
		}
	}
	switch strings.ToUpper(strings.TrimLeft(name, "_")) {
	case "HRESULT_FROM_WIN32", "NTSTATUS_FROM_WIN32", "AT_WIN32":
		if v > 0xFFFF { // the macro leaves an HRESULT as it is
			m.Code.Value = v
			break
		}
		m.Code.Value, m.Raw, m.HasRaw = fromWin32(v), v, true
	case "HRESULT_FROM_NT":
		m.Code.Value = v | ntBit
	case "HRESULT_FROM_SETUPAPI":
		m.Code.Value = 0x800F0000 | v&0xFFFF
	default:
		return 0
	}
	if m.Code.Value>>31 == 0 && m.Code.Value != 0 {
		return 0
	}
	return s.finish(m, start, min(end+1, len(s.text)))
}

// nameAfter returns the token behind the number that ends at i, when only
// punctuation on the same line is between and it has an underscore; else an
// empty range.
func (s *scanner) nameAfter(i int) (start, end int) {
	limit := min(len(s.text), i+10)
	start = limit - len(strings.TrimLeft(s.text[i:limit], nameGap))
	end = start
	under := false
	for end < len(s.text) && classes[s.text[end]] != 0 {
		under = under || s.text[end] == '_'
		end++
	}
	if start == i || !under {
		return i, i
	}
	return start, end
}

// nameGap is what may stand between a number and its name.
const nameGap = " \u00a0-–([)]=:\"'«»"

// nameBefore returns the last match when it is a name that ends just before i.
func (s *scanner) nameBefore(i int) (Match, bool) {
	if len(s.found) == 0 {
		return Match{}, false
	}
	last := s.found[len(s.found)-1]
	if last.Symbol != last.Input && !strings.EqualFold(last.Symbol, last.Input) || last.Symbol == "" || last.End == i || i-last.End > 8 {
		return Match{}, false
	}
	return last, strings.Trim(s.text[last.End:i], nameGap) == ""
}

// finishName adds a match that is a name.
func (s *scanner) finishName(m Match, start, end int) int {
	if m.Kind == "" {
		m.Kind = openTable().kindOf(m.Code.Value)
	}
	return s.add(m, start, end)
}

// finish completes a match of a number with what stands around it: the extend
// code, its name on either side, [gle=]; and adds it. It returns where to go
// on: after the parts that belong to it.
func (s *scanner) finish(m Match, start, end int) int {
	t := openTable()
	if m.Kind == "" {
		m.Kind = t.kindOf(m.Code.Value)
	}
	if s.wordEndsBefore(start, "gle") {
		m.Weak, m.Note = true, NoteLastError
	}
	if m.Code.Value>>31 == 1 {
		if extend, stop := s.extendAfter(m.Code.Value, end); extend != 0 {
			m.Code.Extend, end = extend, stop
		}
	}
	if name, ok := s.nameBefore(start); ok {
		s.found = s.found[:len(s.found)-1]
		start = name.Start
		t.join(&m, name.Symbol)
	}
	if i, j := s.nameAfter(end); i < j {
		if named, ok := t.matchName(s.text[i:j]); ok {
			end = j
			t.join(&m, named.Symbol)
		}
	}
	s.add(m, start, end)
	// "800f0207 [Error,Facility=(000f),Code=519 (0x0207)]": the rest repeats
	if rest := s.text[end:]; strings.HasPrefix(rest, " [Error,Facility=") || strings.HasPrefix(rest, " [Warning,Facility=") {
		if k := strings.IndexAny(rest, "]\n"); k >= 0 {
			return end + k
		}
	}
	return end
}

// join gives m the name that stands beside its number, or notes that the name
// belongs to another one.
func (t *table) join(m *Match, name string) {
	rows := t.named(name)
	for _, row := range rows {
		if m.Kind == KindBugCheck {
			if t.spaceOf(row) == spaceBugCheck && t.code(row) == m.Code.Value {
				m.Symbol = name
				return
			}
			continue
		}
		for own := range t.rowsOf(m.Code.Value, t.unwrap(m.Code.Value)) {
			if own == row {
				m.Symbol = name
				return
			}
		}
	}
	if m.Symbol == "" {
		m.Note = NoteNameDiffers
	}
}

func (t *table) kindOf(v uint32) Kind { return t.kind(v, t.unwrap(v)) }
