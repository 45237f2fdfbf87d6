package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	bbolt "go.etcd.io/bbolt"

	"github.com/patchmedic/patchmedic/store"
)

// TestLossOfPower makes the files that a loss of power may leave. A commit writes
// its pages, waits for the disk, writes one of two meta pages and waits again:
// before the first wait is over any of its pages may be there or not, and before
// the second one the meta page may be half there. Both must open as the commit
// before.
func TestLossOfPower(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	var kept []string
	for round := range 25 {
		before, after := commitOnce(t, dir, random, &kept)
		for range 3 {
			cut := torn(before, after, random)
			if have := reportsIn(t, cut); !slices.Equal(have, kept[:round]) {
				t.Fatalf("round %d: %d reports are left of %d", round, len(have), round)
			}
		}
		if have := reportsIn(t, after); !slices.Equal(have, kept) {
			t.Fatalf("round %d: %d reports are there of %d", round, len(have), len(kept))
		}
	}
}

// commitOnce adds a report and returns the file before and after it.
func commitOnce(t *testing.T, dir string, random *rand.Rand, kept *[]string) (before, after []byte) {
	t.Helper()
	s := open(t, dir)
	defer s.Close()
	path := filepath.Join(dir, "records.db")
	before = readFile(t, path)
	noise := make([]byte, 1+random.IntN(40_000))
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	r := &store.Report{ReportHead: store.ReportHead{ID: fmt.Sprintf("%026d", len(*kept)), Device: fmt.Sprint("pc", len(*kept)%3)}}
	r.Facts, r.Key = noise, r.ID
	if _, _, err := s.AddReport(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	*kept = append(*kept, r.ID)
	return before, readFile(t, path)
}

// torn is a file between two commits: some pages of the second one, and all of
// them with half a meta page.
func torn(before, after []byte, random *rand.Rand) []byte {
	page := os.Getpagesize()
	meta := newestMeta(after, page) * page
	if random.IntN(3) == 0 {
		out := bytes.Clone(after)
		at := meta + 16 + random.IntN(64) // behind the page's header, in what the checksum is of
		for i := at; i < meta+80; i++ {
			out[i] ^= 0x5a
		}
		return out
	}
	out := bytes.Clone(before)
	for at := 2 * page; at < len(out); at += page {
		if random.IntN(2) == 0 {
			copy(out[at:at+page], after[at:])
		}
	}
	return out
}

// newestMeta returns which of the two meta pages has the larger transaction.
func newestMeta(file []byte, page int) int {
	const txid = 16 + 48 // behind the page's header
	if binary.NativeEndian.Uint64(file[page+txid:]) > binary.NativeEndian.Uint64(file[txid:]) {
		return 1
	}
	return 0
}

// reportsIn opens a file and returns its reports, all of them readable.
func reportsIn(t *testing.T, file []byte) (ids []string) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "records.db")
	err := os.WriteFile(path, bytes.TrimRight(file, "\x00"), 0o600)
	if err := errors.Join(err, os.Truncate(path, int64(len(file)))); err != nil { // most of it is a hole
		t.Fatal(err)
	}
	s := open(t, dir)
	defer s.Close()
	heads, err := s.ListReports(t.Context(), store.ReportQuery{Most: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range heads {
		ids = append(ids, h.ID)
		if _, err := s.Report(t.Context(), h.ID); err != nil {
			t.Error(err)
		}
	}
	slices.Reverse(ids)
	return ids
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestNotOurs holds that files of others are refused and stay as they are.
func TestNotOurs(t *testing.T) {
	foreign := filepath.Join(t.TempDir(), "foreign.db")
	other, err := bbolt.Open(foreign, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = other.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("theirs")); return err })
	if err := errors.Join(err, other.Close()); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"another program's": readFile(t, foreign),
		"a text":            []byte("this is no store\n"),
		"zeros":             make([]byte, 1<<16),
		"half a page":       readFile(t, foreign)[:2000],
	}
	for what, data := range files {
		path := filepath.Join(t.TempDir(), "records.db")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err := Open(path); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("%s: %v, %v", what, s, err)
		}
	}
}

// TestOneProcess holds that a second one is told why it cannot have the file.
func TestOneProcess(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	defer s.Close()
	if _, err := Open(filepath.Join(dir, "records.db")); err == nil {
		t.Error("a file was opened twice")
	}
}

// TestLeftovers holds that what a killed process was making beside the file goes
// away, and nothing else, whatever the folder is called.
func TestLeftovers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a[b]*?")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Skip("no such folder here:", err)
	}
	for _, name := range []string{"records.db.backup-1", "records.db.restore-1", "records.db.old", "other.db.backup-1"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	open(t, dir).Close()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	if want := []string{"other.db.backup-1", "records.db", "records.db.old"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}
