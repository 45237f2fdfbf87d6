// Package hosttest makes the files of a machine for tests from a folder of
// collector/testdata/hosts, whose README says what may lie in it.
package hosttest

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing/fstest"
	"time"

	"github.com/patchmedic/patchmedic/collector/eventlog/eventlogtest"
	"github.com/patchmedic/patchmedic/collector/hive/hivetest"
)

// Files returns the files of the machine in a folder. They were all written at
// one time, so that a report that takes it is always the same.
func Files(folder string) (fstest.MapFS, error) {
	files := fstest.MapFS{}
	root := os.DirFS(folder)
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		if hive, ok := strings.CutSuffix(name, ".reg"); ok {
			name = hive
			data, err = hivetest.Make(string(data))
		} else if log, ok := strings.CutSuffix(name, ".evtx.xml"); ok {
			name = log + ".evtx"
			data, err = eventlogtest.Make(data)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		files[name] = &fstest.MapFile{Data: data, ModTime: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
		return nil
	})
	return files, err
}
