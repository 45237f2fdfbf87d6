package collector

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"io"
	"io/fs"
	"unicode/utf16"
)

// maxXML bounds a file of XML in bytes; those that are read have up to some 100 kB.
const maxXML = 4 << 20

// openXML reads a file of XML in UTF-8, or in UTF-16 with its mark, as Windows
// writes the tasks.
func openXML(src fs.FS, name string) (*xml.Decoder, error) {
	f, err := src.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxXML+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > maxXML:
		return nil, fmt.Errorf("larger than %d MiB, not read", maxXML>>20)
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		data = fromUTF16(data[2:])
	}
	d := xml.NewDecoder(bytes.NewReader(bytes.ToValidUTF8(data, []byte("?"))))
	// What the declaration says of the encoding is no longer true, or never was.
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	return d, nil
}

func fromUTF16(data []byte) []byte {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(data[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}
