//go:build !windows

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// terminalWidth is how many characters a line of a terminal has, 0 where that is not
// known.
func terminalWidth(file *os.File) int {
	size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Col)
}
