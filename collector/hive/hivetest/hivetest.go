// Package hivetest makes registry hives for tests from the text that regedit
// exports, so that a machine can be described by somebody who knows regedit:
//
//	[Microsoft\Windows NT\CurrentVersion]
//	"CurrentBuildNumber"="26100"
//	"UBR"=dword:00000fdd
//	"List"=multi_sz:one|two
//	"Raw"=hex:01,02
//
// A comment "; written 2026-11-21T18:00:00Z" gives the time of the last write,
// which is unknown without it. Paths begin below the hive's root. A backslash in a text is doubled, as
// regedit does. Lines with ; are comments. The word multi_sz and expand_sz are
// ours: regedit writes bytes there.
package hivetest

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

type key struct {
	name   string
	keys   map[string]*key
	values []value
}

type value struct {
	name string
	kind uint32
	data []byte
}

// Make returns a hive of the text.
func Make(reg string) ([]byte, error) {
	var stamp uint64
	root := &key{name: "ROOT", keys: map[string]*key{}}
	at := root
	lines := bufio.NewScanner(strings.NewReader(reg))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		switch {
		case strings.HasPrefix(line, "; written "):
			at, err := time.Parse("; written "+time.RFC3339, line)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			stamp = uint64(at.UnixNano()/100) + 116444736000000000
		case line == "" || line[0] == ';':
		case line[0] == '[':
			at = root.at(strings.Trim(line, "[]"))
		default:
			v, err := parseValue(line)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			at.values = append(at.values, v)
		}
	}
	return build(root, stamp), nil
}

