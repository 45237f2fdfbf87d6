package main

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWrap(t *testing.T) {
	for _, test := range []struct {
		text  string
		width int
		want  string
	}{
		{"short", 30, "short"},
		{"", 30, ""},
		{"a line that has no terminal stays one line, however long it is", 0, "a line that has no terminal stays one line, however long it is"},
		{"  1) Monter la partition et la mesurer", 26, "  1) Monter la partition\n    et la mesurer"},
		{"trois mots :\u00a0ensemble, pas à la fin", 24, "trois mots :\u00a0ensemble,\n  pas à la fin"},
		{"http://pm.example/api/v1/reports/0sgeh2vw7ns7qnetdpqr30d31r is one word", 30, "http://pm.example/api/v1/reports/0sgeh2vw7ns7qnetdpqr30d31r\n  is one word"},
		{"  deep  spaces   stay where the line is not broken", 44, "  deep  spaces   stay where the line is not\n    broken"},
	} {
		got := wrap(test.text, test.width)
		if got != test.want {
			t.Errorf("%q in %d:\n%q, want\n%q", test.text, test.width, got, test.want)
		}
		if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(test.text), " ") {
			t.Errorf("%q lost a word", test.text)
		}
		for line := range strings.Lines(got) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); test.width > 0 && n > test.width && strings.Contains(strings.TrimSpace(line), " ") {
				t.Errorf("%q has %d characters", line, n)
			}
		}
	}
}

// TestColumns: what is no terminal has no width.
func TestColumns(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if n := columns(file) + columns(&strings.Builder{}); n != 0 {
		t.Errorf("%d", n)
	}
}
