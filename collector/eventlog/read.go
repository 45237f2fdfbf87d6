package eventlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// Event is one event.
type Event struct {
	Provider string
	ID       int
	Channel  string
	Computer string // the machine's name, as it was then
	At       time.Time
	// Data has the named data of the event: EventData's Data elements by their
	// Name, UserData's elements by their own.
	Data map[string]string
	// Values has the data of EventData in their order, for events whose data
	// have no names.
	Values []string
}

// Count says what was read.
type Count struct {
	Events int
	// Damaged is the number of events and chunks that could not be read.
	Damaged int
}

const (
	headerSize = 4096
	chunkSize  = 64 << 10
	chunkHead  = 512 // where the first record of a chunk begins
	recordHead = 24
	recordMark = 0x00002a2a
)

// Read reads the events of a log to its end and gives each to the function, in
// the order of the file, which is a ring: not that of time. The error is that
// of the reader, or says that this is no event log.
func Read(r io.Reader, each func(*Event)) (Count, error) {
	var count Count
	head := make([]byte, headerSize)
	if _, err := io.ReadFull(r, head); err != nil {
		return count, fmt.Errorf("no event log: %w", err)
	}
	if string(head[:8]) != "ElfFile\x00" {
		return count, errors.New("no event log")
	}
	chunk := make([]byte, chunkSize)
	for {
		switch _, err := io.ReadFull(r, chunk); {
		case err == io.EOF:
			return count, nil
		case err == io.ErrUnexpectedEOF:
			count.Damaged++
			return count, nil
		case err != nil:
			return count, err
		}
		readChunk(chunk, &count, each)
	}
}

// readChunk reads the records of a chunk. One that was never used is empty.
func readChunk(chunk []byte, count *Count, each func(*Event)) {
	if string(chunk[:8]) != "ElfChnk\x00" {
		if binary.LittleEndian.Uint64(chunk) != 0 {
			count.Damaged++
		}
		return
	}
	end := int(binary.LittleEndian.Uint32(chunk[48:])) // of what is used
	if end < chunkHead || end > chunkSize {
		end = chunkSize
	}
	work := maxWork
	for at := chunkHead; at+recordHead <= end; {
		size := int(binary.LittleEndian.Uint32(chunk[at+4:]))
		if binary.LittleEndian.Uint32(chunk[at:]) != recordMark || size < recordHead+4 || size > end-at {
			count.Damaged++
			return
		}
		event, err := readEvent(chunk, at+recordHead, at+size-4, &work)
		if err != nil {
			count.Damaged++
		} else {
			count.Events++
			if event.At.IsZero() {
				event.At = fileTime(binary.LittleEndian.Uint64(chunk[at+16:]))
			}
			each(event)
		}
		at += size
	}
}

// fileTime turns 100 ns since 1601 into a time; what lies outside of 1970 to
// 2200 is no time.
func fileTime(t uint64) time.Time {
	const epoch, end = 116444736000000000, 189025056000000000
	if t < epoch || t > end {
		return time.Time{}
	}
	return time.Unix(0, int64(t-epoch)*100).UTC()
}
