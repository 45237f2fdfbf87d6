//go:build unix

package bolt

import (
	"errors"
	"os"
)

// syncFolder makes a renaming survive.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
