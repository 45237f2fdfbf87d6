package cabinet

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrNot says that something is no cabinet.
var ErrNot = errors.New("no cabinet")

const (
	maxBlock = 32 << 10 // bytes of a block, unpacked
	// maxPacked is the same packed: what cannot be made smaller grows by a few bytes.
	maxPacked = maxBlock + 6<<10
)

// Flags of a cabinet, and ways of packing.
const (
	hasPrevious, hasNext, hasReserve = 1, 2, 4
	notPacked, msZip                 = 0, 1
)

// First returns a reader of the first file of a cabinet. It reads from r as it is
// read; its errors are those of r, and of a cabinet that is damaged, which it tells
// after what could be unpacked before.
func First(r io.Reader) (io.Reader, error) {
	in := &source{r: bufio.NewReader(r)}
	head := in.next(36)
	if in.err != nil || string(head[:4]) != "MSCF" {
		return nil, ErrNot
	}
	files, flags := binary.LittleEndian.Uint32(head[16:]), binary.LittleEndian.Uint16(head[30:])
	if binary.LittleEndian.Uint16(head[26:]) == 0 || binary.LittleEndian.Uint16(head[28:]) == 0 {
		return nil, fmt.Errorf("%w: it has no file", ErrNot)
	}
	if flags&(hasPrevious|hasNext) != 0 {
		return nil, errors.New("one part of a cabinet of several")
	}
	var inFolder, inBlock int
	if flags&hasReserve != 0 {
		sizes := in.next(4)
		if in.err != nil {
			return nil, in.broken()
		}
		inFolder, inBlock = int(sizes[2]), int(sizes[3])
		in.skip(int64(binary.LittleEndian.Uint16(sizes)))
	}
	folder := in.next(8 + inFolder)
	if in.err != nil {
		return nil, in.broken()
	}
	begin, count, packed := binary.LittleEndian.Uint32(folder), binary.LittleEndian.Uint16(folder[4:]), binary.LittleEndian.Uint16(folder[6:])&0xf
	if packed != notPacked && packed != msZip {
		return nil, fmt.Errorf("packed in a way that is not read (%d)", packed)
	}
	in.skip(int64(files) - in.at)
	file := in.next(16)
	if in.err != nil {
		return nil, in.broken()
	}
	size, offset, which := binary.LittleEndian.Uint32(file), binary.LittleEndian.Uint32(file[4:]), binary.LittleEndian.Uint16(file[8:])
	if offset != 0 || which != 0 {
		return nil, fmt.Errorf("%w: its first file does not come first", ErrNot)
	}
	in.skip(int64(begin) - in.at)
	if in.err != nil {
		return nil, in.broken()
	}
	return io.LimitReader(&folderReader{in: in, left: int(count), reserved: inBlock, zip: packed == msZip}, int64(size)), nil
}

// source reads a cabinet from its beginning to its end. After an error it gives
// zeros.
type source struct {
	r   *bufio.Reader
	at  int64
	err error
}

func (s *source) next(n int) []byte {
	b := make([]byte, n)
	if s.err == nil {
		var read int
		read, s.err = io.ReadFull(s.r, b)
		s.at += int64(read)
	}
	return b
}

func (s *source) skip(n int64) {
	if s.err != nil {
		return
	}
	if n < 0 {
		s.err = errors.New("its parts overlap")
		return
	}
	var skipped int64
	skipped, s.err = io.CopyN(io.Discard, s.r, n)
	s.at += skipped
}

// broken is the error of a cabinet that ends early or is damaged.
func (s *source) broken() error { return fmt.Errorf("a damaged cabinet: %w", s.err) }

// folderReader unpacks the blocks of a folder.
type folderReader struct {
	in             *source
	left, reserved int // blocks, and bytes in the head of each
	zip            bool
	inflate        io.ReadCloser
	block          []byte // the last one, unpacked
	unread         []byte // of it
	end            error  // after the last block; nil until then
}

// Read unpacks block by block.
func (f *folderReader) Read(p []byte) (int, error) {
	for len(f.unread) == 0 {
		switch {
		case f.end != nil:
			return 0, f.end
		case f.left == 0:
			f.end = io.EOF
		default:
			f.end = f.next()
			f.left--
		}
	}
	n := copy(p, f.unread)
	f.unread = f.unread[n:]
	return n, nil
}

func (f *folderReader) next() error {
	head := f.in.next(8 + f.reserved)
	if f.in.err != nil {
		return f.in.broken()
	}
	packed, size := int(binary.LittleEndian.Uint16(head[4:])), int(binary.LittleEndian.Uint16(head[6:]))
	if packed > maxPacked || size > maxBlock {
		return fmt.Errorf("a damaged cabinet: a block of %d bytes, %d unpacked", packed, size)
	}
	data := f.in.next(packed)
	if f.in.err != nil {
		return f.in.broken()
	}
	if f.zip {
		return f.unzip(data, size)
	}
	if packed != size {
		return fmt.Errorf("a damaged cabinet: a block of %d bytes is said to have %d", packed, size)
	}
	f.block, f.unread = data, data
	return nil
}

// unzip unpacks a block, which may refer to the one before.
func (f *folderReader) unzip(data []byte, size int) error {
	if len(data) < 2 || string(data[:2]) != "CK" {
		return errors.New("a damaged cabinet: a block that is no MSZIP")
	}
	from := bytes.NewReader(data[2:])
	if f.inflate == nil {
		f.inflate = flate.NewReaderDict(from, f.block)
	} else if err := f.inflate.(flate.Resetter).Reset(from, f.block); err != nil {
		return err
	}
	block := make([]byte, size)
	n, err := io.ReadFull(f.inflate, block)
	f.block, f.unread = block[:n], block[:n]
	if err != nil {
		return fmt.Errorf("a damaged cabinet: a block cannot be unpacked: %w", err)
	}
	return nil
}
