package hive

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf16"
)

// ErrDamaged is the error of a part that is there and cannot be read.
var ErrDamaged = errors.New("damaged")

const (
	baseSize = 4096       // of the base block; offsets of cells count from its end
	noCell   = 0xffffffff // the offset of nothing
	asciiKey = 0x20       // flag of a key whose name has one byte a letter
	asciiVal = 0x01       // the same of a value
	// maxKeys bounds the keys below one key that are looked at. Windows itself has some ten thousand packages there.
	maxKeys = 200_000
	// maxVisits bounds the keys that are looked at in all. Those of a damaged hive may share a list, and each of them would be searched in full.
	maxVisits = 5_000_000
	// maxName bounds a key's name in bytes; Windows allows 255 letters.
	maxName = 512
)

// Hive is one hive. It is safe for concurrent use.
type Hive struct {
	cells  []byte
	root   uint32
	visits atomic.Int64
	// Written is when Windows last wrote the hive, in UTC; zero when it does not say.
	Written time.Time
	// Unfinished says that a write was begun and not ended: the transaction logs hold the rest.
	Unfinished bool
}

// Parse reads a hive, which keeps the bytes.
func Parse(data []byte) (*Hive, error) {
	if len(data) < baseSize || string(data[:4]) != "regf" {
		return nil, errors.New("no registry hive")
	}
	word := func(at int) uint32 { return binary.LittleEndian.Uint32(data[at:]) }
	h := &Hive{
		cells:      data[baseSize:],
		root:       word(36),
		Written:    fileTime(binary.LittleEndian.Uint64(data[12:])),
		Unfinished: word(4) != word(8),
	}
	if _, err := h.key(h.root); err != nil {
		return nil, fmt.Errorf("registry hive without a root: %w", err)
	}
	return h, nil
}

// Key is a key of a hive.
type Key struct {
	hive *Hive
	node []byte // the cell
	// Name is the key's own name, without those above it.
	Name string
}

// Key returns the key at a path below the root, as in `Microsoft\Windows NT`;
// "" is the root. Names compare without case.
func (h *Hive) Key(path string) (Key, error) {
	root, err := h.key(h.root)
	if err != nil {
		return Key{}, err
	}
	return root.Key(path)
}

// Key returns the key at a path below k.
func (k Key) Key(path string) (Key, error) {
	for name := range strings.SplitSeq(path, `\`) {
		if name == "" {
			continue
		}
		next, err := k.child(name)
		if err != nil {
			return Key{}, fmt.Errorf("%s: %w", path, err)
		}
		k = next
	}
	return k, nil
}

func (k Key) child(name string) (Key, error) {
	var damage error
	for key, err := range k.Keys() {
		switch {
		case err != nil:
			damage = err
		case strings.EqualFold(key.Name, name):
			return key, nil
		}
	}
	if damage != nil {
		return Key{}, damage
	}
	return Key{}, fs.ErrNotExist
}

// Keys yields the keys below k, in the hive's order (by name), and an error for
// each part of the list that cannot be read.
func (k Key) Keys() iter.Seq2[Key, error] {
	return func(yield func(Key, error) bool) {
		if k.word(20) == 0 {
			return
		}
		left := maxKeys
		k.hive.list(k.word(28), true, func(at uint32, err error) bool {
			if left--; left < 0 {
				yield(Key{}, fmt.Errorf("%w: more than %d keys", ErrDamaged, maxKeys))
				return false
			}
			if err != nil {
				return yield(Key{}, err)
			}
			if k.hive.visits.Add(1) > maxVisits {
				yield(Key{}, fmt.Errorf("%w: its keys lead to each other", ErrDamaged))
				return false
			}
			return yield(k.hive.key(at))
		})
	}
}

// list yields the offsets of a list of keys; a list of lists is one level deep.
// It reports whether to go on.
func (h *Hive) list(at uint32, nested bool, yield func(uint32, error) bool) bool {
	cell, err := h.cell(at, 4)
	if err != nil {
		return yield(0, err)
	}
	count, step := int(binary.LittleEndian.Uint16(cell[2:])), 4
	lists := false
	switch kind := string(cell[:2]); {
	case kind == "lf" || kind == "lh":
		step = 8
	case kind == "li":
	case kind == "ri" && nested:
		lists = true
	default:
		return yield(0, fmt.Errorf("%w: %q is no list of keys", ErrDamaged, kind))
	}
	for i := range count {
		if len(cell) < 4+(i+1)*step {
			return yield(0, fmt.Errorf("%w: a list of %d keys ends after %d", ErrDamaged, count, i))
		}
		offset := binary.LittleEndian.Uint32(cell[4+i*step:])
		goOn := false
		if lists {
			goOn = h.list(offset, false, yield)
		} else {
			goOn = yield(offset, nil)
		}
		if !goOn {
			return false
		}
	}
	return true
}

// Written is when the key or one of its values was last changed, in UTC.
func (k Key) Written() time.Time { return fileTime(binary.LittleEndian.Uint64(k.node[4:])) }

func (k Key) word(at int) uint32 { return binary.LittleEndian.Uint32(k.node[at:]) }

func (h *Hive) key(at uint32) (Key, error) {
	node, err := h.cell(at, 76)
	if err != nil {
		return Key{}, err
	}
	length := int(binary.LittleEndian.Uint16(node[72:]))
	if string(node[:2]) != "nk" || length > maxName || len(node) < 76+length {
		return Key{}, fmt.Errorf("%w: no key at %#x", ErrDamaged, at)
	}
	name := node[76 : 76+length]
	ascii := binary.LittleEndian.Uint16(node[2:])&asciiKey != 0
	return Key{hive: h, node: node, Name: decodeName(name, ascii)}, nil
}

// cell returns the bytes of an allocated cell, of which there must be at least
// so many.
func (h *Hive) cell(at uint32, least int) ([]byte, error) {
	if uint64(at)+4 > uint64(len(h.cells)) || at == noCell {
		return nil, fmt.Errorf("%w: %#x lies outside", ErrDamaged, at)
	}
	size := -int64(int32(binary.LittleEndian.Uint32(h.cells[at:])))
	if size < 4+int64(least) || int64(at)+size > int64(len(h.cells)) {
		return nil, fmt.Errorf("%w: the cell at %#x", ErrDamaged, at)
	}
	return h.cells[int64(at)+4 : int64(at)+size], nil
}

// decodeName reads a name, which Windows shortens to Latin-1 where it can.
func decodeName(b []byte, ascii bool) string {
	if !ascii {
		return decodeUTF16(b)
	}
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

func decodeUTF16(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}

// fileTime turns 100 ns since 1601 into a time; zero stays zero, and so does
// what lies outside of 1970 to 2200.
func fileTime(t uint64) time.Time {
	const epoch, end = 116444736000000000, 189025056000000000
	if t < epoch || t > end {
		return time.Time{}
	}
	return time.Unix(0, int64(t-epoch)*100).UTC()
}
