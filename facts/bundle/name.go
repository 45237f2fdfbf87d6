package bundle

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxDepth = 32  // folders of a path
	maxShown = 200 // bytes of a name in a warning
)

// high is code page 437 from 0x80 on.
const high = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0"

// readable returns a name in UTF-8 with forward slashes. What is valid UTF-8 is
// taken for it whether or not the archive says so: many tools forget to.
func readable(name string) string {
	if !utf8.ValidString(name) {
		table := []rune(high)
		out := make([]rune, len(name))
		for i := range len(name) {
			out[i] = rune(name[i])
			if name[i] >= 0x80 {
				out[i] = table[name[i]-0x80]
			}
		}
		name = string(out)
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\\':
			return '/'
		case unicode.IsControl(r):
			return '_'
		}
		return r
	}, name)
}

// cleanPath returns the path that an entry has in the tree, or what is wrong
// with its name.
func cleanPath(name string) (clean, fault string) {
	clean = path.Clean(name)
	switch {
	case clean == "." || strings.HasPrefix(clean, "/"):
		return "", "not read, its path is empty or absolute: pack it with paths relative to one folder"
	case len(clean) > 1 && clean[1] == ':':
		return "", "not read, its path has a drive: pack it with paths relative to one folder"
	case slices.Contains(strings.Split(name, "/"), ".."):
		return "", "not read, its path leads out of the archive: pack it with paths relative to one folder"
	case strings.Count(clean, "/") > maxDepth:
		return "", "not read, it lies too deep: pack it with shorter paths"
	}
	return clean, ""
}

// shown returns a name that can stand in a sentence.
func shown(name string) string {
	if name == "" {
		return "an entry without a name"
	}
	if len(name) > maxShown {
		return strconv.Quote(strings.ToValidUTF8(name[:maxShown], "")) + "..."
	}
	return name
}
