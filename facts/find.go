package facts

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/patchmedic/patchmedic/facts/errcode"
)

// Mentions are the identifiers found in a text, in the order of the text.
type Mentions struct {
	Codes  []errcode.Match
	KBs    []KBMention
	Builds []BuildMention
}

// KBMention is a KB number in a text; Start and End are byte offsets.
type KBMention struct {
	Start, End int
	KB         KB
}

// BuildMention is a Windows build in a text, as in 26100.4061 or 10.0.26100.4061.
type BuildMention struct {
	Start, End int
	Build      Build
}

// Find returns the error codes, KB numbers and builds that a text of any
// language mentions. It is what reports, the search box, the lint and the
// extraction service all use, so that one text never means two things.
func Find(text string) Mentions {
	return Mentions{
		Codes:  errcode.Find(text),
		KBs:    findKBs(text),
		Builds: findBuilds(text),
	}
}

// findKBs looks for KB followed by six to eight digits, possibly after a space
// or hyphen, not inside a longer word.
func findKBs(text string) []KBMention {
	var out []KBMention
	for i := 0; i+8 <= len(text); i++ {
		if (text[i] != 'K' && text[i] != 'k') || (text[i+1] != 'B' && text[i+1] != 'b') || wordBefore(text, i) {
			continue
		}
		j := i + 2
		switch {
		case text[j] == ' ' || text[j] == '-':
			j++
		case strings.HasPrefix(text[j:], "\u00a0"):
			j += len("\u00a0")
		}
		end := digits(text, j)
		if n := end - j; n < 6 || n > 8 || text[j] == '0' || wordAfter(text, end) {
			continue
		}
		n, _ := strconv.ParseUint(text[j:end], 10, 32)
		out = append(out, KBMention{i, end, KB(n)})
		i = end - 1
	}
	return out
}

// findBuilds looks for a five-digit Windows 10 or 11 build and its revision.
func findBuilds(text string) []BuildMention {
	var out []BuildMention
	for i := 0; i < len(text); i++ {
		if text[i] < '0' || text[i] > '9' {
			continue
		}
		end := digits(text, i)
		start := i
		i = end
		if end-start != 5 || end+1 >= len(text) || text[end] != '.' || !buildMayStart(text, start) {
			continue
		}
		last := digits(text, end+1)
		if n := last - end - 1; n < 1 || n > 5 || wordAfter(text, last) || (last+1 < len(text) && text[last] == '.' && digits(text, last+1) > last+1) {
			continue
		}
		number, _ := strconv.ParseInt(text[start:end], 10, 64)
		revision, _ := strconv.ParseInt(text[end+1:last], 10, 64)
		if number >= 10240 && number < 40000 {
			out = append(out, BuildMention{start, last, Build{number, revision}})
		}
		i = last
	}
	return out
}

// buildMayStart accepts the start of a word, or "10.0." before the build.
func buildMayStart(text string, at int) bool {
	before, isVersion := strings.CutSuffix(text[:at], "10.0.")
	if isVersion {
		at = len(before)
	}
	return !wordBefore(text, at) && (at == 0 || text[at-1] != '.')
}

func digits(text string, i int) int {
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		i++
	}
	return i
}

func wordBefore(text string, i int) bool {
	r, _ := utf8.DecodeLastRuneInString(text[:i])
	return i > 0 && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

func wordAfter(text string, i int) bool {
	r, _ := utf8.DecodeRuneInString(text[i:])
	return i < len(text) && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_')
}
