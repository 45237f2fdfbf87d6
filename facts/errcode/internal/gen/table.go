package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// readTable reads one hand-kept table: code, symbol, source. A code is
// decimal or 0x; a symbol may be empty, a source may not.
func readTable(dir, name string, sp space) ([]row, error) {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(records) == 0 || !slices.Equal(records[0], []string{"code", "symbol", "source"}) {
		return nil, fmt.Errorf("%s: the first line must be code,symbol,source", name)
	}
	rows := make([]row, 0, len(records)-1)
	for i, rec := range records[1:] {
		n, err := strconv.ParseUint(rec[0], 0, 32)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, i+2, err)
		}
		if rec[2] == "" {
			return nil, fmt.Errorf("%s:%d: %s has no source: name one", name, i+2, rec[0])
		}
		rows = append(rows, row{sp, uint32(n), rec[1], rec[2]})
	}
	return rows, nil
}
