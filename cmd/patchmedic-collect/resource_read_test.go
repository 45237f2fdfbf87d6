package main

import (
	"debug/pe"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf16"
)

// resource names one by numbers of
// https://learn.microsoft.com/windows/win32/menurc/resource-types and of the
// language.
type resource struct{ kind, id, language uint32 }

const (
	versionInfo = 16
	manifest    = 24
	enUS        = 0x0409
	frFR        = 0x040c
)

// parseResources reads the section .rsrc of a program, or of an object file to
// be linked into one: tables of kinds, of ids and of languages, then the data
// (https://learn.microsoft.com/windows/win32/debug/pe-format#the-rsrc-section).
func parseResources(file *pe.File) (map[resource][]byte, error) {
	section := file.Section(".rsrc")
	if section == nil {
		return nil, errors.New("no section .rsrc")
	}
	data, err := section.Data()
	if err != nil {
		return nil, err
	}
	out := map[resource][]byte{}
	for kind, at := range entries(data, 0) {
		for id, at := range entries(data, at) {
			for language, at := range entries(data, at) {
				address, size := binary.LittleEndian.Uint32(data[at:]), binary.LittleEndian.Uint32(data[at+4:])
				// An address of an object file counts from its section, which has none yet.
				out[resource{kind, id, language}] = data[address-section.VirtualAddress:][:size]
			}
		}
	}
	return out, nil
}

// entries returns where each entry of a table leads. Names, which ours do not
// have, come as numbers that are no id.
func entries(data []byte, table uint32) map[uint32]uint32 {
	const head, folder = 16, 1 << 31
	out := map[uint32]uint32{}
	count := binary.LittleEndian.Uint16(data[table+12:]) + binary.LittleEndian.Uint16(data[table+14:])
	for i := range uint32(count) {
		entry := data[table+head+8*i:]
		out[binary.LittleEndian.Uint32(entry)] = binary.LittleEndian.Uint32(entry[4:]) &^ folder
	}
	return out
}

// fixedVersion is VS_FIXEDFILEINFO.
type fixedVersion struct {
	Signature, Structure           uint32
	File, Product                  [2]uint32
	Mask, Flags, OS, Type, Subtype uint32
	Date                           [2]uint32
}

// parseVersion reads VS_VERSIONINFO: the numbers, and the texts of one language
// (https://learn.microsoft.com/windows/win32/menurc/vs-versioninfo).
func parseVersion(data []byte) (fixedVersion, map[string]string, error) {
	var fixed fixedVersion
	root, err := parseBlocks(data)
	if err != nil {
		return fixed, nil, err
	}
	if len(root) != 1 || root[0].key != "VS_VERSION_INFO" {
		return fixed, nil, fmt.Errorf("%d blocks instead of VS_VERSION_INFO", len(root))
	}
	if _, err := binary.Decode(root[0].value, binary.LittleEndian, &fixed); err != nil {
		return fixed, nil, err
	}
	if fixed.Signature != 0xfeef04bd {
		return fixed, nil, fmt.Errorf("the numbers begin with %#x", fixed.Signature)
	}
	texts := map[string]string{}
	for _, info := range root[0].inner {
		if info.key != "StringFileInfo" {
			continue
		}
		if len(info.inner) != 1 {
			return fixed, nil, fmt.Errorf("%d languages in one resource: the Explorer reads the first alone", len(info.inner))
		}
		for _, text := range info.inner[0].inner {
			texts[text.key], _ = zeroEnded(text.value)
		}
	}
	return fixed, texts, nil
}

// block is what VS_VERSIONINFO and everything in it is made of: a head, a key, a
// value and further blocks, each at a multiple of four.
type block struct {
	key   string
	value []byte
	inner []block
}

func parseBlocks(data []byte) ([]block, error) {
	var out []block
	for len(data) > 0 {
		var head struct{ Length, Value, Text uint16 } // a text's length is in characters
		const size = 6
		if _, err := binary.Decode(data, binary.LittleEndian, &head); err != nil {
			return nil, err
		}
		if head.Length < size || int(head.Length) > len(data) {
			return nil, fmt.Errorf("a block of %d bytes where %d are left", head.Length, len(data))
		}
		whole := data[:head.Length]
		key, taken := zeroEnded(whole[size:])
		begin := aligned(size+taken, whole)
		end := min(begin+int(head.Value)*int(1+head.Text), len(whole))
		inner, err := parseBlocks(whole[aligned(end, whole):])
		if err != nil {
			return nil, fmt.Errorf("in %s: %w", key, err)
		}
		out = append(out, block{key, whole[begin:end], inner})
		data = data[aligned(len(whole), data):]
	}
	return out, nil
}

func aligned(offset int, data []byte) int { return min((offset+3)&^3, len(data)) }

// zeroEnded reads UTF-16, and says how many bytes it takes with its zero.
func zeroEnded(data []byte) (string, int) {
	var units []uint16
	for i := 0; i+1 < len(data); i += 2 {
		unit := binary.LittleEndian.Uint16(data[i:])
		if unit == 0 {
			return string(utf16.Decode(units)), i + 2
		}
		units = append(units, unit)
	}
	return string(utf16.Decode(units)), len(data)
}
