package main

import (
	"cmp"
	"fmt"
	"slices"
)

// A space is a set of numbers with one meaning. Win32 1, HRESULT 1 and
// stop code 1 are three things.
type space uint8

// The spaces, in the order of the packed table. Package errcode has the same list.
const (
	hresult space = iota
	win32
	ntstatus
	jet // ESE error numbers, without their sign
	bugcheck
	device
	hresultFacility
	ntstatusFacility
	phase
	operation
	numSpaces
)

func (s space) String() string {
	return [...]string{"hresult", "win32", "ntstatus", "jet", "bugcheck", "device",
		"hresult-facility", "ntstatus-facility", "phase", "operation"}[s]
}

// A row is one name of one number.
type row struct {
	space  space
	value  uint32
	symbol string // empty: the number is real and has no public name
	source string // public, readable: what an answer cites
}

// collect reads every source in order of preference. The result is sorted by
// space and value; among the names of one number the preferred one is first.
func collect(xsysDir, headerDir, tableDir string) ([]row, error) {
	overrides, err := readTable(tableDir, "overrides.csv", hresult)
	if err != nil {
		return nil, err
	}
	corrected := map[string]bool{}
	for i, r := range overrides {
		corrected[r.symbol] = true
		if isStatusName(r.symbol) {
			overrides[i].space = ntstatus
		}
	}
	var rows []row
	add := func(more []row) {
		for _, r := range more {
			if !corrected[r.symbol] {
				rows = append(rows, r)
			}
		}
	}
	for _, in := range inputs {
		more, err := in.read(xsysDir, headerDir, tableDir)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", in.name, err)
		}
		add(more)
	}
	rows = append(rows, overrides...)
	return sortRows(rows), nil
}

// sortRows sorts by space and value, keeps the reading order among the names
// of one number, and drops the repeats.
func sortRows(rows []row) []row {
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.space, b.space), cmp.Compare(a.value, b.value))
	})
	type key struct {
		space  space
		value  uint32
		symbol string
	}
	seen := map[key]bool{}
	named := map[key]bool{}
	for _, r := range rows {
		if r.symbol != "" {
			named[key{r.space, r.value, ""}] = true
		}
	}
	return slices.DeleteFunc(rows, func(r row) bool {
		k := key{r.space, r.value, r.symbol}
		drop := seen[k] || r.symbol == "" && named[k]
		seen[k] = true
		return drop
	})
}
