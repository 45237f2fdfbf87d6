package kb

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
)

// Overlay lays a site's content over the bundled one: a file of upper hides the
// file of the same name in lower, folders are merged.
func Overlay(lower, upper fs.FS) fs.FS { return overlay{lower, upper} }

type overlay struct{ lower, upper fs.FS }

// Open opens the upper file where there is one.
func (o overlay) Open(name string) (fs.File, error) {
	f, err := o.upper.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return o.lower.Open(name)
	}
	return f, err
}

// ReadFile reads the upper file where there is one.
func (o overlay) ReadFile(name string) ([]byte, error) {
	data, err := fs.ReadFile(o.upper, name)
	if errors.Is(err, fs.ErrNotExist) {
		return fs.ReadFile(o.lower, name)
	}
	return data, err
}

// ReadDir lists both folders, each name once.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	upper, err := fs.ReadDir(o.upper, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	lower, lowerErr := fs.ReadDir(o.lower, name)
	if lowerErr != nil && (err != nil || !errors.Is(lowerErr, fs.ErrNotExist)) {
		return nil, lowerErr
	}
	seen := map[string]bool{}
	for _, e := range upper {
		seen[e.Name()] = true
	}
	for _, e := range lower {
		if !seen[e.Name()] {
			upper = append(upper, e)
		}
	}
	slices.SortFunc(upper, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return upper, nil
}
