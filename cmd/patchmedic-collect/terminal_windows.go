package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// terminalWidth is how many characters a line of a console has, 0 where that is not
// known.
func terminalWidth(file *os.File) int {
	var info windows.ConsoleScreenBufferInfo
	if windows.GetConsoleScreenBufferInfo(windows.Handle(file.Fd()), &info) != nil {
		return 0
	}
	return int(info.Window.Right) - int(info.Window.Left) + 1
}
