package bundle

import (
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"path"
	"strings"
)

// Part is a file that was sent beside others: a log, a log packed with gzip, or
// a zip.
type Part struct {
	// Name is what the sender calls it, with or without a path.
	Name    string
	Content io.ReaderAt
	Size    int64
}

// OpenParts makes one archive of parts. A zip becomes a folder of its name; a
// log packed with gzip loses its ".gz". A part whose name is taken moves into a
// folder that is named by its number among the parts, so that none is lost. The
// error is that of the first zip that [Open] would refuse, or of a part that
// cannot be read.
func OpenParts(parts []Part, lim Limits) (*Archive, error) {
	if len(parts) > lim.Entries {
		return nil, tooManyEntries(lim)
	}
	var size int64
	for _, p := range parts {
		size += p.Size
	}
	a := newArchive(size, lim)
	for i, p := range parts {
		if err := a.addPart(i+1, p); err != nil {
			return nil, fmt.Errorf("%s: %w", shown(p.Name), err)
		}
	}
	return a.done()
}

func (a *Archive) addPart(number int, p Part) error {
	content := io.NewSectionReader(p.Content, 0, p.Size)
	mark, err := bytesAt(content, 0)
	if err != nil {
		return err
	}
	name := partPath(p.Name)
	switch {
	case strings.EqualFold(path.Ext(name), ".zip"), mark == zipMark, mark == emptyZipMark:
		name = a.place(number, name)
		a.makeFolder(name)
		return a.mount(name, content, p.Size)
	case mark&0xffff == gzipMark:
		if strings.EqualFold(path.Ext(name), ".gz") {
			name = name[:len(name)-len(".gz")]
		}
		size, err := bytesAt(content, p.Size-4) // modulo 4 GiB
		a.put(&entry{path: a.place(number, name), packed: p.Size, open: func() (io.ReadCloser, error) {
			return gzip.NewReader(io.NewSectionReader(p.Content, 0, p.Size))
		}}, uint64(size))
		return err
	}
	a.put(&entry{path: a.place(number, name), packed: p.Size, open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(p.Content, 0, p.Size)), nil
	}}, uint64(p.Size))
	return nil
}

// The first bytes of a file, as a number.
const (
	zipMark      = 0x04034b50
	emptyZipMark = 0x06054b50
	gzipMark     = 0x8b1f
)

// bytesAt returns the four bytes at a place, least first; 0 beyond the end.
func bytesAt(r io.ReaderAt, at int64) (uint32, error) {
	var b [4]byte
	if _, err := r.ReadAt(b[:], at); err != nil && err != io.EOF {
		return 0, err
	}
	return binary.LittleEndian.Uint32(b[:]), nil
}

// partPath returns the path that a part asks for. Browsers of old send the
// whole path on the sender's machine, of which the last name is of use.
func partPath(name string) string {
	name = readable(name)
	if clean, fault := cleanPath(name); fault == "" {
		return clean
	}
	if clean, fault := cleanPath(path.Base(name)); fault == "" {
		return clean
	}
	return "part"
}

// place returns the path that a part gets.
func (a *Archive) place(number int, name string) string {
	if a.entries[name] == nil && a.makeFolder(path.Dir(name)) {
		return name
	}
	return fmt.Sprintf("%d/%s", number, name)
}
