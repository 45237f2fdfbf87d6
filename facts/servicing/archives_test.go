package servicing

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/patchmedic/patchmedic/facts/cabinet/cabinettest"
)

// TestArchives: a failure in a log that Windows has packed is found, and a success in
// the log after it makes it good. Old archives are left, and said to be.
func TestArchives(t *testing.T) {
	log, err := os.ReadFile(filepath.Join("testdata", "CBS--rollback.log"))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := Read(strings.NewReader(string(log)), "CBS.log", Options{})
	if err != nil || len(whole.Lines) == 0 {
		t.Fatal(len(whole.Lines), err)
	}
	archive := &fstest.MapFile{Data: cabinettest.Make(log, true, 0)}
	const folder = "Windows/Logs/CBS/"
	dir := fstest.MapFS{folder + "CbsPersist_20260513225500.cab": archive, folder + "CBS.log": {Data: []byte("2026-05-14 09:00:00, Info                  CBS    TI: --- Initializing Trusted Installer ---\r\n")}}
	packed, err := ReadAll(dir, Options{})
	if err != nil || fmt.Sprint(packed.Lines) != fmt.Sprint(whole.Lines) || len(packed.Warnings) > 0 {
		t.Errorf("%d lines of the archive, %d of the log, %v %q", len(packed.Lines), len(whole.Lines), err, packed.Warnings)
	}
	dir[folder+"CbsPersist_20260513225500.log"] = &fstest.MapFile{Data: log} // which is just being packed
	once, err := ReadAll(dir, Options{})
	if err != nil || fmt.Sprint(once.Lines) != fmt.Sprint(whole.Lines) {
		t.Errorf("the log and its archive: %d lines, of the log alone %d, %v", len(once.Lines), len(whole.Lines), err)
	}
	delete(dir, folder+"CbsPersist_20260513225500.log")
	for day := 14; day < 14+maxArchives; day++ {
		dir[fmt.Sprintf("%sCbsPersist_202605%d000000.cab", folder, day)] = &fstest.MapFile{Data: cabinettest.Make([]byte("nothing\r\n"), true, 0)}
	}
	old, err := ReadAll(dir, Options{})
	if err != nil || len(old.Lines) > 0 || !slices.ContainsFunc(old.Warnings, func(w string) bool { return strings.Contains(w, "4 archives") }) {
		t.Errorf("%d lines, %v, %q", len(old.Lines), err, old.Warnings)
	}
	dir[folder+"CbsPersist_20260516000000.cab"] = &fstest.MapFile{Data: archive.Data[:len(archive.Data)/2]}
	cut, _ := ReadAll(dir, Options{})
	if !slices.ContainsFunc(cut.Warnings, func(w string) bool { return strings.Contains(w, "a damaged cabinet") }) {
		t.Errorf("%q", cut.Warnings)
	}
}
