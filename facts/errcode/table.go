package errcode

import (
	_ "embed"
	"encoding/binary"
	"strings"
	"sync"
)

// tableBytes is the packed table, written by internal/gen and read in place:
//
//	"ERC1", then little-endian uint32: rows, names, words, name bytes, sources
//	start of each space and the end      uint32 each
//	numbers of the rows                  uint32 each, sorted within a space
//	name offset<<8 | source of the rows  uint32 each
//	rows by lower-case name              uint16 each
//	words, sources                       n+1 uint32 offsets, then the bytes
//	names                                uvarint word numbers from 1, 0 ends
//
// A name is kept as its words (WU, E, NO, SERVICE): 15,000 names are made of
// some 6,000 of them.
//
//go:embed table.bin
var tableBytes string

// A space is a set of numbers with one meaning; internal/gen has the same list.
type space int

const (
	spaceHRESULT space = iota
	spaceWin32
	spaceNTStatus
	spaceJET // ESE error numbers, without their sign
	spaceBugCheck
	spaceDevice
	spaceHRESULTFacility
	spaceNTStatusFacility
	spacePhase
	spaceOperation
	numSpaces
)

// table gives the sections of tableBytes names.
type table struct {
	start       [numSpaces + 1]int
	codes, refs string
	byName      string
	words       stringList
	sources     stringList
	names       string
	firstWords  map[string]bool // lower-case first words of all names
}

type stringList struct{ offsets, bytes string }

func (l stringList) at(i int) string { return l.bytes[u32(l.offsets, i):u32(l.offsets, i+1)] }

// openTable cuts tableBytes into its sections, once.
var openTable = sync.OnceValue(func() *table {
	const header = len("ERC1")
	count := func(i int) int { return int(u32(tableBytes[header:], i)) }
	rows, names, words, nameBytes, sources := count(0), count(1), count(2), count(3), count(4)

	rest := tableBytes[header+5*4:]
	cut := func(n int) string {
		s := rest[:n]
		rest = rest[n:]
		return s
	}
	list := func(n int) stringList {
		offsets := cut(4 * (n + 1))
		return stringList{offsets, cut(int(u32(offsets, n)))}
	}
	t := &table{firstWords: map[string]bool{}}
	starts := cut(4 * (int(numSpaces) + 1))
	for i := range t.start {
		t.start[i] = int(u32(starts, i))
	}
	t.codes, t.refs, t.byName = cut(4*rows), cut(4*rows), cut(2*names)
	t.words, t.sources = list(words), list(sources)
	t.names = cut(nameBytes)
	for i := range t.start[spaceHRESULTFacility] {
		id, n := uvarint(t.names[t.nameOffset(i):])
		if id == 0 || t.names[t.nameOffset(i)+n] == 0 {
			continue // no name, or one of a single word
		}
		t.firstWords[strings.ToLower(t.words.at(int(id)-1))] = true
	}
	return t
})

func u32(s string, i int) uint32 {
	return uint32(s[4*i]) | uint32(s[4*i+1])<<8 | uint32(s[4*i+2])<<16 | uint32(s[4*i+3])<<24
}

func uvarint(s string) (v, n int) {
	for shift := 0; ; shift += 7 {
		b := s[n]
		n++
		v |= int(b&0x7F) << shift
		if b < 0x80 {
			return v, n
		}
	}
}

func (t *table) code(row int) uint32    { return u32(t.codes, row) }
func (t *table) nameOffset(row int) int { return int(u32(t.refs, row) >> 8) }
func (t *table) source(row int) string  { return t.sources.at(int(u32(t.refs, row) & 0xFF)) }
func (t *table) name(row int) string    { return string(t.appendName(nil, row)) }

// appendName appends the symbol of a row; nothing when it has none.
func (t *table) appendName(b []byte, row int) []byte {
	s := t.names[t.nameOffset(row):]
	for first := true; ; first = false {
		id, n := uvarint(s)
		if id == 0 {
			return b
		}
		if !first {
			b = append(b, '_')
		}
		b = append(b, t.words.at(id-1)...)
		s = s[n:]
	}
}

// rows returns the range of rows of a number in a space, the preferred first.
func (t *table) rows(sp space, v uint32) (lo, hi int) {
	lo, end := t.start[sp], t.start[sp+1]
	n := end - lo
	for n > 0 {
		half := n / 2
		if t.code(lo+half) < v {
			lo += half + 1
			n -= half + 1
		} else {
			n = half
		}
	}
	hi = lo
	for hi < end && t.code(hi) == v {
		hi++
	}
	return lo, hi
}

func (t *table) has(sp space, v uint32) bool {
	lo, hi := t.rows(sp, v)
	return lo < hi
}

// first returns the preferred symbol of a number, "" when it has none.
func (t *table) first(sp space, v uint32) string {
	if lo, hi := t.rows(sp, v); lo < hi {
		return t.name(lo)
	}
	return ""
}

func (t *table) spaceOf(row int) space {
	for sp := range numSpaces {
		if row < t.start[sp+1] {
			return sp
		}
	}
	return numSpaces
}

// named returns the rows whose symbol is name, ignoring case, in table order.
func (t *table) named(name string) []int {
	var buf, key [96]byte
	if len(name) == 0 || len(name) > len(key) {
		return nil
	}
	want := appendLower(key[:0], name)
	at := func(i int) int { return int(binary.LittleEndian.Uint16([]byte{t.byName[2*i], t.byName[2*i+1]})) }
	n := len(t.byName) / 2
	lo, hi := 0, n
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if string(lowerBytes(t.appendName(buf[:0], at(mid)))) < string(want) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	var rows []int
	for ; lo < n && string(lowerBytes(t.appendName(buf[:0], at(lo)))) == string(want); lo++ {
		rows = append(rows, at(lo))
	}
	return rows
}

func appendLower(b []byte, s string) []byte { return lowerBytes(append(b, s...)) }

// lowerBytes lowers ASCII in place.
func lowerBytes(b []byte) []byte {
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return b
}
