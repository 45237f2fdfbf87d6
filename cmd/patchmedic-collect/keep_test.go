package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestWriteOver: a report that cannot be written costs no older one, and leaves
// nothing behind.
func TestWriteOver(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "facts.json")
	for _, body := range []string{"first", "second"} {
		if err := writeOver(name, []byte(body)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != body {
			t.Errorf("%q, %v, want %q", got, err, body)
		}
	}
	if err := os.MkdirAll(filepath.Join(name+".new", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := writeOver(name, []byte("third")); err == nil {
		t.Error("no error")
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != "second" {
		t.Errorf("%q, %v: the older report is lost", got, err)
	}
	if err := os.Remove(filepath.Join(name+".new", "in the way")); err != nil {
		t.Fatal(err)
	}
	if err := writeOver(name, []byte("fourth")); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}
