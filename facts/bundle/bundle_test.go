package bundle

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// packed returns a zip that build fills.
func packed(t testing.TB, build func(*zip.Writer) error) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	if err := errors.Join(build(w), w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// files returns a zip of files with the given names, each holding its name.
func files(t testing.TB, names ...string) []byte {
	return packed(t, func(w *zip.Writer) error {
		for _, name := range names {
			f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
			if err != nil {
				return err
			}
			if _, err := io.WriteString(f, name); err != nil && !strings.HasSuffix(name, "/") {
				return err
			}
		}
		return nil
	})
}

// raw returns a zip of one stored file, CBS.log with the text "log", whose
// header was changed.
func raw(t testing.TB, change func(*zip.FileHeader)) []byte {
	return packed(t, func(w *zip.Writer) error {
		h := &zip.FileHeader{Name: "CBS.log", CompressedSize64: 3, UncompressedSize64: 3, CRC32: crc32.ChecksumIEEE([]byte("log"))}
		change(h)
		f, err := w.CreateRaw(h)
		if err != nil {
			return err
		}
		_, err = io.WriteString(f, "log")
		return err
	})
}

func open(data []byte, lim Limits) (*Archive, error) {
	return Open(bytes.NewReader(data), int64(len(data)), lim)
}

// walk returns the paths of all files, and reads them.
func walk(a *Archive) (names []string, faults error) {
	err := fs.WalkDir(a, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		names = append(names, name)
		_, err = fs.ReadFile(a, name)
		faults = errors.Join(faults, err)
		return nil
	})
	return names, errors.Join(err, faults)
}

