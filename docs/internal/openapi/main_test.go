package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestGeneratedFilesAreFresh makes all generated files again and compares.
func TestGeneratedFilesAreFresh(t *testing.T) {
	const root = "../../.."
	download := exec.Command("go", "mod", "download", "-modfile=tools/go.mod")
	download.Dir = root
	if output, err := download.CombinedOutput(); err != nil && !strings.Contains(os.Getenv("PATCHMEDIC_REQUIRE"), "swag") {
		t.Skipf("swag cannot be had here (PATCHMEDIC_REQUIRE=swag makes this a failure): %s", output)
	}
	files, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is stale: run go generate ./api", name)
		}
	}
}
