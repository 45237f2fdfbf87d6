//go:build !windows

package main

import (
	"errors"

	"github.com/patchmedic/patchmedic/collector"
)

// openWindows has no Windows to open here.
func openWindows() (collector.Windows, error) {
	return nil, errors.New("this is no Windows: give the files of one with --from, a folder or a zip")
}
