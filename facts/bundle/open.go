package bundle

import (
	"archive/zip"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// maxWarnings bounds what an archive can have said about it.
const maxWarnings = 100

// Archive is an open archive, or several and the files beside them. It is safe
// for concurrent use, and valid as long as what it was opened from.
type Archive struct {
	lim      Limits
	total    *meter
	entries  map[string]*entry // by path, "." among them
	warnings []string
	unsaid   int // warnings beyond the most
}

// Open reads the directory of a zip of the given size. The error wraps
// [ErrBroken] or is a [LimitError]; any other is that of r.
func Open(r io.ReaderAt, size int64, lim Limits) (*Archive, error) {
	a := newArchive(size, lim)
	if err := a.mount(".", r, size); err != nil {
		return nil, err
	}
	return a.done()
}

func newArchive(size int64, lim Limits) *Archive {
	return &Archive{lim: lim, total: lim.meter("the archive", lim.Total, size), entries: map[string]*entry{".": {path: "."}}}
}

// done returns the archive after its last entry.
func (a *Archive) done() (*Archive, error) {
	if len(a.entries) > a.lim.Entries+1 {
		return nil, tooManyEntries(a.lim)
	}
	for _, e := range a.entries {
		slices.SortFunc(e.children, func(x, y fs.DirEntry) int { return strings.Compare(x.Name(), y.Name()) })
	}
	return a, nil
}

// mount puts the entries of a zip below a folder.
func (a *Archive) mount(dir string, r io.ReaderAt, size int64) error {
	// A section answers a place outside it with io.EOF, whatever r does.
	source := &frugal{ReaderAt: io.NewSectionReader(r, 0, size), lim: a.lim, left: int64(a.lim.Entries)*entryRoom + endRoom}
	z, err := zip.NewReader(source, size)
	switch {
	case errors.Is(err, zip.ErrFormat), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("%w: its directory is missing or cut off", ErrBroken)
	case err != nil && !errors.Is(err, zip.ErrInsecurePath): // paths are judged here
		return fmt.Errorf("read the archive: %w", err)
	case len(a.entries)+len(z.File) > a.lim.Entries+1:
		return tooManyEntries(a.lim)
	case len(z.File) == 0:
		a.warn(dir, "the archive is empty")
	}
	source.open = true
	whole, err := a.locate(dir, z.File, size)
	for _, f := range whole {
		a.add(dir, f)
	}
	return err
}

// Warnings are sentences on the entries that were passed over, in the order of
// the archive.
func (a *Archive) Warnings() []string {
	out := slices.Clone(a.warnings)
	if a.unsaid > 0 {
		out = append(out, fmt.Sprintf("%d more entries were passed over", a.unsaid))
	}
	return out
}

func (a *Archive) warn(name, what string) {
	if len(a.warnings) == maxWarnings {
		a.unsaid++
		return
	}
	if name != "." {
		what = shown(name) + ": " + what
	}
	a.warnings = append(a.warnings, what)
}

// leastHeader is the length of the header before an entry's bytes, without the
// name.
const leastHeader = 30

// span is where an entry lies in the archive, its header included.
type span struct{ from, to int64 }

// locate returns the entries whose bytes are in the archive. Entries that share
// bytes are how a small archive unpacks to a huge one; nothing else makes them.
func (a *Archive) locate(dir string, files []*zip.File, size int64) ([]*zip.File, error) {
	var whole []*zip.File
	var spans []span
	for _, f := range files {
		at, err := f.DataOffset()
		switch packed := int64(f.CompressedSize64); {
		case err == nil && packed >= 0 && at >= leastHeader && packed <= size-at:
			whole = append(whole, f)
			spans = append(spans, span{at - leastHeader, at + packed})
		case err == nil, errors.Is(err, zip.ErrFormat), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			a.warn(below(dir, readable(f.Name)), "not in the archive where its directory says: pack it again")
		default:
			return nil, fmt.Errorf("read the archive: %w", err)
		}
	}
	slices.SortFunc(spans, func(x, y span) int { return cmp.Compare(x.from, y.from) })
	for i := 1; i < len(spans); i++ {
		if spans[i].from < spans[i-1].to {
			return nil, fmt.Errorf("%w: its entries share bytes", ErrBroken)
		}
	}
	return whole, nil
}

// add puts an entry of a zip into the tree, or warns why not.
func (a *Archive) add(dir string, f *zip.File) {
	name := readable(f.Name)
	clean, fault := cleanPath(name)
	folder := f.Mode().IsDir() || strings.HasSuffix(name, "/")
	if fault == "" && !folder {
		fault = unreadable(f)
	}
	if fault != "" {
		a.warn(below(dir, name), fault)
		return
	}
	clean = path.Join(dir, clean)
	if folder {
		if !a.makeFolder(clean) {
			a.warn(clean, "not read, a file has its name")
		}
		return
	}
	a.put(&entry{path: clean, open: f.Open, packed: int64(f.CompressedSize64), modified: f.Modified}, f.UncompressedSize64)
}

// below is the name of an entry in a sentence.
func below(dir, name string) string {
	if dir == "." {
		return name
	}
	return dir + "/" + name
}

func unreadable(f *zip.File) string {
	const encrypted, strongly = 1 << 0, 1 << 6
	switch {
	case !f.Mode().IsRegular():
		return "not read, it is a link or a device"
	case f.Flags&(encrypted|strongly) != 0:
		return "encrypted, not read: pack it without a password"
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return fmt.Sprintf("not read, it is packed by method %d: pack it with Deflate, the usual one", f.Method)
	}
	return ""
}

func nested(name string) bool {
	return slices.Contains([]string{".zip", ".7z", ".rar"}, strings.ToLower(path.Ext(name)))
}

// put puts a file that declares a size into the tree, unless its name is taken.
func (a *Archive) put(e *entry, declared uint64) {
	if a.entries[e.path] != nil || !a.makeFolder(path.Dir(e.path)) {
		a.warn(e.path, "not read, an entry before it has its name")
		return
	}
	if nested(e.path) {
		a.warn(e.path, "an archive in the archive, not opened: send what it holds")
	}
	e.size = int64(min(declared, uint64(min(a.lim.File, a.lim.byRatio(e.packed)))))
	a.hang(e)
}

// makeFolder makes a folder and those above it, and reports whether they are
// there now: a file may be in the way.
func (a *Archive) makeFolder(name string) bool {
	if e := a.entries[name]; e != nil {
		return e.IsDir()
	}
	if !a.makeFolder(path.Dir(name)) {
		return false
	}
	a.hang(&entry{path: name})
	return true
}

func (a *Archive) hang(e *entry) {
	a.entries[e.path] = e
	parent := a.entries[path.Dir(e.path)]
	parent.children = append(parent.children, e)
}
