package search

import (
	"strings"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/facts/errcode"
	"github.com/patchmedic/patchmedic/kb"
)

// Understood is what a query says.
type Understood struct {
	// Text is the query as typed, without the space around it.
	Text string
	// Lang is the caller's language, else the text's.
	Lang kb.Lang
	// Codes are the distinct error codes in order.
	Codes []CodeMention
	// KBs are the distinct updates in order.
	KBs []facts.KB
	// Builds are the distinct builds in order.
	Builds []facts.Build
	// Words is the text without its codes and updates.
	Words string
	// Corrected is the text with its typing errors mended, "" when there were
	// none. A search fills it in.
	Corrected string
}

// CodeMention is an error code of a query.
type CodeMention struct {
	Code facts.Code
	// Alt is the other reading of a number that may be decimal or hexadecimal;
	// zero when there is none.
	Alt facts.Code
	// Symbol is the name by which the query says the code, "" for a number.
	Symbol string
	// Input is what was typed.
	Input string
}

// maxText bounds what is looked at of a text, in bytes.
const maxText = 4096

// Parse returns what a query says. lang is the reader's language; "" takes that
// of the text, English when the text shows none. It never fails: what is no code
// and no update is words.
func Parse(text string, lang kb.Lang) Understood {
	u, _ := parse(text, lang)
	return u
}

// parse returns what a query says, and the text with a blank for each byte of a
// code or an update.
func parse(text string, lang kb.Lang) (u Understood, rest []byte) {
	text = strings.TrimSpace(strings.ToValidUTF8(text, " "))
	u = Understood{Text: text, Lang: lang}
	text = bounded(text, maxText)
	found := facts.Find(text)
	rest = []byte(text)
	for _, m := range found.Codes {
		blank(rest, m.Start, m.End)
		if m.Kind == errcode.KindBugCheck {
			continue
		}
		u.addCode(CodeMention{Code: m.Code, Alt: m.Alt, Symbol: symbolTyped(m), Input: m.Input})
	}
	for _, m := range found.KBs {
		blank(rest, m.Start, m.End)
		u.addKB(m.KB)
	}
	for _, m := range found.Builds {
		u.addBuild(m.Build)
	}
	if len(u.Codes) == 0 && len(u.KBs) == 0 && u.whole(text) {
		blank(rest, 0, len(rest))
	}
	u.Words = strings.Join(strings.Fields(string(rest)), " ")
	if u.Lang != kb.French && u.Lang != kb.English {
		u.Lang, _ = detect(text)
	}
	return u, rest
}

// whole reads a text that is one number or one name and nothing else, where
// less is asked for than in a sentence, and reports whether it was one.
func (u *Understood) whole(text string) bool {
	if len(text) == 7 && allDigits([]byte(text)) {
		if number, err := facts.ParseKB(text); err == nil {
			u.addKB(number)
			return true
		}
	}
	if len(text) > maxWord || !strings.ContainsAny(text, "0123456789_") {
		return false
	}
	code, err := errcode.Parse(text)
	if err != nil {
		return false
	}
	m := CodeMention{Code: code, Input: text}
	if strings.Contains(text, "_") {
		m.Symbol = strings.ToUpper(text)
	}
	u.addCode(m)
	return true
}

func symbolTyped(m errcode.Match) string {
	if strings.HasPrefix(m.Input, m.Symbol) {
		return m.Symbol
	}
	return ""
}

func (u *Understood) addCode(m CodeMention) {
	for _, have := range u.Codes {
		if have.Code == m.Code {
			return
		}
	}
	u.Codes = append(u.Codes, m)
}

func (u *Understood) addKB(number facts.KB) {
	for _, have := range u.KBs {
		if have == number {
			return
		}
	}
	u.KBs = append(u.KBs, number)
}

func (u *Understood) addBuild(b facts.Build) {
	for _, have := range u.Builds {
		if have == b {
			return
		}
	}
	u.Builds = append(u.Builds, b)
}

func blank(text []byte, start, end int) {
	for i := start; i < end; i++ {
		text[i] = ' '
	}
}

// bounded returns at most n bytes of text, not cutting a word that has a space
// before it.
func bounded(text string, n int) string {
	if len(text) <= n {
		return text
	}
	text = text[:n]
	if i := strings.LastIndexByte(text, ' '); i > 0 {
		return text[:i]
	}
	return strings.ToValidUTF8(text, "")
}

// detect returns the language of a text by its stop words and accents. sure is
// false, and the language English, when it shows none or both alike.
func detect(text string) (lang kb.Lang, sure bool) {
	french, english := 0, 0
	all := languages()
	var buf [maxWord]byte
	for i := 0; ; {
		w, ok := nextWord(text, i)
		if !ok {
			break
		}
		i = w.end
		if w.end-w.start > maxWord {
			continue
		}
		typed := text[w.start:w.end]
		folded := fold(buf[:0], typed)
		if len(folded) != len(typed) {
			french++
		}
		inFrench := all[kb.French].stops[string(folded)] || frenchWords[string(folded)]
		inEnglish := all[kb.English].stops[string(folded)] || englishWords[string(folded)]
		if inFrench && !inEnglish {
			french++
		}
		if inEnglish && !inFrench {
			english++
		}
	}
	if french > english {
		return kb.French, true
	}
	return kb.English, english > french
}

// spokenIn returns how the words of a text are to be read that may be in another
// language than the reader's.
func spokenIn(text string, reader kb.Lang) *language {
	if lang, sure := detect(text); sure {
		return languages()[lang]
	}
	return languages()[reader]
}

// Words of the trade that no other language has, for queries without stop words.
var (
	frenchWords = wordSet("erreur jour maj mise mises redemarrage fichier fichiers echec echoue bloque bloquee service desactive " +
		"partition reparer reparation installee deja ordinateur espace disque pare feu telecharger")
	englishWords = wordSet("error update updates restart file files failed fails stuck disabled repair installed already computer " +
		"space disk firewall download")
)

func wordSet(list string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		out[w] = true
	}
	return out
}
