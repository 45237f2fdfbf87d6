package main

import "golang.org/x/sys/windows"

// systemLibraries keeps Windows from loading libraries that lie beside the program
// or in the current folder: who may write to a folder of downloads, or had the stick,
// could have put one there for an administrator to run.
func systemLibraries() error {
	return windows.SetDefaultDllDirectories(windows.LOAD_LIBRARY_SEARCH_SYSTEM32)
}
