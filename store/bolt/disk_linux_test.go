package bolt

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/patchmedic/patchmedic/store"
)

// TestFullDisk holds that a write that finds no room fails, that nothing is lost
// by it, and that the store works again when there is room.
func TestFullDisk(t *testing.T) {
	small := t.TempDir()
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=4m"); err != nil {
		t.Skip("a small disk cannot be mounted here:", err)
	}
	t.Cleanup(func() { syscall.Unmount(small, syscall.MNT_DETACH) })
	ballast := filepath.Join(small, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, small)
	defer func() { s.Close() }()
	var kept []string
	add := func() error {
		r := &store.Report{ReportHead: store.ReportHead{ID: store.NewID(time.Now()), Device: "pc"}}
		r.Facts = make([]byte, 30_000)
		rand.Read(r.Facts)
		_, _, err := s.AddReport(t.Context(), r)
		if err == nil {
			kept = append(kept, r.ID)
		}
		return err
	}
	check := func(when string) {
		t.Helper()
		if heads, err := s.ListReports(t.Context(), store.ReportQuery{Device: "pc", Most: 1000}); err != nil || len(heads) != len(kept) {
			t.Fatalf("%s: %d reports of %d, %v", when, len(heads), len(kept), err)
		}
		for _, id := range kept {
			if _, err := s.Report(t.Context(), id); err != nil {
				t.Fatalf("%s: %v", when, err)
			}
		}
	}
	for add() == nil {
	}
	if len(kept) < 20 {
		t.Fatalf("only %d reports before the disk was full", len(kept))
	}
	for range 5 {
		add() // some may still find room
	}
	check("full")
	if err := s.Backup(t.Context(), new(nowhere)); err == nil {
		t.Error("a backup found room")
	}
	s.Close()
	s = open(t, small)
	check("full and opened again")
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if err := add(); err != nil {
			t.Fatal("there is room again:", err)
		}
	}
	check("with room")
	for add() == nil {
	}
	if _, err := s.ExpireReports(t.Context(), time.Now().Add(time.Hour), 10); err != nil {
		t.Log("nothing can be deleted on a full disk:", err)
	} else {
		slices.Sort(kept)
		kept = kept[10:]
	}
	check("full again")
}

type nowhere struct{}

func (*nowhere) Write(b []byte) (int, error) { return len(b), nil }
