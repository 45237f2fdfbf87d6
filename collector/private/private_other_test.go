//go:build !windows

package private

import (
	"os"
	"testing"
)

func able(*testing.T) {}

// mayRead holds that nobody but the owner may.
func mayRead(t *testing.T, name string) {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%s: %v %v: others may read it", name, info.Mode(), err)
	}
}