func (k *key) at(path string) *key {
	for name := range strings.SplitSeq(path, `\`) {
		next := k.keys[strings.ToUpper(name)]
		if next == nil {
			next = &key{name: name, keys: map[string]*key{}}
			k.keys[strings.ToUpper(name)] = next
		}
		k = next
	}
	return k
}

func parseValue(line string) (value, error) {
	name, content, ok := strings.Cut(line, "=")
	if !ok {
		return value{}, fmt.Errorf("%q is no value: write it as \"name\"=content", line)
	}
	v := value{name: strings.Trim(strings.TrimPrefix(name, "@"), `"`)}
	kind, rest, _ := strings.Cut(content, ":")
	switch {
	case strings.HasPrefix(content, `"`):
		v.kind, v.data = 1, wide(strings.ReplaceAll(strings.Trim(content, `"`), `\\`, `\`)+"\x00")
	case kind == "expand_sz":
		v.kind, v.data = 2, wide(rest+"\x00")
	case kind == "multi_sz":
		v.kind, v.data = 7, wide(strings.ReplaceAll(rest, "|", "\x00")+"\x00\x00")
	case kind == "dword":
		n, err := strconv.ParseUint(rest, 16, 32)
		if err != nil {
			return value{}, err
		}
		v.kind, v.data = 4, binary.LittleEndian.AppendUint32(nil, uint32(n))
	case kind == "hex":
		data, err := hex.DecodeString(strings.ReplaceAll(rest, ",", ""))
		if err != nil {
			return value{}, err
		}
		v.kind, v.data = 3, data
	default:
		return value{}, fmt.Errorf("%q: the type is not known", line)
	}
	return v, nil
}

func wide(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

// writer appends cells; offsets count from the first bin.
type writer struct{ cells []byte }

func build(root *key, stamp uint64) []byte {
	w := &writer{cells: make([]byte, 32)} // the bin's own header
	top := w.key(root, stamp)
	w.cells = append(w.cells, make([]byte, (4096-len(w.cells)%4096)%4096)...)
	copy(w.cells, "hbin")
	binary.LittleEndian.PutUint32(w.cells[8:], uint32(len(w.cells)))
	base := make([]byte, 4096)
	copy(base, "regf")
	put := func(at int, v uint32) { binary.LittleEndian.PutUint32(base[at:], v) }
	put(4, 1)
	put(8, 1)
	binary.LittleEndian.PutUint64(base[12:], stamp)
	put(20, 1)
	put(24, 5)
	put(32, 1)
	put(36, top)
	put(40, uint32(len(w.cells)))
	put(44, 1)
	return append(base, w.cells...)
}

// cell appends an allocated cell and returns its offset.
func (w *writer) cell(data []byte) uint32 {
	at := len(w.cells)
	size := (len(data) + 4 + 7) &^ 7
	w.cells = binary.LittleEndian.AppendUint32(w.cells, uint32(-int32(size)))
	w.cells = append(w.cells, data...)
	w.cells = append(w.cells, make([]byte, size-4-len(data))...)
	return uint32(at)
}

func (w *writer) key(k *key, stamp uint64) uint32 {
	names := make([]string, 0, len(k.keys))
	for name := range k.keys {
		names = append(names, name)
	}
	sort.Strings(names)
	subkeys, values := uint32(0xffffffff), uint32(0xffffffff)
	if len(names) > 0 {
		list := append([]byte("lh"), byte(len(names)), byte(len(names)>>8))
		for _, name := range names {
			list = binary.LittleEndian.AppendUint32(list, w.key(k.keys[name], stamp))
			list = binary.LittleEndian.AppendUint32(list, 0)
		}
		subkeys = w.cell(list)
	}
	if len(k.values) > 0 {
		var list []byte
		for _, v := range k.values {
			list = binary.LittleEndian.AppendUint32(list, w.value(v))
		}
		values = w.cell(list)
	}
	name, flags := encodeName(k.name, 0x20)
	node := append([]byte("nk"), make([]byte, 74)...)
	binary.LittleEndian.PutUint16(node[2:], flags)
	binary.LittleEndian.PutUint64(node[4:], stamp)
	binary.LittleEndian.PutUint32(node[20:], uint32(len(names)))
	binary.LittleEndian.PutUint32(node[28:], subkeys)
	binary.LittleEndian.PutUint32(node[36:], uint32(len(k.values)))
	binary.LittleEndian.PutUint32(node[40:], values)
	binary.LittleEndian.PutUint16(node[72:], uint16(len(name)))
	return w.cell(append(node, name...))
}

func (w *writer) value(v value) uint32 {
	name, flags := encodeName(v.name, 0x01)
	node := append([]byte("vk"), make([]byte, 18)...)
	binary.LittleEndian.PutUint16(node[2:], uint16(len(name)))
	binary.LittleEndian.PutUint32(node[12:], v.kind)
	binary.LittleEndian.PutUint16(node[16:], flags)
	if len(v.data) <= 4 {
		binary.LittleEndian.PutUint32(node[4:], 0x80000000|uint32(len(v.data)))
		copy(node[8:12], v.data)
	} else {
		binary.LittleEndian.PutUint32(node[4:], uint32(len(v.data)))
		binary.LittleEndian.PutUint32(node[8:], w.data(v.data))
	}
	return w.cell(append(node, name...))
}

// data writes the content of a value, in blocks where it is long.
func (w *writer) data(data []byte) uint32 {
	const block = 16344
	if len(data) <= block {
		return w.cell(data)
	}
	var list []byte
	count := uint16(0)
	for ; len(data) > 0; count++ {
		n := min(block, len(data))
		list = binary.LittleEndian.AppendUint32(list, w.cell(append(data[:n:n], 0, 0, 0, 0)))
		data = data[n:]
	}
	head := binary.LittleEndian.AppendUint16([]byte("db"), count)
	return w.cell(binary.LittleEndian.AppendUint32(head, w.cell(list)))
}

// encodeName writes a name with one byte a letter where Latin-1 has them all.
func encodeName(name string, ascii uint16) ([]byte, uint16) {
	var out []byte
	for _, r := range name {
		if r > 0xff {
			return wide(name), 0
		}
		out = append(out, byte(r))
	}
	return out, ascii
}
