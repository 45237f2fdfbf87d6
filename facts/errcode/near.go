package errcode

import (
	"cmp"
	"slices"
	"strings"
)

// maxNear bounds the answer of Near.
const maxNear = 5

// Near returns the known codes that a mistyped input may have meant, the
// likeliest first, at most five: one digit changed, missing, too many or two
// swapped for a number; an edit distance of at most two for a symbol. Codes of
// Windows Update come before others. It returns nothing for an input that is
// a known code, and never corrects by itself.
func Near(s string) []Info {
	s = clean(s)
	if c, err := Parse(s); err == nil && Lookup(c).Known {
		return nil
	}
	hex := strings.TrimPrefix(strings.ToLower(s), "0x")
	if n := len(hex); n >= 7 && n <= 9 && strings.Trim(hex, "0123456789abcdef") == "" {
		return nearNumber(hex)
	}
	if n := len(s); n >= 5 && n <= 90 && strings.Contains(s, "_") {
		return nearSymbol(strings.ToLower(s))
	}
	return nil
}

type nearMiss struct {
	code     Code
	symbol   string
	distance int
	rank     int  // of the family
	cut      bool // the input is the code without its end: the usual way to lose a digit
}

// likelier orders misses: the lost end first, then codes that everybody sees.
func (m nearMiss) likelier() int {
	switch {
	case m.cut && isGeneric(m.code.Value):
		return 0
	case m.cut:
		return 1
	case isGeneric(m.code.Value):
		return 2
	}
	return 3
}

func nearNumber(typed string) []Info {
	t := openTable()
	var misses []nearMiss
	consider := func(v uint32) {
		var buf [8]byte
		if d := editDistance(typed, string(appendHex(buf[:0], v, 8)), 1); d == 1 {
			misses = append(misses, nearMiss{code: Code{Value: v}, distance: d, rank: familyRank(t.kindOf(v)),
				cut: strings.HasPrefix(string(buf[:]), typed)})
		}
	}
	for _, sp := range []space{spaceHRESULT, spaceWin32, spaceNTStatus, spaceJET} {
		for row := t.start[sp]; row < t.start[sp+1]; row++ {
			switch v := t.code(row); sp {
			case spaceWin32:
				consider(fromWin32(v))
			case spaceJET:
				consider(0xC8000000 | v)
				consider(0x8E5E0000 | v)
			default:
				if v >= 0x80000000 || v>>16 == 0x24 || v>>16 == 0xF {
					consider(v)
				}
			}
		}
	}
	return nearest(misses)
}

func nearSymbol(typed string) []Info {
	t := openTable()
	var misses []nearMiss
	var buf [96]byte
	for row := range t.start[spaceBugCheck] {
		name := lowerBytes(t.appendName(buf[:0], row))
		if len(name) < len(typed)-2 || len(name) > len(typed)+2 {
			continue
		}
		d := editDistance(typed, string(name), 2)
		if d > 2 {
			continue
		}
		if m, ok := t.matchName(t.name(row)); ok {
			misses = append(misses, nearMiss{code: m.Code, symbol: m.Symbol, distance: d, rank: familyRank(t.kindOf(m.Code.Value))})
		}
	}
	return nearest(misses)
}

func nearest(misses []nearMiss) []Info {
	slices.SortFunc(misses, func(a, b nearMiss) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.likelier(), b.likelier()), cmp.Compare(a.rank, b.rank), cmp.Compare(a.code.Value, b.code.Value))
	})
	misses = slices.CompactFunc(misses, func(a, b nearMiss) bool { return a.code == b.code })
	var infos []Info
	for _, m := range misses[:min(len(misses), maxNear)] {
		infos = append(infos, LookupAs(m.code, m.symbol))
	}
	return infos
}

// familyRank orders families by how often Windows Update shows them.
func familyRank(k Kind) int {
	return slices.Index([]Kind{KindWU, KindCBS, KindWin32, KindSetup, KindDO, KindBITS, KindDISM, KindSetupAPI,
		KindESE, KindDefender, KindHRESULT, KindNTStatus}, k)
}

// editDistance counts the changed, missing, added and swapped bytes between a
// and b; more than limit is reported as limit+1.
func editDistance(a, b string, limit int) int {
	for a != "" && b != "" && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for a != "" && b != "" && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	switch {
	case a == "" || b == "":
		return min(len(a)+len(b), limit+1)
	case limit == 0:
		return 1
	}
	best := limit + 1
	// What is left differs at its first byte: try each edit there.
	for _, rest := range [][2]string{{a[1:], b[1:]}, {a[1:], b}, {a, b[1:]}} {
		best = min(best, 1+editDistance(rest[0], rest[1], limit-1))
	}
	if len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] {
		best = min(best, 1+editDistance(a[2:], b[2:], limit-1))
	}
	return best
}
