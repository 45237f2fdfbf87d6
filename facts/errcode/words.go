package errcode

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A cue is what the words in front of a number make of it.
type cue uint8

const (
	cueNone  cue = iota
	cueCode      // "code" alone: an error, a device problem, an old update window
	cueError     // error, exit code, returned, échec ...
	cueState     // status, result, hr: enough for hexadecimal, not for decimal
)

// cueOf classes a lower-case word. filler words may stand between a cue and
// its number: "error number 5", "code de retour 1618".
func cueOf(word string) (c cue, filler bool) {
	switch word {
	case "error", "erreur", "err", "fehler", "errno", "errorcode", "errcode", "exitcode", "returncode",
		"lasterror", "getlasterror", "gle", "exit", "exited", "retour", "returned", "returns",
		"retourne", "retourné", "retournée", "renvoyé", "renvoie", "échec", "echec", "échoué", "echoué",
		"échoue", "echoue", "failed", "failure", "returning", "dwret", "dwerror", "lerror", "win32exception", "wusa", "rc":
		return cueError, false
	case "code", "codes":
		return cueCode, false
	case "status", "statut", "result", "résultat", "hr", "hrstatus", "hresult", "ret", "errorstatus", "ntstatus":
		return cueState, false
	case "d", "de", "du", "l", "le", "la", "un", "une", "n", "no", "num", "number", "numéro", "numero", "nr", "of",
		"with", "avec", "is", "est", "was", "value", "valeur", "system", "système", "systeme", "windows", "win32",
		"fatal", "fatale", "sortie", "s", "exception", "the", "an":
		return cueNone, true
	}
	for _, end := range []string{"_code", "_error", "_err"} { // exit_code, WIN32_EXIT_CODE, last_error
		if strings.HasSuffix(word, end) {
			return cueError, false
		}
	}
	return cueNone, false
}

// cueBefore reads backwards from i, over punctuation and at most four words
// of the same sentence.
func (s *scanner) cueBefore(i int) cue {
	plain := cueNone // "code" was met: the word before it may say which
	for range 4 {
		start, end := s.wordBefore(i)
		if start == end {
			break
		}
		word := s.lowerWord(start, end)
		c, filler := cueOf(word)
		switch {
		case plain == cueCode:
			if c == cueError && strings.TrimLeft(s.text[end:i], " \u00a0") == "" {
				return cueError // "exit code", not "error: code"
			}
			return plain
		case c == cueCode:
			plain = cueCode
		case c != cueNone:
			if word == "failed" && s.wordEndsBefore(start, "execution", "operation") {
				return cueNone // "Operation execution failed: 12" counts operations
			}
			return c
		case !filler:
			return plain
		}
		i = start
	}
	return plain
}

// wordBefore returns the word that ends before i, skipping the punctuation
// that may stand between a word and its number; start == end for none.
func (s *scanner) wordBefore(i int) (start, end int) {
	end = i
	for end > 0 {
		if strings.HasSuffix(s.text[:end], "(s)") { // échec(s), Code(s)
			end -= 3
			break
		}
		r, n := utf8.DecodeLastRuneInString(s.text[:end])
		if unicode.IsLetter(r) || unicode.IsDigit(r) || i-end > 12 {
			break
		}
		if !strings.ContainsRune(" \t\u00a0\u202f:=()[]\"'’«»#°*`\u200e-–", r) {
			return i, i
		}
		end -= n
	}
	start = end
	for start > 0 && end-start < 40 {
		r, n := utf8.DecodeLastRuneInString(s.text[:start])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' {
			break
		}
		start -= n
	}
	return start, end
}

// lowerWord returns text[start:end] in lower case.
func (s *scanner) lowerWord(start, end int) string { return strings.ToLower(s.text[start:end]) }

func (s *scanner) wordEndsBefore(i int, words ...string) bool {
	start, end := s.wordBefore(i)
	word := s.lowerWord(start, end)
	for _, w := range words {
		if word == w {
			return true
		}
	}
	return false
}

// unitAfter reports whether what follows j makes the number before it an
// amount: "80070002 octets", "3 fois", "1 of 3".
func (s *scanner) unitAfter(j int) bool {
	rest := strings.TrimLeft(s.text[j:min(len(s.text), j+24)], " \u00a0\u202f")
	end := strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) && r != '%' })
	if end < 0 {
		end = len(rest)
	}
	if strings.HasPrefix(rest[end:], "'") || strings.HasPrefix(rest[end:], "’") {
		return false // "s’est produite"
	}
	switch strings.ToLower(rest[:end]) {
	case "%", "octets", "octet", "bytes", "byte", "bits", "ko", "kb", "kib", "mo", "mb", "mib", "go", "gb", "gib",
		"to", "tb", "o", "b", "ms", "s", "sec", "secs", "seconds", "secondes", "seconde", "min", "mins", "minutes",
		"minute", "h", "heures", "hours", "jours", "days", "ns", "µs", "fois", "times", "time", "mises", "mise",
		"updates", "update", "packages", "paquets", "fichiers", "files", "file", "fichier", "erreurs", "errors",
		"error", "erreur", "components", "composants", "items", "éléments", "objects", "ordinateurs", "computers",
		"postes", "pc", "machines", "tentatives", "attempts", "retries", "of", "sur", "euros", "ticks":
		return true
	}
	return false
}

// line returns the part of the line around i, at most reach bytes each way.
func (s *scanner) line(i, reach int) (before, after string) {
	before = s.text[max(0, i-reach):i]
	if k := strings.LastIndexByte(before, '\n'); k >= 0 {
		before = before[k+1:]
	}
	after = s.text[i:min(len(s.text), i+reach)]
	if k := strings.IndexByte(after, '\n'); k >= 0 {
		after = after[:k]
	}
	return before, after
}

// ofStop reports whether the words before i speak of a stop code.
func (s *scanner) ofStop(i int) bool {
	before, _ := s.line(i, 56)
	return containsWord(before, "stop", "bsod", "bugcheck", "bug check", "bluescreen", "blue screen",
		"arrêt", "arret", "écran bleu", "ecran bleu", "stopcode")
}

// ofDevice reports whether the line around i speaks of a device.
func (s *scanner) ofDevice(i int) bool {
	before, after := s.line(i, 120)
	words := []string{"device", "devices", "driver", "drivers", "périphérique", "périphériques", "peripherique",
		"pilote", "pilotes", "gestionnaire de périphériques"}
	return containsWord(before, words...) || containsWord(after, words...)
}

// ofUpdateWindow reports whether the text has the words of the old update
// window: "Code(s)" just before i, or Windows Update anywhere.
func (s *scanner) ofUpdateWindow(i int) bool {
	before, _ := s.line(i, 16)
	if strings.Contains(before, "(s)") {
		return true
	}
	if s.wuText == 0 {
		s.wuText = -1
		if strings.Contains(strings.ToLower(s.text), "windows update") {
			s.wuText = 1
		}
	}
	return s.wuText > 0
}

// containsWord reports whether text has one of the lower-case words, whole.
func containsWord(text string, words ...string) bool {
	text = strings.ToLower(text)
	for _, w := range words {
		for at := 0; ; {
			k := strings.Index(text[at:], w)
			if k < 0 {
				break
			}
			start, end := at+k, at+k+len(w)
			prev, _ := utf8.DecodeLastRuneInString(text[:start])
			next, _ := utf8.DecodeRuneInString(text[end:])
			if !unicode.IsLetter(prev) && prev != '_' && !unicode.IsLetter(next) && next != '_' {
				return true
			}
			at = end
		}
	}
	return false
}
