package facts

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// knownNames are names that a Scrubber was told.
type knownNames struct {
	kinds map[string]string // by the name in lower case
	re    *regexp.Regexp    // of them all, the longest first; nil when it must be made
}

// commonWords are words that servicing logs write, and that are also taken as
// names of accounts, or stand in names of firms and in addresses. Who has one as
// a name is not found out by it.
var commonWords = wordSet(`admin administrateur administrator agent and atelier cabinet cbs client com computer component default des device
	disk dism dll domain driver edition education enterprise error exe failed file for free guest home host http https info install
	installer invite invité key lan les local localhost log mac machine mail manager microsoft net network office org owner package path pc
	per portable poste power pro product public recovery register root sec secret security serial server service session setup sid
	source store support system système test the timer update updates url user utilisateur utilisateurs van version von warning
	windows workgroup www`)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}

// add takes names. Of a person's name it takes also the words, since an account
// is made of one or two of them, and both without accents, as accounts are. Of an
// e-mail address only the part before @ is made of names.
func (k *knownNames) add(kind string, names []string) {
	for _, name := range names {
		k.one(kind, name)
		if kind != "user" {
			continue
		}
		name, _, _ = strings.Cut(name, "@")
		k.one(kind, withoutAccents.Replace(name))
		k.one(kind, shortName(name))
		for _, word := range strings.FieldsFunc(name, betweenWords) {
			k.one(kind, word)
			k.one(kind, withoutAccents.Replace(word))
		}
	}
}

// shortName is how a folder of a long name is called in the old form:
// JEANNE~1. "" for a name that needs none.
func shortName(name string) string {
	stem := []rune(strings.ToUpper(strings.Map(func(r rune) rune {
		if r == ' ' || r == '.' {
			return -1
		}
		return r
	}, withoutAccents.Replace(name))))
	if len(stem) <= 8 && !strings.Contains(name, " ") {
		return ""
	}
	return string(stem[:min(len(stem), 6)]) + "~1"
}

func betweenWords(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// withoutAccents has the letters of Western European names.
var withoutAccents = strings.NewReplacer("à", "a", "á", "a", "â", "a", "ã", "a", "ä", "a", "å", "a", "ç", "c", "è", "e", "é", "e", "ê", "e", "ë", "e",
	"ì", "i", "í", "i", "î", "i", "ï", "i", "ñ", "n", "ò", "o", "ó", "o", "ô", "o", "õ", "o", "ö", "o", "ù", "u", "ú", "u", "û", "u", "ü", "u",
	"ý", "y", "ÿ", "y", "œ", "oe", "æ", "ae", "ß", "ss", "À", "A", "Â", "A", "Ä", "A", "Ç", "C", "È", "E", "É", "E", "Ê", "E", "Ë", "E",
	"Î", "I", "Ï", "I", "Ô", "O", "Ö", "O", "Ù", "U", "Û", "U", "Ü", "U", "Œ", "OE", "Æ", "AE")

// common reports whether a name is made of common words alone, as is "Windows
// User", which Setup takes for an owner who gave no name.
func common(name string) bool {
	for word := range strings.FieldsFuncSeq(name, betweenWords) {
		if !commonWords[word] {
			return false
		}
	}
	return true
}

func (k *knownNames) one(kind, name string) {
	name = strings.ToLower(strings.TrimSpace(name))
	letters := strings.IndexFunc(name, unicode.IsLetter) >= 0
	if utf8.RuneCountInString(name) < leastOf(name) || !letters || common(name) || isToken(name) || kind == "host" && public(name) {
		return
	}
	if k.kinds == nil {
		k.kinds = map[string]string{}
	}
	if _, ok := k.kinds[name]; !ok {
		k.kinds[name], k.re = kind, nil
	}
}

// leastOf is how many letters a name has at least, to be one wherever it stands:
// two Latin letters are too often a word or a language, two Chinese ones a name.
func leastOf(name string) int {
	if strings.IndexFunc(name, func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana)
	}) >= 0 {
		return 2
	}
	return 3
}

// replace puts tokens in the place of the names where they stand as words.
func (k *knownNames) replace(text string, token func(kind, name string) string) string {
	if len(k.kinds) == 0 {
		return text
	}
	if k.re == nil {
		k.compile()
	}
	var out strings.Builder
	last := 0
	for at := 0; at < len(text); {
		m := k.re.FindStringIndex(text[at:])
		if m == nil {
			break
		}
		start, end := at+m[0], at+m[1]
		if wordBefore(text, start) || letterAfter(text, end) {
			_, width := utf8.DecodeRuneInString(text[start:])
			at = start + width
			continue
		}
		name := strings.ToLower(text[start:end])
		kind, ok := k.kinds[name]
		if !ok { // letters that are equal without being each other's lower case
			kind = "user"
		}
		if kind == "host" {
			start, end = fullName(text, last, start, end)
			name = strings.ToLower(text[start:end])
			if whole := accountEnd(text, start, end); whole > end {
				kind, name, end = "user", text[start:whole], whole
			}
		}
		out.WriteString(text[last:start])
		out.WriteString(token(kind, name))
		last, at = end, end
	}
	if last == 0 {
		return text
	}
	out.WriteString(text[last:])
	return out.String()
}

// fullName is where the full name stands of a host or domain of which start and
// end are a part: with the labels that adjoin it, down to from, but without the
// ending of a file. A token ends it, and a public name is not widened to.
func fullName(text string, from, start, end int) (int, int) {
	first, last := start, end
	for first > from && text[first-1] == '.' {
		before := strings.TrimRightFunc(text[from:first-1], func(r rune) bool { return r == '_' || inLabel(r) })
		label := text[from+len(before) : first-1]
		if label == "" || isToken(label) {
			break
		}
		first = from + len(before)
	}
	for strings.HasPrefix(text[last:], ".") {
		after := strings.TrimLeftFunc(text[last+1:], inLabel)
		label := text[last+1 : len(text)-len(after)]
		if strings.IndexFunc(label, unicode.IsLetter) < 0 || isToken(label) || isFile("."+strings.ToLower(label)) {
			break
		}
		last = len(text) - len(after)
	}
	if public(strings.ToLower(text[first:last])) {
		return start, end
	}
	return first, last
}

func inLabel(r rune) bool { return r == '-' || unicode.IsLetter(r) || unicode.IsDigit(r) }

var afterDomain = regexp.MustCompile(`^\\{1,2}([\p{L}0-9._-]*[\p{L}0-9])(?:[^\p{L}0-9._\\$-]|$)`)

// accountEnd is where the account ends whose domain stands between start and
// end, CONTOSO\j.doe; 0 when none does, as in a path.
func accountEnd(text string, start, end int) int {
	m := afterDomain.FindStringSubmatchIndex(text[end:])
	if m == nil || start > 0 && strings.ContainsRune(`\/`, rune(text[start-1])) {
		return 0
	}
	user := strings.ToLower(text[end+m[2] : end+m[3]])
	if commonWords[user] || nobody(user) {
		return 0
	}
	return end + m[3]
}

// letterAfter is wordAfter without the underscore, which ends a name.
func letterAfter(text string, i int) bool {
	r, _ := utf8.DecodeRuneInString(text[i:])
	return i < len(text) && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

func (k *knownNames) compile() {
	names := make([]string, 0, len(k.kinds))
	for name := range k.kinds {
		names = append(names, regexp.QuoteMeta(name))
	}
	slices.SortFunc(names, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	k.re = regexp.MustCompile("(?i)" + strings.Join(names, "|"))
}
