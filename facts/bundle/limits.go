package bundle

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// Limits bound what an archive may cost.
type Limits struct {
	// Entries bounds the files and folders, those without an entry included.
	Entries int
	// File bounds the bytes of one file, unpacked.
	File int64
	// Total bounds the bytes unpacked by all reads of the archive together; what
	// is read twice counts twice.
	Total int64
	// Ratio bounds how many bytes one packed byte unpacks to, in a file and in
	// all. The first 16 MiB are free: a log may hold a block of NULs.
	Ratio int64
}

// DefaultLimits are generous for logs: those of one machine are some hundred
// files, seldom more than 100 MiB each, and pack to a tenth or a twentieth.
func DefaultLimits() Limits {
	return Limits{Entries: 10_000, File: 512 << 20, Total: 1 << 30, Ratio: 200}
}

const (
	// freeOfRatio is how many bytes are unpacked before the ratio counts.
	freeOfRatio = 16 << 20
	// entryRoom is how many bytes of the archive's directory an entry may take,
	// on average.
	entryRoom = 512
	// endRoom is where the end of the directory may lie before the end of the
	// archive, and more.
	endRoom = 1 << 18
)

// ErrBroken is the error of something that is no whole zip archive.
var ErrBroken = errors.New("no whole zip archive")

// LimitError is the error of an archive, or of reading a file of it, that would
// cost too much.
type LimitError struct {
	// Detail is which limit was passed, by the file or by the archive.
	Detail string
	// Fix is what to do.
	Fix string
}

func (e *LimitError) Error() string { return e.Detail + ": " + e.Fix }

func tooManyEntries(lim Limits) error {
	return &LimitError{fmt.Sprintf("the archive has more than %d files and folders", lim.Entries), "pack the logs alone"}
}

// meter counts what is unpacked from something packed. It is safe for
// concurrent use.
type meter struct {
	what     string // the file, the archive
	most     int64  // bytes
	byRatio  int64  // bytes
	ratio    int64
	unpacked atomic.Int64
}

func (l Limits) meter(what string, most, packed int64) *meter {
	return &meter{what: what, most: most, byRatio: l.byRatio(packed), ratio: l.Ratio}
}

// byRatio is the most that packed bytes may unpack to.
func (l Limits) byRatio(packed int64) int64 { return freeOfRatio + packed*l.Ratio }

// add counts bytes and returns a [LimitError] when they pass a limit.
func (m *meter) add(n int) error {
	sum := m.unpacked.Add(int64(n))
	switch {
	case sum > m.most:
		return &LimitError{m.what + " unpacks to more than " + bytesText(m.most), "send the newest logs alone, in several requests or cut at their beginning"}
	case sum > m.byRatio:
		return &LimitError{fmt.Sprintf("%s unpacks to more than %d times its size", m.what, m.ratio), "send what is in it without packing it, if it is a log"}
	}
	return nil
}

func bytesText(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}

// frugal bounds what is read of the archive while its directory is taken in:
// the entries that it declares are no bound to those that it has.
type frugal struct {
	io.ReaderAt
	lim  Limits
	left int64 // bytes; counted while opening
	open bool  // the directory was read
}

func (f *frugal) ReadAt(p []byte, at int64) (int, error) {
	if !f.open {
		if f.left -= int64(len(p)); f.left < 0 {
			return 0, tooManyEntries(f.lim)
		}
	}
	return f.ReaderAt.ReadAt(p, at)
}
