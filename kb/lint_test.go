package kb_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/kb"
)

// TestBundledContent lints everything that is built into the program.
func TestBundledContent(t *testing.T) {
	lib, err := kb.Lint(content.Files())
	if err != nil {
		t.Fatal(err)
	}
	if len(lib.Articles()) < 8 {
		t.Errorf("%d articles", len(lib.Articles()))
	}
}

// TestLint runs the files of testdata/lint: content laid over the bundled one,
// and the faults that the lint must find in it, "file:line: beginning".
func TestLint(t *testing.T) {
	files, err := filepath.Glob("testdata/lint/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for i, file := range files {
		if testing.Short() && i%8 != 0 { // each reads the whole content
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			upper := fstest.MapFS{}
			var want []string
			for _, f := range archive.Files {
				if f.Name == "want" {
					want = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
					continue
				}
				if base, edit, ok := strings.Cut(f.Name, " "); ok {
					upper[base] = &fstest.MapFile{Data: []byte(edited(t, base, edit, string(f.Data)))}
					continue
				}
				upper[f.Name] = &fstest.MapFile{Data: f.Data}
			}
			got := lintFaults(t, kb.Overlay(content.Files(), upper))
			for i, w := range want {
				if i < len(got) && w != "" && strings.HasPrefix(got[i], w) {
					want[i] = got[i]
				}
			}
			if diff := cmp.Diff(got, want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
		})
	}
}

// edited returns a bundled file with a change: "replace" takes OLD and NEW
// separated by a line "=>", "append" adds text.
func edited(t *testing.T, name, edit, text string) string {
	t.Helper()
	data, err := fs.ReadFile(content.Files(), name)
	if err != nil {
		t.Fatal(err)
	}
	switch edit {
	case "append":
		return string(data) + text
	case "replace":
		old, new, ok := strings.Cut(strings.TrimSuffix(text, "\n"), "\n=>\n")
		if !ok || strings.Count(string(data), old) != 1 {
			t.Fatalf("%s: %q stands there %d times, want once", name, old, strings.Count(string(data), old))
		}
		return strings.Replace(string(data), old, new, 1)
	}
	t.Fatalf("%s: unknown edit %q", name, edit)
	return ""
}

func lintFaults(t *testing.T, fsys fs.FS) []string {
	t.Helper()
	_, err := kb.Lint(fsys)
	var problems kb.Problems
	if err != nil && !errors.As(err, &problems) {
		t.Fatal(err)
	}
	var out []string
	for _, p := range problems {
		out = append(out, p.String())
	}
	return out
}
