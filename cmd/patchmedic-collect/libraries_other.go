//go:build !windows

package main

// systemLibraries is of Windows alone: elsewhere nothing is loaded from beside the
// program.
func systemLibraries() error { return nil }
