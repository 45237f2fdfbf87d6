package eventlog

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// Types of an argument that become text. Others, such as floating-point numbers
// and lists of numbers, are in no event that is asked for here.
const (
	kindString  = 0x01
	kindANSI    = 0x02
	kindInt8    = 0x03
	kindUint8   = 0x04
	kindInt16   = 0x05
	kindUint16  = 0x06
	kindInt32   = 0x07
	kindUint32  = 0x08
	kindInt64   = 0x09
	kindUint64  = 0x0a
	kindBool    = 0x0d
	kindGUID    = 0x0f
	kindTime    = 0x11
	kindHex32   = 0x14
	kindHex64   = 0x15
	kindXML     = 0x21
	kindStrings = 0x81
)

// value is an argument of a template, and where it stands in the chunk.
type value struct {
	kind     byte
	at, size int
}

// text returns the value as the XML view of an event shows it, "" for a type
// that is not known.
func (v value) text(chunk []byte) string {
	b := chunk[v.at : v.at+v.size]
	switch v.kind {
	case kindString:
		return decodeUTF16(b)
	case kindANSI:
		return strings.TrimRight(strings.ToValidUTF8(string(b), "\ufffd"), "\x00")
	case kindStrings:
		return strings.Join(strings.Split(decodeUTF16(b), "\x00"), "\n")
	case kindGUID:
		return guid(b)
	case kindTime:
		if len(b) == 8 {
			return fileTime(binary.LittleEndian.Uint64(b)).Format(time.RFC3339Nano)
		}
		return ""
	}
	n, ok := little(b)
	switch {
	case !ok:
		return ""
	case v.kind == kindHex32 || v.kind == kindHex64:
		return "0x" + strconv.FormatUint(n, 16)
	case v.kind == kindBool:
		return strconv.FormatBool(n != 0)
	case v.kind == kindUint8 || v.kind == kindUint16 || v.kind == kindUint32 || v.kind == kindUint64:
		return strconv.FormatUint(n, 10)
	case v.kind == kindInt8 || v.kind == kindInt16 || v.kind == kindInt32 || v.kind == kindInt64:
		shift := 64 - 8*len(b)
		return strconv.FormatInt(int64(n<<shift)>>shift, 10)
	}
	return ""
}

// little reads an unsigned number of 1, 2, 4 or 8 bytes.
func little(b []byte) (uint64, bool) {
	switch len(b) {
	case 1:
		return uint64(b[0]), true
	case 2:
		return uint64(binary.LittleEndian.Uint16(b)), true
	case 4:
		return uint64(binary.LittleEndian.Uint32(b)), true
	case 8:
		return binary.LittleEndian.Uint64(b), true
	}
	return 0, false
}

func guid(b []byte) string {
	if len(b) != 16 {
		return ""
	}
	le := binary.LittleEndian
	return fmt.Sprintf("{%08x-%04x-%04x-%x-%x}", le.Uint32(b), le.Uint16(b[4:]), le.Uint16(b[6:]), b[8:10], b[10:])
}

// decodeUTF16 reads a text, without the NULs at its end.
func decodeUTF16(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return strings.TrimRight(string(utf16.Decode(units)), "\x00")
}
