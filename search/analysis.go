package search

import (
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/lang/fr"

	"github.com/patchmedic/patchmedic/kb"
)

// language is how the words of one language become terms. It is safe for
// concurrent use.
type language struct {
	lang   kb.Lang
	stops  map[string]bool
	stem   analysis.TokenFilter
	recent [8192]atomic.Pointer[stem] // by hash of the word
}

// stem is a word and what is left of it.
type stem struct{ word, stem string }

var stemSeed = maphash.MakeSeed()

// languages is safe for concurrent use once made.
var languages = sync.OnceValue(func() map[kb.Lang]*language {
	return map[kb.Lang]*language{
		kb.French:  {lang: kb.French, stops: stopWords(fr.FrenchStopWords, frenchStops), stem: fr.NewFrenchLightStemmerFilter()},
		kb.English: {lang: kb.English, stops: stopWords(en.EnglishStopWords, englishStops), stem: en.NewEnglishStemmerFilter()},
	}
})

// What a query wraps around its words, and what an apostrophe leaves behind.
const (
	frenchStops = "qu jusqu lorsqu puisqu quoiqu cela ca sa comment quand dis dit faire fait alors aussi donc " +
		"seul seule seulement bonjour merci svp aide aidez besoin chez quoi pourquoi probleme souci quelqu"
	englishStops = "didn doesn don isn wasn won couldn can cannot how ll ve re made make get gets got " +
		"please help thanks hi hello problem issue"
)

func stopWords(list []byte, more string) map[string]bool {
	words := analysis.NewTokenMap()
	// A list that is part of the program cannot fail to load.
	_ = words.LoadBytes(list)
	out := map[string]bool{"kb": true}
	for w := range words {
		for i := 0; ; {
			part, ok := nextWord(w, i)
			if !ok {
				break
			}
			out[string(fold(nil, w[part.start:part.end]))] = true
			i = part.end
		}
	}
	for w := range strings.FieldsSeq(more) {
		out[w] = true
	}
	return out
}

// term returns the index term of a folded word, ok false for a stop word. before
// is the folded word in front of it, which makes "KB 5034441" one term.
func (l *language) term(w, before []byte) (term string, ok bool) {
	switch {
	case allDigits(w):
		if len(w) >= 6 && len(w) <= 8 && string(before) == "kb" {
			return "kb" + string(w), true
		}
		if hexCode(w) {
			return "0x" + string(w), true
		}
		return string(w), true
	case hexCode(w):
		if w[1] != 'x' {
			return "0x" + string(w), true
		}
		return string(w), true
	case len(w) < 2, l.stops[string(w)]:
		return "", false
	case lowerASCII(w):
		return l.stemmed(w), true
	}
	return string(w), true
}

// stemmed returns the stem of a word of plain letters. Most words are among the
// recent ones.
func (l *language) stemmed(w []byte) string {
	if len(w) < 3 {
		return string(w)
	}
	place := &l.recent[maphash.Bytes(stemSeed, w)%uint64(len(l.recent))]
	if known := place.Load(); known != nil && known.word == string(w) {
		return known.stem
	}
	token := analysis.Token{Term: append([]byte(nil), w...)}
	out := &stem{string(w), string(l.stem.Filter(analysis.TokenStream{&token})[0].Term)}
	place.Store(out)
	return out.stem
}

// maxWord is the longest word that is looked at, in bytes.
const maxWord = 64

// terms calls yield for each word of text that is no stop word, with its term
// and its folded form, which is only valid during the call.
func (l *language) terms(text string, stem func(w, before []byte) (string, bool), yield func(w word, term string, folded []byte)) {
	var buf [2][maxWord]byte
	var before []byte
	for i, n := 0, 0; ; n++ {
		w, ok := nextWord(text, i)
		if !ok {
			return
		}
		i = w.end
		if w.end-w.start > maxWord {
			before = nil
			continue
		}
		folded := fold(buf[n&1][:0], text[w.start:w.end])
		if t, ok := stem(folded, before); ok && t != "" {
			yield(w, t, folded)
		}
		before = folded
	}
}

// list returns the terms of a text in order.
func (l *language) list(text string) []string {
	var out []string
	l.terms(text, l.term, func(_ word, t string, _ []byte) { out = append(out, t) })
	return out
}

// parts returns the words that a name in mixed case is made of, as in
// AppReadiness; nil where one of them is shorter than three letters.
func parts(name string) []string {
	var out []string
	start := 0
	for i := 1; i <= len(name); i++ {
		if i < len(name) && (name[i] >= utf8.RuneSelf || name[i] < 'A' || name[i] > 'Z') {
			continue
		}
		if i-start < 3 {
			return nil
		}
		out = append(out, name[start:i])
		start = i
	}
	if len(out) < 2 {
		return nil
	}
	return out
}
