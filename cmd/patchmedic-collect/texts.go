package main

import (
	_ "embed"
	"fmt"
	"strings"
)

var (
	//go:embed texts.en.txt
	english string
	//go:embed texts.fr.txt
	french string
)

// texts are what is printed in one language, by name. They are no templates
// because those, by their use of reflection, would add a sixth to the program.
type texts map[string]string

// textsOf returns the texts of a language, English for one that is not ours.
func textsOf(lang string) texts {
	source := english
	if lang == "fr" {
		source = french
	}
	out := texts{"": "%s"}
	for line := range strings.Lines(source) {
		if name, text, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "|"); ok && name[0] != '#' {
			out[name] = text
		}
	}
	return out
}

// fill returns a text with what is filled in. A name that a newer service made
// up stands for itself.
func (t texts) fill(name string, args ...string) string {
	text, ok := t[name]
	if !ok {
		return oneLine(name)
	}
	filled := make([]any, len(args))
	for i, arg := range args {
		filled[i] = oneLine(arg)
	}
	if name == "" && len(args) == 0 {
		return ""
	}
	return fmt.Sprintf(text, filled...)
}

// oneLine keeps control characters of a foreign service from the terminal.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}

// langOf is the language of who reads: that of the user interface, where the
// system has one, else that of the environment; English when it is not French.
func langOf(ui string, env func(string) string) string {
	for _, value := range []string{ui, env("LC_ALL"), env("LC_MESSAGES"), env("LANG")} {
		switch {
		case strings.HasPrefix(strings.ToLower(value), "fr"):
			return "fr"
		case value != "":
			return "en"
		}
	}
	return "en"
}
