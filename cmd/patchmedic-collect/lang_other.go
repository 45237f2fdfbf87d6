//go:build !windows

package main

// uiLanguage is "": the environment says the language.
func uiLanguage() string { return "" }
