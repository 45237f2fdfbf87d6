package edition_test

import (
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/internal/edition"
	"github.com/patchmedic/patchmedic/kb"
)

// TestFullDisk holds that words are found, from memory, where the index cannot
// be written, and that somebody is told.
func TestFullDisk(t *testing.T) {
	small := t.TempDir()
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=40k"); err != nil {
		t.Skip("a small disk cannot be mounted here:", err)
	}
	t.Cleanup(func() { syscall.Unmount(small, syscall.MNT_DETACH) })
	lib, err := kb.Load(content.Files())
	if err != nil {
		t.Fatal(err)
	}
	var told atomic.Int32
	k, err := edition.Open(lib, filepath.Join(small, "index"), func(error) { told.Add(1) })
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	for end := time.Now().Add(30 * time.Second); !k.Ready() && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	if !k.Ready() || hits(t, k, "update installs again and again") == 0 {
		t.Error("words are not found")
	}
	if told.Load() == 0 {
		t.Error("nobody is told")
	}
}
