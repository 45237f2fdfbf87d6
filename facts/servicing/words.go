package servicing

import "strings"

func trim(s string) string { return strings.TrimSpace(s) }

func indexAny(s, chars string) int {
	if chars == "" {
		return -1
	}
	return strings.IndexAny(s, chars)
}

// indexFold is strings.Index without regard to the case of ASCII letters.
func indexFold(s, word string) int {
	if i := strings.Index(s, word); i >= 0 {
		return i
	}
	for i := 0; i+len(word) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(word)], word) {
			return i
		}
	}
	return -1
}
