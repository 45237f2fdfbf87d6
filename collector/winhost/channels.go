package winhost

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"
	"unicode/utf16"
)

// list is an EVT_VARIANT of winevt.h that holds a list, as EvtGetQueryInfo writes
// it: the address of the list, its length and its type, and behind them what is
// pointed to, all in one buffer that begins at the address base.
type list struct {
	base   uint64
	buffer []byte
}

// Types of a list.
const (
	listOfTexts   = 0x80 | 1 // EvtVarTypeString
	listOfNumbers = 0x80 | 8 // EvtVarTypeUInt32
)

// addChannels adds the channels that could not be queried, by the codes of Windows
// for each. That one is not there is no fault: not every Windows has each.
func (u *unread) addChannels(channels []string, codes []uint32) {
	const notFound = 15007 // ERROR_EVT_CHANNEL_NOT_FOUND (winerror.h)
	for i, code := range codes[:min(len(codes), len(channels))] {
		if code != 0 && code != notFound {
			u.add(fmt.Errorf("%s: %w", channels[i], syscall.Errno(code)))
		}
	}
}

var errNoList = errors.New("EvtGetQueryInfo: no list")

// at returns what stands from an address to the buffer's end.
func (l list) at(address uint64) ([]byte, error) {
	if address < l.base || address-l.base > uint64(len(l.buffer)) {
		return nil, errNoList
	}
	return l.buffer[address-l.base:], nil
}

// parts returns the parts of the list, of that many bytes each.
func (l list) parts(kind uint32, size int) ([]byte, error) {
	if len(l.buffer) < 16 || binary.LittleEndian.Uint32(l.buffer[12:]) != kind {
		return nil, errNoList
	}
	parts, err := l.at(binary.LittleEndian.Uint64(l.buffer))
	if err != nil {
		return nil, err
	}
	count := binary.LittleEndian.Uint32(l.buffer[8:])
	if uint64(count)*uint64(size) > uint64(len(parts)) {
		return nil, errNoList
	}
	return parts[:int(count)*size], nil
}

func (l list) numbers() ([]uint32, error) {
	parts, err := l.parts(listOfNumbers, 4)
	if err != nil {
		return nil, err
	}
	out := make([]uint32, len(parts)/4)
	for i := range out {
		out[i] = binary.LittleEndian.Uint32(parts[4*i:])
	}
	return out, nil
}

func (l list) texts() ([]string, error) {
	parts, err := l.parts(listOfTexts, 8)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(parts)/8)
	for i := range out {
		text, err := l.at(binary.LittleEndian.Uint64(parts[8*i:]))
		if err != nil {
			return nil, err
		}
		out[i] = untilNUL(text)
	}
	return out, nil
}

// untilNUL reads a text in UTF-16 that ends with a NUL.
func untilNUL(b []byte) string {
	var units []uint16
	for ; len(b) >= 2; b = b[2:] {
		unit := binary.LittleEndian.Uint16(b)
		if unit == 0 {
			break
		}
		units = append(units, unit)
	}
	return string(utf16.Decode(units))
}
