package hive

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"strings"
)

// Types of a value.
const (
	text      = 1 // REG_SZ
	expand    = 2 // REG_EXPAND_SZ
	number    = 4 // REG_DWORD
	texts     = 7 // REG_MULTI_SZ
	quad      = 11
	maxData   = 1 << 20 // bytes of one value: none that is asked for here is longer
	blockSize = 16344   // of a value that is longer than this
)

// Value is the content of a value.
type Value struct {
	kind uint32
	// Data is the content as it stands in the hive.
	Data []byte
}

// NewValue returns a value that does not stand in a hive's file, with the number
// of its type in Windows (REG_SZ is 1).
func NewValue(kind uint32, data []byte) Value { return Value{kind, data} }

// Value returns a value of the key; "" is its default value. Names compare
// without case.
func (k Key) Value(name string) (Value, error) {
	count := int64(k.word(36))
	if count == 0 {
		return Value{}, fs.ErrNotExist
	}
	list, err := k.hive.cell(k.word(40), 4)
	if err != nil {
		return Value{}, err
	}
	var damage error
	if int64(len(list)) < 4*count {
		damage = fmt.Errorf("%w: a list of %d values ends early", ErrDamaged, count)
		count = int64(len(list)) / 4
	}
	for i := range count {
		cell, found, err := k.hive.valueName(binary.LittleEndian.Uint32(list[4*i:]))
		if err != nil {
			damage = err
		} else if strings.EqualFold(found, name) {
			return k.hive.value(cell)
		}
	}
	if damage != nil {
		return Value{}, damage
	}
	return Value{}, fs.ErrNotExist
}

func (h *Hive) valueName(at uint32) (cell []byte, name string, err error) {
	cell, err = h.cell(at, 20)
	if err != nil {
		return nil, "", err
	}
	length := int(binary.LittleEndian.Uint16(cell[2:]))
	if string(cell[:2]) != "vk" || len(cell) < 20+length {
		return nil, "", fmt.Errorf("%w: no value at %#x", ErrDamaged, at)
	}
	ascii := binary.LittleEndian.Uint16(cell[16:])&asciiVal != 0
	return cell, decodeName(cell[20:20+length], ascii), nil
}

func (h *Hive) value(cell []byte) (Value, error) {
	v := Value{kind: binary.LittleEndian.Uint32(cell[12:])}
	size, at := binary.LittleEndian.Uint32(cell[4:]), binary.LittleEndian.Uint32(cell[8:])
	if size&0x80000000 != 0 { // it stands in the place of its offset
		v.Data = cell[8 : 8+min(size&^0x80000000, 4)]
		return v, nil
	}
	if size == 0 {
		return v, nil
	}
	if size > maxData {
		return Value{}, fmt.Errorf("%w: a value of %d bytes", ErrDamaged, size)
	}
	data, err := h.cell(at, 2)
	if err != nil {
		return Value{}, err
	}
	if size > blockSize && string(data[:2]) == "db" {
		v.Data, err = h.blocks(data, int(size))
		return v, err
	}
	if len(data) < int(size) {
		return Value{}, fmt.Errorf("%w: a value of %d bytes ends early", ErrDamaged, size)
	}
	v.Data = data[:size]
	return v, nil
}

// blocks joins a long value.
func (h *Hive) blocks(head []byte, size int) ([]byte, error) {
	if len(head) < 8 {
		return nil, fmt.Errorf("%w: a long value", ErrDamaged)
	}
	count := int(binary.LittleEndian.Uint16(head[2:]))
	list, err := h.cell(binary.LittleEndian.Uint32(head[4:]), 4*count)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, size)
	for i := range count {
		block, err := h.cell(binary.LittleEndian.Uint32(list[4*i:]), 1)
		if err != nil {
			return nil, err
		}
		out = append(out, block[:min(len(block), blockSize, size-len(out))]...)
	}
	if len(out) < size {
		return nil, fmt.Errorf("%w: a value of %d bytes ends early", ErrDamaged, size)
	}
	return out, nil
}

// Text returns a text, without the NULs at its end.
func (v Value) Text() (string, bool) {
	if v.kind != text && v.kind != expand {
		return "", false
	}
	s, _, _ := strings.Cut(decodeUTF16(v.Data), "\x00")
	return s, true
}

// Texts returns a list of texts, without empty ones.
func (v Value) Texts() ([]string, bool) {
	if v.kind != texts {
		return nil, false
	}
	var out []string
	for s := range strings.SplitSeq(decodeUTF16(v.Data), "\x00") {
		if s != "" {
			out = append(out, s)
		}
	}
	return out, true
}

// Number returns a number of 32 or 64 bits.
func (v Value) Number() (uint64, bool) {
	switch {
	case v.kind == number && len(v.Data) >= 4:
		return uint64(binary.LittleEndian.Uint32(v.Data)), true
	case v.kind == quad && len(v.Data) >= 8:
		return binary.LittleEndian.Uint64(v.Data), true
	}
	return 0, false
}
