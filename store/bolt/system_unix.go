//go:build unix

package bolt

import (
	"errors"
	"os"
)

// mapped is how much of the address space a file has from the start: while it is
// no longer than that, who reads for long keeps nobody from writing. It is no
// memory and no disk.
const mapped = 1 << 28 << (^uint(0) >> 63 * 8) // 64 GiB, or 256 MiB of 32 bits

// syncFolder makes it survive that a file was made or renamed.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
