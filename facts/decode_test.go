package facts_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/patchmedic/patchmedic/facts"
)

// TestDecode runs the files of testdata/decode: a report, and what must come of
// it: "fault pointer: detail" and "unknown pointer: detail" lines, a * ending a
// line that may go on, or "ok" and the report written again.
func TestDecode(t *testing.T) {
	files, err := filepath.Glob("testdata/decode/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil || len(archive.Files) != 2 {
				t.Fatalf("%s: want facts.json and want, %v", file, err)
			}
			got := outcome(archive.Files[0].Data)
			want := strings.Split(strings.TrimSpace(string(archive.Files[1].Data)), "\n")
			for i, line := range want {
				if prefix, open := strings.CutSuffix(line, "*"); open && i < len(got) && strings.HasPrefix(got[i], prefix) {
					want[i] = got[i]
				}
			}
			if diff := cmp.Diff(got, want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
		})
	}
}

func outcome(data []byte) (lines []string) {
	r, unknown, err := facts.Decode(data)
	var faults facts.Faults
	if errors.As(err, &faults) {
		for _, f := range faults {
			lines = append(lines, "fault "+f.Pointer+": "+f.Detail)
		}
		return lines
	}
	for _, u := range unknown {
		lines = append(lines, "unknown "+u.Pointer+": "+u.Detail)
	}
	if len(lines) > 0 {
		return lines
	}
	out, err := json.Marshal(r)
	if err != nil {
		return []string{err.Error()}
	}
	return []string{"ok " + string(out)}
}

// TestRoundTrip reads a report with every field and writes it again.
func TestRoundTrip(t *testing.T) {
	data, err := os.ReadFile("testdata/full.json")
	if err != nil {
		t.Fatal(err)
	}
	r, unknown, err := facts.Decode(data)
	if err != nil || len(unknown) > 0 {
		t.Fatal(unknown, err)
	}
	out, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := json.Compact(&want, data); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(out), want.String()); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
}

// FuzzDecode: no input makes the decoder panic, what it accepts it writes and
// reads again as the same report, and every fault has a pointer into the input.
func FuzzDecode(f *testing.F) {
	for _, name := range []string{"testdata/full.json"} {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"schema":"patchmedic.facts/v1","symptoms":{"codes":[null,-1,"x"]},"os":{"build":null}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, _, err := facts.Decode(data)
		if err != nil {
			if r != nil || err.Error() == "" {
				t.Fatalf("%q: a report beside an error, or no text", data)
			}
			return
		}
		first, err := json.Marshal(r)
		if err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		again, unknown, err := facts.Decode(first)
		if err != nil || len(unknown) > 0 {
			t.Fatalf("%q became %s, which is refused: %v %v", data, first, unknown, err)
		}
		second, _ := json.Marshal(again)
		if !bytes.Equal(first, second) {
			t.Fatalf("%q\nfirst  %s\nsecond %s", data, first, second)
		}
		facts.NewScrubber().Report(r)
	})
}

func BenchmarkDecode(b *testing.B) {
	data, err := os.ReadFile("testdata/full.json")
	if err != nil {
		b.Fatal(err)
	}
	b.Run("ours", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			if _, _, err := facts.Decode(data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("floor-encoding-json-any", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			var v any
			if err := json.Unmarshal(data, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}
