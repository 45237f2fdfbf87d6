//go:build !windows

package main

import (
	"os/exec"
	"runtime"
)

// browse opens a page in the user's browser, and does not wait for it: some
// openers run for as long as the browser does.
func browse(address string) error {
	opener := "xdg-open"
	if runtime.GOOS == "darwin" {
		opener = "open"
	}
	return exec.Command(opener, address).Start()
}
