package kb

import (
	"regexp"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
)

// Noise is what healthy machines log: never evidence, neither its text nor its
// code.
type Noise struct{ lines []NoiseLine }

// NoiseLine is one kind of line that means nothing.
type NoiseLine struct {
	// File is the log, as in a report's logs; empty: any.
	File string `yaml:"file,omitempty" json:"file,omitempty"`
	// Match is an RE2 expression over the line's text.
	Match Pattern `yaml:"match" json:"match"`
	// Code, where it is given, must be the line's code as well.
	Code   *facts.Code `yaml:"code,omitempty" json:"code,omitempty"`
	Source string      `yaml:"source" json:"source"`
	Why    Localized   `yaml:"why" json:"why"`
}

// Line reports whether a log line of a report is noise.
func (n *Noise) Line(line *facts.LogLine) bool {
	for i := range n.lines {
		if n.lines[i].is(line) {
			return true
		}
	}
	return false
}

func (n *NoiseLine) is(line *facts.LogLine) bool {
	if n.File != "" && line.File.V != "" && !strings.EqualFold(n.File, line.File.V) {
		return false
	}
	if code, ok := line.Code.Get(); ok && n.Code != nil && code != *n.Code {
		return false
	}
	return n.Match.Match(line.Text.V)
}

// Meaning is what the name of a code says in plain words. It is no cause.
type Meaning struct {
	Code facts.Code `yaml:"code" json:"code"`
	EN   string     `yaml:"en" json:"en"`
	FR   string     `yaml:"fr" json:"fr"`
	// Phrases are the short forms that prose uses for this name, by language:
	// the lint refuses them beside another code.
	Phrases map[Lang][]string `yaml:"phrases,omitempty" json:"phrases,omitempty"`
}

// In returns the meaning in a language.
func (m Meaning) In(lang Lang) string { return Localized{EN: m.EN, FR: m.FR}.In(lang) }

// parseSynonyms reads groups of words, comma separated, one group a line; "#"
// begins a comment.
func parseSynonyms(file string, text string) ([][]string, []Problem) {
	var out [][]string
	var faults []Problem
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		var group []string
		for _, word := range strings.Split(line, ",") {
			if word = strings.TrimSpace(word); word != "" {
				group = append(group, word)
			}
		}
		if len(group) < 2 {
			faults = append(faults, Problem{file, i + 1, "a group of synonyms has two words or more, separated by commas"})
			continue
		}
		out = append(out, group)
	}
	return out, faults
}

// nonWord is what stands between the words of a phrase. An underscore joins: the
// name of a code is one word.
var nonWord = regexp.MustCompile(`[^\p{L}\p{N}_]+`)

// normalized returns a text in lower case with single spaces between words, so
// that phrases are found whatever the punctuation.
func normalized(text string) string {
	return strings.TrimSpace(nonWord.ReplaceAllString(strings.ToLower(text), " "))
}
