package main

import (
	"github.com/patchmedic/patchmedic/collector"
	"github.com/patchmedic/patchmedic/collector/winhost"
)

// openWindows opens the Windows that runs, until this program ends.
func openWindows() (collector.Windows, error) { return winhost.Open() }