func TestIsAFileSystem(t *testing.T) {
	a, err := open(files(t, "Windows/Logs/CBS/CBS.log", "Windows/Logs/", `Windows\Logs\DISM\dism.log`, "readme.txt", "empty/"), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(a, "Windows/Logs/CBS/CBS.log", "Windows/Logs/DISM/dism.log", "readme.txt", "empty"); err != nil {
		t.Error(err)
	}
	if got, err := fs.ReadFile(a, "Windows/Logs/DISM/dism.log"); err != nil || string(got) != `Windows\Logs\DISM\dism.log` {
		t.Errorf("got %q, %v", got, err)
	}
	if w := a.Warnings(); len(w) != 0 {
		t.Errorf("warnings %q", w)
	}
}

// TestEntries holds what becomes of the entries of an archive that is whole.
func TestEntries(t *testing.T) {
	for name, test := range map[string]struct {
		data     []byte
		names    []string // of the files that can be read, in the order of a walk
		warnings []string // a part of each
	}{
		"order":         {files(t, "b/z", "a", "b/a", "B"), []string{"B", "a", "b/a", "b/z"}, nil},
		"dots":          {files(t, "./a/./b//c"), []string{"a/b/c"}, nil},
		"code page 437": {files(t, "Donn\x82es/\x8e.log"), []string{"Données/Ä.log"}, nil},
		"utf-8 without flag": {raw(t, func(h *zip.FileHeader) { h.Name, h.NonUTF8 = "Données.log", true }),
			[]string{"Données.log"}, nil},
		"control character": {files(t, "a\nb\x1b[31m.log"), []string{"a_b_[31m.log"}, nil},
		"absolute":          {files(t, "/etc/passwd", `\\server\share\a`, "ok"), []string{"ok"}, []string{"absolute", "absolute"}},
		"climbing":          {files(t, "../a", "a/../../b", `..\c`, "a/..", "ok"), []string{"ok"}, []string{"leads out", "leads out", "leads out", "empty"}},
		"drive":             {files(t, `C:\Windows\Logs\CBS.log`, "d:x", "ok"), []string{"ok"}, []string{"has a drive", "has a drive"}},
		"no name":           {files(t, "", ".", "ok"), []string{"ok"}, []string{"an entry without a name", "empty"}},
		"deep":              {files(t, strings.Repeat("a/", 40)+"b", "ok"), []string{"ok"}, []string{"too deep"}},
		"twice":             {files(t, "a/b", `a\b`, "a//b"), []string{"a/b"}, []string{"has its name", "has its name"}},
		"folder over file":  {files(t, "a", "a/b/c", "a/"), []string{"a"}, []string{"a/b/c: not read", "a: not read"}},
		"file over folder":  {files(t, "a/b", "a"), []string{"a/b"}, []string{"has its name"}},
		"nested":            {files(t, "inner.ZIP"), []string{"inner.ZIP"}, []string{"not opened"}},
		"empty":             {files(t), nil, []string{"the archive is empty"}},
		"junk before":       {append([]byte("MZ junk"), files(t, "a")...), []string{"a"}, nil},
		"link":              {raw(t, func(h *zip.FileHeader) { h.SetMode(fs.ModeSymlink | 0o777) }), nil, []string{"a link"}},
		"device":            {raw(t, func(h *zip.FileHeader) { h.SetMode(fs.ModeDevice) }), nil, []string{"or a device"}},
		"encrypted":         {raw(t, func(h *zip.FileHeader) { h.Flags |= 1 }), nil, []string{"CBS.log: encrypted"}},
		"deflate64":         {raw(t, func(h *zip.FileHeader) { h.Method = 9 }), nil, []string{"method 9"}},
		"beyond the end":    {raw(t, func(h *zip.FileHeader) { h.CompressedSize64 = 1 << 40 }), nil, []string{"not in the archive"}},
		"before the start":  {raw(t, func(h *zip.FileHeader) { h.CompressedSize64 = 1 << 63 }), nil, []string{"not in the archive"}},
		"no header there":   {patched(t, "PK\x03\x04", 0, "PKxx"), []string{"b"}, []string{"a: not in the archive"}},
		"dos folder":        {raw(t, func(h *zip.FileHeader) { h.ExternalAttrs = 0x10 }), nil, nil},
	} {
		a, err := open(test.data, DefaultLimits())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		names, err := walk(a)
		if err != nil || !slices.Equal(names, test.names) {
			t.Errorf("%s: got %q, %v, want %q", name, names, err, test.names)
		}
		got := a.Warnings()
		if len(got) != len(test.warnings) {
			t.Errorf("%s: got warnings %q, want %q", name, got, test.warnings)
			continue
		}
		for i, want := range test.warnings {
			if !strings.Contains(got[i], want) {
				t.Errorf("%s: got warnings %q, want %q", name, got, test.warnings)
			}
		}
	}
}

// patched returns a zip of the files a and b in which the nth place of some
// bytes was overwritten.
func patched(t testing.TB, at string, n int, with string) []byte {
	data := files(t, "a", "b")
	from := 0
	for range n + 1 {
		i := bytes.Index(data[from:], []byte(at))
		if i < 0 {
			t.Fatalf("%q is not there", at)
		}
		from += i + 1
	}
	copy(data[from-1:], with)
	return data
}

// shared returns a zip whose second entry lies on the first, moved by some
// bytes.
func shared(t testing.TB, by uint32) []byte {
	data := files(t, "a", "b")
	second := bytes.LastIndex(data, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(data[second+42:], by)
	return data
}

func TestBroken(t *testing.T) {
	quoted := append([]byte(nil), files(t, "a", "b")...)
	first := bytes.Index(quoted, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(quoted[first+20:], 60) // the bytes of a now hold b
	for name, data := range map[string][]byte{
		"nothing":       nil,
		"no zip":        []byte(strings.Repeat("2026-05-13, Info  CBS  a log\n", 100)),
		"end only":      []byte("PK\x05\x06"),
		"same bytes":    shared(t, 0),
		"quoting":       quoted,
		"entry missing": patched(t, "PK\x01\x02", 1, "PKxx"),
	} {
		if a, err := open(data, DefaultLimits()); !errors.Is(err, ErrBroken) {
			t.Errorf("%s: got %v, %v", name, a, err)
		}
	}
	whole := files(t, "Logs/CBS.log", "Logs/dism.log")
	for i := range whole {
		if _, err := open(whole[:i], DefaultLimits()); !errors.Is(err, ErrBroken) {
			t.Errorf("cut at byte %d of %d: %v", i, len(whole), err)
		}
	}
}

func TestTheReadersErrorIsTold(t *testing.T) {
	gone := errors.New("disk gone")
	if _, err := Open(failing{gone}, 1000, DefaultLimits()); !errors.Is(err, gone) || errors.Is(err, ErrBroken) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

func TestDamagedFile(t *testing.T) {
	garbled := files(t, "a")
	copy(garbled[len("a")+leastHeader:], "\xff\xff\xff")
	for name, data := range map[string][]byte{
		"checksum":      raw(t, func(h *zip.FileHeader) { h.CRC32++ }),
		"longer":        raw(t, func(h *zip.FileHeader) { h.UncompressedSize64 = 2 }),
		"shorter":       raw(t, func(h *zip.FileHeader) { h.UncompressedSize64 = 4 }),
		"not deflated":  raw(t, func(h *zip.FileHeader) { h.Method = zip.Deflate }),
		"bytes changed": garbled,
	} {
		a, err := open(data, DefaultLimits())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := walk(a); err == nil || !strings.Contains(err.Error(), "damaged while it was packed or sent, pack it again") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// bomb returns a zip of files with n zeros each, which declare a huge size.
func bomb(t testing.TB, n int64, names ...string) []byte {
	var zeros bytes.Buffer
	w, err := flate.NewWriter(&zeros, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed(t, func(w *zip.Writer) error {
		for _, name := range names {
			f, err := w.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, CompressedSize64: uint64(zeros.Len()), UncompressedSize64: 1 << 50})
			if err != nil {
				return err
			}
			if _, err := f.Write(zeros.Bytes()); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestLimitsHoldWhileReading(t *testing.T) {
	for name, test := range map[string]struct {
		data   []byte
		lim    Limits
		detail string
		most   int64 // bytes read of all files
	}{
		"file":         {bomb(t, 3<<20, "a"), Limits{10, 1 << 20, 1 << 30, 1 << 20}, "the file unpacks to more than 1 MiB", 2 << 20},
		"total":        {bomb(t, 3<<20, "a", "b"), Limits{10, 4 << 20, 4 << 20, 1 << 20}, "the archive unpacks to more than 4 MiB", 5 << 20},
		"ratio":        {bomb(t, 32<<20, "a"), DefaultLimits(), "the file unpacks to more than 200 times its size", 32 << 20},
		"ratio in all": {bomb(t, 12<<20, "a", "b", "c", "d", "e"), DefaultLimits(), "the archive unpacks to more than 200 times its size", 40 << 20},
	} {
		a, err := open(test.data, test.lim)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, err = walk(a)
		if got := limitIn(err); got == nil || got.Detail != test.detail || got.Fix == "" {
			t.Errorf("%s: got %v, want %q", name, err, test.detail)
		}
		if got := a.total.unpacked.Load(); got > test.most {
			t.Errorf("%s: %d bytes were unpacked", name, got)
		}
	}
}

// limitIn returns the last limit that was passed.
func limitIn(err error) *LimitError {
	var last *LimitError
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			if l := limitIn(e); l != nil {
				last = l
			}
		}
		return last
	}
	errors.As(err, &last)
	return last
}

// TestPastALimitNothingIsRead holds that a reader that goes on after an error
// costs nothing more.
func TestPastALimitNothingIsRead(t *testing.T) {
	a, err := open(bomb(t, 3<<20, "a"), Limits{10, 1 << 20, 1 << 30, 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	f, err := a.Open("a")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, first := io.Copy(io.Discard, f)
	before := a.total.unpacked.Load()
	n, again := f.Read(make([]byte, 1<<20))
	if n != 0 || first == nil || again != first || a.total.unpacked.Load() != before {
		t.Errorf("got %d bytes and %v after %v", n, again, first)
	}
}

// counted counts the bytes that are read.
type counted struct {
	io.ReaderAt
	n int
}

func (c *counted) ReadAt(p []byte, at int64) (int, error) {
	c.n += len(p)
	return c.ReaderAt.ReadAt(p, at)
}

// many returns a zip of n files that are not compressed, each holding its name.
func many(t testing.TB, n int, name string) []byte {
	return packed(t, func(w *zip.Writer) error {
		for i := range n {
			this := fmt.Sprintf(name, i)
			f, err := w.CreateHeader(&zip.FileHeader{Name: this})
			if err != nil {
				return err
			}
			if _, err := io.WriteString(f, this); err != nil && !strings.HasSuffix(this, "/") {
				return err
			}
		}
		return nil
	})
}

func TestEntriesAreBounded(t *testing.T) {
	lim := DefaultLimits()
	lim.Entries = 100
	for name, test := range map[string]struct {
		data []byte
		ok   bool
	}{
		"as many":         {many(t, 100, "%d"), true},
		"one more":        {many(t, 101, "%d"), false},
		"implied folders": {many(t, 60, "%d/x"), false},
		"far more":        {many(t, 20_000, "%d/"), false},
	} {
		c := &counted{ReaderAt: bytes.NewReader(test.data)}
		a, err := Open(c, int64(len(test.data)), lim)
		var limit *LimitError
		if test.ok != (err == nil) || !test.ok && !errors.As(err, &limit) {
			t.Errorf("%s: got %v, %v", name, a, err)
		}
		if c.n > lim.Entries*(entryRoom+leastHeader)+endRoom {
			t.Errorf("%s: %d bytes were read", name, c.n)
		}
	}
}

func TestWarningsAreBounded(t *testing.T) {
	a, err := open(many(t, 1000, "/%d"), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	w := a.Warnings()
	if len(w) != maxWarnings+1 || w[maxWarnings] != "900 more entries were passed over" {
		t.Errorf("%d warnings, the last %q", len(w), w[len(w)-1])
	}
}

// TestZip64 reads an archive with more entries than the old format can count.
func TestZip64(t *testing.T) {
	const n = 66_000
	lim := DefaultLimits()
	lim.Entries = n
	a, err := open(many(t, n, "%d"), lim)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := fs.ReadFile(a, "65999"); err != nil || string(got) != "65999" {
		t.Errorf("got %q, %v", got, err)
	}
}

// FuzzOpen opens any bytes: the names are paths, and what is read is bounded.
func FuzzOpen(f *testing.F) {
	f.Add(files(f, "Windows/Logs/CBS/CBS.log", `Windows\Logs\dism.log`, "../x", "C:/y", "\x82"))
	f.Add(bomb(f, 1<<16, "a", "b"))
	f.Add(shared(f, 0))
	f.Add(raw(f, func(h *zip.FileHeader) { h.Flags |= 1 }))
	f.Add(append([]byte("junk"), files(f, "a")...))
	lim := Limits{Entries: 50, File: 1 << 15, Total: 1 << 16, Ratio: 100}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := open(data, lim)
		if err != nil {
			var limit *LimitError
			if !errors.Is(err, ErrBroken) && !errors.As(err, &limit) {
				t.Errorf("an error that tells nothing: %v", err)
			}
			return
		}
		names, _ := walk(a)
		if len(names) > lim.Entries || !slices.IsSortedFunc(names, byPath) {
			t.Errorf("files %q", names)
		}
		for _, name := range names {
			if !fs.ValidPath(name) || strings.ContainsAny(name, "\\\n\x00") {
				t.Errorf("name %q", name)
			}
		}
		if got := a.total.unpacked.Load(); got > lim.Total+int64(lim.Entries)<<15 {
			t.Errorf("%d bytes were unpacked", got)
		}
	})
}

// byPath compares as a walk does: folder by folder.
func byPath(a, b string) int {
	return slices.Compare(strings.Split(a, "/"), strings.Split(b, "/"))
}
