package collector

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/patchmedic/patchmedic/facts/bundle"
)

// Source is a folder or a zip that is open.
type Source struct {
	fs.FS
	// Warnings are sentences on what was left out of a zip.
	Warnings []string
	io.Closer
}

// Open opens a folder or a zip. Links that lead out of the folder are not
// followed, and a zip is unpacked while it is read, within bounds.
func Open(name string) (*Source, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		root, err := os.OpenRoot(name)
		if err != nil {
			return nil, err
		}
		return &Source{FS: root.FS(), Closer: root}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	archive, err := bundle.Open(f, info.Size(), bundle.DefaultLimits())
	if err != nil {
		f.Close()
		if errors.Is(err, bundle.ErrBroken) {
			return nil, fmt.Errorf("%s: %w: give a zip, or the folder with its files", name, err)
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &Source{FS: archive, Warnings: archive.Warnings(), Closer: f}, nil
}
