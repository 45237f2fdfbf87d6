package bundle

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func part(name string, data []byte) Part {
	return Part{Name: name, Content: bytes.NewReader(data), Size: int64(len(data))}
}

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(data)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestParts(t *testing.T) {
	log := []byte("log")
	for name, test := range map[string]struct {
		parts    []Part
		names    []string
		warnings []string
	}{
		"none":          {nil, nil, nil},
		"paths":         {[]Part{part(`Windows\Logs\CBS\CBS.log`, log), part("dism.log", log)}, []string{"Windows/Logs/CBS/CBS.log", "dism.log"}, nil},
		"path of there": {[]Part{part(`C:\Users\j.doe\CBS.log`, log), part("../dism.log", log), part("/", log)}, []string{"CBS.log", "dism.log", "part"}, nil},
		"same name":     {[]Part{part("CBS.log", log), part("CBS.log", log), part("CBS.log/x", log)}, []string{"2/CBS.log", "3/CBS.log/x", "CBS.log"}, nil},
		"gzip":          {[]Part{part("CBS.log.GZ", gzipped(t, log)), part("setupact.log", gzipped(t, log))}, []string{"CBS.log", "setupact.log"}, nil},
		"zip":           {[]Part{part("pc7.zip", files(t, "CBS.log")), part("Logs/upload", files(t, "a"))}, []string{"Logs/upload/a", "pc7.zip/CBS.log"}, nil},
		"same zip":      {[]Part{part("pc7.zip", files(t, "a")), part("pc7.zip", files(t, "a"))}, []string{"2/pc7.zip/a", "pc7.zip/a"}, nil},
		"bad entry":     {[]Part{part("pc7.zip", files(t, "../a")), part("pc8.zip", files(t))}, nil, []string{"pc7.zip/../a: not read, its path leads", "pc8.zip: the archive is empty"}},
		"short":         {[]Part{part("a", []byte("P")), part("b", nil)}, []string{"a", "b"}, nil},
		"crafted":       {[]Part{part("2/a", log), part("a", log), part("a", log), part("2/a", log), part("4/2/a", log)}, []string{"2/a", "3/a", "4/2/a", "5/4/2/a", "a"}, nil},
	} {
		a, err := OpenParts(test.parts, DefaultLimits())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		names, err := walk(a)
		if err != nil || !slices.Equal(names, test.names) {
			t.Errorf("%s: got %q, %v, want %q", name, names, err, test.names)
		}
		if err := fstest.TestFS(a, test.names...); len(test.names) > 0 && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := a.Warnings(); !slices.EqualFunc(got, test.warnings, strings.HasPrefix) {
			t.Errorf("%s: got warnings %q, want %q", name, got, test.warnings)
		}
	}
}

func TestPartsThatAreRefused(t *testing.T) {
	lim := DefaultLimits()
	lim.Entries = 3
	for name, test := range map[string]struct {
		parts []Part
		want  string
	}{
		"broken zip":       {[]Part{part("CBS.log", nil), part("pc7.zip", []byte("PK\x03\x04"))}, "pc7.zip: no whole zip archive"},
		"no zip":           {[]Part{part("pc7.zip", []byte("hello"))}, "pc7.zip: no whole zip archive"},
		"many parts":       {slices.Repeat([]Part{part("a", nil)}, 4), "more than 3 files"},
		"many in all":      {[]Part{part("a", nil), part("x.zip", files(t, "b", "c"))}, "more than 3 files"},
		"folders of parts": {[]Part{part("a/b", nil), part("c/d", nil)}, "more than 3 files"},
	} {
		if _, err := OpenParts(test.parts, lim); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
	gone := errors.New("disk gone")
	if _, err := OpenParts([]Part{{"a", failing{gone}, 10}}, lim); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
}

func TestPackedPartsAreBounded(t *testing.T) {
	whole := gzipped(t, make([]byte, 32<<20))
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"bomb":    {whole, "the file unpacks to more than 200 times"},
		"cut off": {whole[:1000], "damaged while it was packed or sent"},
		"no gzip": {[]byte("\x1f\x8bxxxxxxxxxxxxxxxx"), "open CBS.log: damaged"},
	} {
		a, err := OpenParts([]Part{part("CBS.log.gz", test.data)}, DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fs.ReadFile(a, "CBS.log"); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}
