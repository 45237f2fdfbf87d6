package main

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
)

// magic begins the file; its digit is the version of the layout.
const magic = "ERC1"

// pack lays the rows out for package errcode, which reads them in place. All
// numbers are little-endian; the layout is described in errcode/table.go.
func pack(rows []row) ([]byte, error) {
	if len(rows) > math.MaxUint16 {
		return nil, fmt.Errorf("%d rows: the name index holds 16-bit row numbers", len(rows))
	}
	sources := sourceList(rows)
	if len(sources) > math.MaxUint8 {
		return nil, fmt.Errorf("%d sources: a row holds an 8-bit source number", len(sources))
	}
	words := wordList(rows)
	wordID := make(map[string]int, len(words))
	for i, w := range words {
		wordID[w] = i + 1 // 0 ends a name
	}

	var starts [numSpaces + 1]uint32
	for _, r := range rows {
		starts[r.space+1]++
	}
	for i := range numSpaces {
		starts[i+1] += starts[i]
	}

	var codes, refs, nameBytes []byte
	for _, r := range rows {
		if len(nameBytes) >= 1<<24 {
			return nil, fmt.Errorf("names exceed the 24-bit offset of a row")
		}
		source, _ := slices.BinarySearch(sources, r.source)
		codes = binary.LittleEndian.AppendUint32(codes, r.value)
		refs = binary.LittleEndian.AppendUint32(refs, uint32(len(nameBytes))<<8|uint32(source))
		if r.symbol != "" {
			for w := range strings.SplitSeq(r.symbol, "_") {
				nameBytes = binary.AppendUvarint(nameBytes, uint64(wordID[w]))
			}
		}
		nameBytes = append(nameBytes, 0)
	}

	index := nameIndex(rows)
	var b bytes.Buffer
	b.WriteString(magic)
	u32 := func(n uint32) { b.Write(binary.LittleEndian.AppendUint32(nil, n)) }
	for _, n := range []int{len(rows), len(index), len(words), len(nameBytes), len(sources)} {
		u32(uint32(n))
	}
	for _, n := range starts {
		u32(n)
	}
	b.Write(codes)
	b.Write(refs)
	for _, i := range index {
		b.Write(binary.LittleEndian.AppendUint16(nil, i))
	}
	writeStrings(&b, words)
	writeStrings(&b, sources)
	b.Write(nameBytes)
	return b.Bytes(), nil
}

// writeStrings writes n+1 offsets and then the strings.
func writeStrings(b *bytes.Buffer, list []string) {
	off := 0
	for _, s := range list {
		b.Write(binary.LittleEndian.AppendUint32(nil, uint32(off)))
		off += len(s)
	}
	b.Write(binary.LittleEndian.AppendUint32(nil, uint32(off)))
	for _, s := range list {
		b.WriteString(s)
	}
}

// nameIndex returns the rows that answer to a name, by lower-case name and
// then in table order.
func nameIndex(rows []row) []uint16 {
	var index []uint16
	for i, r := range rows {
		if r.symbol != "" && r.space <= device {
			index = append(index, uint16(i))
		}
	}
	slices.SortStableFunc(index, func(a, b uint16) int {
		return cmp.Compare(strings.ToLower(rows[a].symbol), strings.ToLower(rows[b].symbol))
	})
	return index
}

// wordList returns the words that names are made of, the frequent ones first,
// since a small number takes one byte.
func wordList(rows []row) []string {
	count := map[string]int{}
	for _, r := range rows {
		if r.symbol != "" {
			for w := range strings.SplitSeq(r.symbol, "_") {
				count[w]++
			}
		}
	}
	words := make([]string, 0, len(count))
	for w := range count {
		words = append(words, w)
	}
	slices.SortFunc(words, func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b))
	})
	return words
}

func sourceList(rows []row) []string {
	var list []string
	for _, r := range rows {
		list = append(list, r.source)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
