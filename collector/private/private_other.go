//go:build !windows

package private

import (
	"errors"
	"os"
	"path/filepath"
)

// Elevated reports whether this program runs with an administrator's rights.
func Elevated() bool { return os.Geteuid() == 0 }

// Machine has no folder here: reports are kept with their account.
func Machine() (string, error) { return "", errors.ErrUnsupported }

// Folder makes a folder that only its owner may read.
func Folder(name string) error { return os.MkdirAll(name, 0o700) }

// WriteFile writes a file that only its owner may read, whole or not at all.
func WriteFile(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), "new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
