package bundle

import (
	"archive/zip"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"time"
)

// entry is a file or a folder, and tells of itself.
type entry struct {
	path     string
	open     func() (io.ReadCloser, error) // nil: a folder
	packed   int64                         // bytes in the archive
	size     int64
	modified time.Time
	children []fs.DirEntry // of a folder, sorted
}

var _ fs.FileInfo = (*entry)(nil)

func (e *entry) Name() string               { return path.Base(e.path) }
func (e *entry) IsDir() bool                { return e.open == nil }
func (e *entry) Type() fs.FileMode          { return e.Mode().Type() }
func (e *entry) Info() (fs.FileInfo, error) { return e, nil }
func (e *entry) Sys() any                   { return nil }

// Mode is the same for all: nothing is ever written or run.
func (e *entry) Mode() fs.FileMode {
	if e.IsDir() {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// Size is what the archive declares, but never more than can be read: callers
// make room by it.
func (e *entry) Size() int64 { return e.size }

// ModTime is what the archive declares; zero where it declares none.
func (e *entry) ModTime() time.Time { return e.modified }

func (a *Archive) find(op, name string) (*entry, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	e := a.entries[name]
	if e == nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return e, nil
}

// Open opens a file or a folder. Reading a file may fail with a [LimitError].
func (a *Archive) Open(name string) (fs.File, error) {
	e, err := a.find("open", name)
	if err != nil {
		return nil, err
	}
	if e.IsDir() {
		return &folder{entry: e, left: e.children}, nil
	}
	content, err := e.open()
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: explained(err)}
	}
	return &file{entry: e, content: content, own: a.lim.meter("the file", a.lim.File, e.packed), total: a.total}, nil
}

// ReadDir lists a folder, sorted by name.
func (a *Archive) ReadDir(name string) ([]fs.DirEntry, error) {
	e, err := a.find("readdir", name)
	if err == nil && !e.IsDir() {
		err = &fs.PathError{Op: "readdir", Path: name, Err: errNoFolder}
	}
	if err != nil {
		return nil, err
	}
	return slices.Clone(e.children), nil
}

// Stat tells of a file or a folder what the archive declares.
func (a *Archive) Stat(name string) (fs.FileInfo, error) {
	e, err := a.find("stat", name)
	if err != nil {
		return nil, err
	}
	return e, nil
}

var (
	errNoFolder = errors.New("not a folder")
	errFolder   = errors.New("is a folder")
)

// folder is an open folder.
type folder struct {
	*entry
	left []fs.DirEntry
}

func (f *folder) Stat() (fs.FileInfo, error) { return f.entry, nil }
func (f *folder) Close() error               { return nil }
func (f *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.path, Err: errFolder}
}

func (f *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		n = len(f.left)
	} else if len(f.left) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(f.left))
	out := slices.Clone(f.left[:n])
	f.left = f.left[n:]
	return out, nil
}

// file is an open file.
type file struct {
	*entry
	content io.ReadCloser
	own     *meter
	total   *meter
	fault   error // that ended the reading; nothing is read after it
}

func (f *file) Stat() (fs.FileInfo, error) { return f.entry, nil }
func (f *file) Close() error               { return f.content.Close() }

func (f *file) Read(p []byte) (int, error) {
	if f.fault != nil {
		return 0, f.fault
	}
	n, err := f.content.Read(p)
	err = explained(err)
	for _, m := range []*meter{f.total, f.own} {
		if full := m.add(n); full != nil {
			err = full
		}
	}
	f.fault = err
	return n, err
}

// explained says what to do about bytes that unpack to nothing. An error of the
// reader below stays what it is.
func explained(err error) error {
	var corrupt flate.CorruptInputError
	damages := []error{zip.ErrFormat, zip.ErrChecksum, gzip.ErrHeader, gzip.ErrChecksum, io.ErrUnexpectedEOF}
	if errors.As(err, &corrupt) || slices.ContainsFunc(damages, func(damage error) bool { return errors.Is(err, damage) }) {
		return fmt.Errorf("damaged while it was packed or sent, pack it again: %w", err)
	}
	return err
}
