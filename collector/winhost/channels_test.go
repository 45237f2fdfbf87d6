package winhost

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"
)

const base = 0x1_0000_0000

// textList makes a list as EvtGetQueryInfo does.
func textList(texts ...string) list {
	l := list{base: base, buffer: header(listOfTexts, len(texts))}
	at := uint64(base + 16 + 8*len(texts))
	var tail []byte
	for _, text := range texts {
		l.buffer = binary.LittleEndian.AppendUint64(l.buffer, at+uint64(len(tail)))
		tail = append(tail, wide(text+"\x00")...)
	}
	l.buffer = append(l.buffer, tail...)
	return l
}

func numberList(numbers ...uint32) list {
	l := list{base: base, buffer: header(listOfNumbers, len(numbers))}
	for _, n := range numbers {
		l.buffer = binary.LittleEndian.AppendUint32(l.buffer, n)
	}
	return l
}

func header(kind uint32, count int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, base+16)
	b = binary.LittleEndian.AppendUint32(b, uint32(count))
	return binary.LittleEndian.AppendUint32(b, kind)
}

func TestLists(t *testing.T) {
	channels := []string{"System", "", "Microsoft-Windows-WindowsUpdateClient/Operational"}
	if got, err := textList(channels...).texts(); !slices.Equal(got, channels) || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := numberList(0, 5, 15007).numbers(); !slices.Equal(got, []uint32{0, 5, 15007}) || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := numberList().numbers(); len(got) != 0 || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := textList("x").numbers(); err == nil {
		t.Errorf("texts are read as %v", got)
	}
	if got, err := numberList(1).texts(); err == nil {
		t.Errorf("numbers are read as %q", got)
	}
}

// TestAddChannels: a channel that this Windows does not have is no fault.
func TestAddChannels(t *testing.T) {
	var faults unread
	faults.addChannels([]string{"System", "Setup", "Absent", "Denied", "More"}, []uint32{0, 0, 15007, 5})
	if faults.count != 1 || !strings.HasPrefix(faults.first.Error(), "Denied: ") || !errors.Is(faults.err(), syscall.Errno(5)) {
		t.Errorf("%d faults, %v", faults.count, faults.err())
	}
}

// FuzzLists wants no byte outside of the buffer to be read, wherever the addresses
// in it point to.
func FuzzLists(f *testing.F) {
	for _, l := range []list{textList("System", "Setup"), numberList(0, 5), {}} {
		f.Add(l.buffer)
	}
	f.Fuzz(func(t *testing.T, buffer []byte) {
		l := list{base: base, buffer: buffer}
		numbers, noNumbers := l.numbers()
		texts, noTexts := l.texts()
		if noNumbers == nil && noTexts == nil {
			t.Errorf("both %v and %q", numbers, texts)
		}
		if len(numbers) > len(buffer)/4 || len(texts) > len(buffer)/8 {
			t.Errorf("%d numbers and %d texts in %d bytes", len(numbers), len(texts), len(buffer))
		}
	})
}
