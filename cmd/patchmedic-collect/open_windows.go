package main

import (
	"runtime"

	"golang.org/x/sys/windows"
)

// browse opens a page in the user's browser. ShellExecute wants COM for what the
// shell leaves to others; where that is not to be had, most browsers open without.
func browse(address string) error {
	runtime.LockOSThread() // COM stays ready until the program ends, as it does soon
	_ = windows.CoInitializeEx(0, windows.COINIT_APARTMENTTHREADED|windows.COINIT_DISABLE_OLE1DDE)
	verb, err := windows.UTF16PtrFromString("open")
	if err != nil {
		return err
	}
	page, err := windows.UTF16PtrFromString(address)
	if err != nil {
		return err
	}
	return windows.ShellExecute(0, verb, page, nil, nil, windows.SW_SHOWNORMAL)
}
