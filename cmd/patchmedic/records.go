package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/patchmedic/patchmedic/store"
	"github.com/patchmedic/patchmedic/store/bolt"
)

// recordsIn is the file of the records in a data folder.
func recordsIn(dir string) string { return filepath.Join(dir, "records.db") }

// hasRecords reports whether a data folder was used before.
func hasRecords(dir string) bool {
	_, err := os.Stat(recordsIn(dir))
	return err == nil
}

// openRecords opens the records of a data folder whose lock is held.
func openRecords(dir string) (store.Store, error) {
	records, err := bolt.Open(recordsIn(dir))
	if err != nil {
		return nil, fmt.Errorf("the records cannot be opened: %w: choose another folder with --data, or move %s away and put a backup in its place with patchmedic restore",
			err, recordsIn(dir))
	}
	return records, nil
}
