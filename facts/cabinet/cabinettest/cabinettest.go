// Package cabinettest makes cabinets for tests.
package cabinettest

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
)

// Make returns a cabinet of one file, packed with MSZIP or not at all. reserved is how
// many bytes its parts leave for others, as those of a signed one do.
func Make(text []byte, zip bool, reserved int) []byte {
	var blocks bytes.Buffer
	count := 0
	for rest, before := text, []byte(nil); len(rest) > 0; count++ {
		block := rest[:min(len(rest), 32<<10)]
		rest = rest[len(block):]
		data := block
		if zip {
			var packed bytes.Buffer
			packed.WriteString("CK")
			w, err := flate.NewWriterDict(&packed, flate.BestCompression, before)
			if err != nil {
				panic(err) // the level is a constant
			}
			w.Write(block) // a buffer takes everything
			w.Close()
			data, before = packed.Bytes(), block
		}
		numbers(&blocks, uint32(0), uint16(len(data)), uint16(len(block)), make([]byte, reserved), data)
	}
	flags, kind, extra := uint16(0), uint16(0), []byte{}
	if zip {
		kind = 1
	}
	if reserved > 0 {
		flags, extra = 4, make([]byte, 4+reserved)
		extra[0], extra[2], extra[3] = byte(reserved), byte(reserved), byte(reserved)
	}
	var file bytes.Buffer
	numbers(&file, uint32(len(text)), uint32(0), uint16(0), uint16(0), uint16(0), uint16(0x20), []byte("CBS.log\x00"))
	files := uint32(36 + len(extra) + 8 + reserved)
	begin := files + uint32(file.Len())
	var out bytes.Buffer
	numbers(&out, []byte("MSCF"), uint32(0), begin+uint32(blocks.Len()), uint32(0), files, uint32(0), uint16(0x0103), uint16(1), uint16(1), flags, uint16(7), uint16(0), extra)
	numbers(&out, begin, uint16(count), kind, make([]byte, reserved), file.Bytes(), blocks.Bytes())
	return out.Bytes()
}

func numbers(b *bytes.Buffer, values ...any) {
	for _, v := range values {
		binary.Write(b, binary.LittleEndian, v)
	}
}
