package collector

import (
	"context"
	"io/fs"
)

// until is files that can be read until a context ends. A call that hangs is not
// freed by it.
type until struct {
	ctx context.Context
	fs.FS
}

// Open opens a file.
func (u until) Open(name string) (fs.File, error) {
	if err := u.ctx.Err(); err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	f, err := u.FS.Open(name)
	if err != nil {
		return nil, err
	}
	return limited{u.ctx, f}, nil
}

// ReadDir reads a folder.
func (u until) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := u.ctx.Err(); err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	return fs.ReadDir(u.FS, name)
}

type limited struct {
	ctx context.Context
	fs.File
}

// Read reads on until the context ends.
func (l limited) Read(p []byte) (int, error) {
	if err := l.ctx.Err(); err != nil {
		return 0, err
	}
	return l.File.Read(p)
}
