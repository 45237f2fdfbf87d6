package main

import (
	"fmt"
	"os"
	"strings"
	"unicode/utf8"
)

// byFlagAlone are the flags that neither the environment nor a file gives: what
// they say is of one command line.
var byFlagAlone = map[string]bool{"config": true, "schedule": true, "version": true}

// readConfig reads a file of settings: lines such as PATCHMEDIC_SERVER=URL, each
// named like the environment variable, its value as it stands; lines that begin
// with # and empty ones are passed over.
func readConfig(name string) (map[string]string, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(data) || strings.ContainsRune(string(data), 0) {
		return nil, fmt.Errorf("%s is not in UTF-8: save it so", name)
	}
	settings, number := map[string]string{}, 0
	for line := range strings.Lines(strings.TrimPrefix(string(data), "\ufeff")) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if text := strings.TrimSpace(line); text == "" || text[0] == '#' {
			continue
		}
		variable, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, fmt.Errorf("%s:%d: want PATCHMEDIC_NAME=value", name, number)
		}
		settings[strings.TrimSpace(variable)] = value
	}
	return settings, nil
}
