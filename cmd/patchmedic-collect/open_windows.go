package main

import "golang.org/x/sys/windows"

// browse opens a page in the user's browser.
func browse(address string) error {
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
