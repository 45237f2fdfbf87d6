package private

import (
	"os"
	"path/filepath"
	"testing"
)

func TestWriteFile(t *testing.T) {
	able(t)
	dir := filepath.Join(t.TempDir(), "mine")
	for range 2 { // made, and there already
		if err := Folder(dir); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "settings")
	for _, want := range []string{"first", "second, longer"} {
		if err := WriteFile(file, []byte(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("%q %v, want %q", got, err, want)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%v %v are there, want one file", left, err)
	}
	if err := WriteFile(filepath.Join(dir, "nowhere", "settings"), nil); err == nil {
		t.Error("a file in a folder that is not there")
	}
	mayRead(t, dir)
	mayRead(t, file)
}
