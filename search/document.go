package search

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/blevesearch/bleve/v2/document"
	index "github.com/blevesearch/bleve_index_api"

	"github.com/patchmedic/patchmedic/facts/errcode"
	"github.com/patchmedic/patchmedic/kb"
)

// mappingVersion names what the documents are made of. Change it with every
// change of this file or of the analysis: an index of another version is made
// anew.
const mappingVersion = "2"

// How often a place of an article counts. A frequency saturates in the ranking,
// so a title outweighs any body.
const (
	weightTitle    = 6
	weightPhrase   = 5
	weightName     = 4 // codes, symbols, updates
	weightSummary  = 3
	weightSymptoms = 2
	weightBody     = 1
)

// An article is one document with two fields a language: its text, named by the
// language, and what follows.

// headsField holds the terms of a language's titles and phrases: how many
// articles say a word of themselves.
func headsField(lang kb.Lang) string { return string(lang) + ".heads" }

// wordsField holds the words of a whole batch of articles as they are written,
// in a document of its own: the dictionary of the spelling correction.
func wordsField(lang kb.Lang) string { return string(lang) + ".words" }

// wordsPrefix begins the id of a document that is a dictionary and no article.
const wordsPrefix = "words@"

// documentID names one revision of an article together with the remedies it
// speaks of, so that two editions can stand side by side in one index.
func documentID(lib *kb.Library, a *kb.Article) string {
	sum := sha256.New()
	sum.Write([]byte(a.Revision()))
	for _, r := range remediesOf(lib, a) {
		sum.Write([]byte(r.Revision()))
	}
	return a.ID + "@" + base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9])
}

// remediesOf returns the distinct remedies of an article's plans in order.
func remediesOf(lib *kb.Library, a *kb.Article) []*kb.Remedy {
	var out []*kb.Remedy
	for _, alternative := range a.Remedies {
		for _, step := range alternative.Plan {
			if r, ok := lib.Remedy(step.Action); ok && r.IsCure() {
				out = appendNew(out, r)
			}
		}
	}
	return out
}

// searchable reports whether an article is found at all.
func searchable(a *kb.Article) bool { return a.Status == "published" }

// writer makes the documents of a Sync. Bleve analyses those of a batch side by
// side, so what they share is safe for concurrent use.
type writer struct {
	lib   *kb.Library
	fault atomic.Pointer[error]
}

// article returns what the index keeps of an article.
func (w *writer) article(id string, a *kb.Article) *document.Document {
	doc := document.NewDocument(id)
	for _, lang := range kb.Langs() {
		if a.Text(lang) == nil {
			continue
		}
		l := languages()[lang]
		doc.AddField(w.field(string(lang), index.IndexField, func(add func(string)) { w.text(a, l, add) }))
		doc.AddField(w.field(headsField(lang), index.IndexField|index.SkipFreqNorm, func(add func(string)) {
			for _, heading := range headingsOf(a, l) {
				for _, t := range heading.terms {
					add(t)
				}
			}
		}))
	}
	return doc
}

// dictionary returns the document with the words of articles.
func (w *writer) dictionary(id string, entries []*entry) *document.Document {
	doc := document.NewDocument(wordsPrefix + id)
	for _, lang := range kb.Langs() {
		l := languages()[lang]
		doc.AddField(w.field(wordsField(lang), index.IndexField|index.SkipFreqNorm, func(add func(string)) {
			for _, e := range entries {
				each(w.lib, e.article, lang, func(text string, _ int) { l.written(text, add) })
			}
		}))
	}
	return doc
}

// field is a field whose terms are ready when Bleve asks for them: it goes
// without Bleve's tokens, which are most of the memory of an analysis.
type field struct {
	*document.TextField
	writer *writer
	terms  func(add func(string))
	length int
	counts index.TokenFrequencies
}

func (w *writer) field(name string, options index.FieldIndexingOptions, terms func(add func(string))) *field {
	return &field{TextField: document.NewTextFieldCustom(name, nil, nil, options, nil), writer: w, terms: terms}
}

// Analyze counts the terms. It runs in a goroutine of Bleve's, where nobody else
// would catch a panic.
func (f *field) Analyze() {
	defer func() {
		if r := recover(); r != nil {
			err := fmt.Errorf("analysis: %v", r)
			f.writer.fault.CompareAndSwap(nil, &err)
		}
	}()
	counts := make(index.TokenFrequencies, 512)
	backing := make([]index.TokenFreq, 0, 256)
	f.terms(func(term string) {
		f.length++
		known := counts[term]
		if known == nil {
			if len(backing) == cap(backing) {
				backing = make([]index.TokenFreq, 0, 256)
			}
			backing = append(backing, index.TokenFreq{Term: []byte(term)})
			known = &backing[len(backing)-1]
			counts[term] = known
		}
		if !f.Options().SkipFreqNorm() {
			known.SetFrequency(known.Frequency() + 1)
		}
	})
	f.counts = counts
}

// AnalyzedLength returns how many terms there are, repetitions included.
func (f *field) AnalyzedLength() int { return f.length }

// AnalyzedTokenFrequencies returns the terms and how often they are there.
func (f *field) AnalyzedTokenFrequencies() index.TokenFrequencies { return f.counts }

// text calls add with the terms of an article, each as often as it counts.
func (w *writer) text(a *kb.Article, l *language, add func(string)) {
	each(w.lib, a, l.lang, func(text string, weight int) {
		l.terms(text, l.term, func(at word, term string, _ []byte) {
			for range weight {
				add(term)
			}
			for _, part := range parts(text[at.start:at.end]) {
				if t, ok := l.term(fold(nil, part), nil); ok {
					add(t)
				}
			}
		})
	})
}

// written calls add with the words of a text in lower case that a typing error
// can be made in.
func (l *language) written(text string, add func(string)) {
	l.terms(text, plainWord, func(at word, _ string, _ []byte) { add(strings.ToLower(text[at.start:at.end])) })
}

func plainWord(folded, _ []byte) (string, bool) {
	return "word", tolerance(len(folded)) > 0 && lowerASCII(folded)
}

// each calls add with every text of an article in a language and its weight.
func each(lib *kb.Library, a *kb.Article, lang kb.Lang, add func(text string, weight int)) {
	text := a.Text(lang)
	if text == nil {
		return
	}
	add(text.Title, weightTitle)
	for _, phrase := range a.Phrases[lang] {
		add(phrase, weightPhrase)
	}
	for _, code := range a.Codes {
		add(code.String(), weightName)
		info := errcode.Lookup(code)
		add(info.Symbol, weightName)
		for _, alias := range info.Aliases {
			add(alias, weightName)
		}
	}
	for _, number := range a.KBs {
		add(number.String(), weightName)
	}
	for _, on := range a.Affects {
		add(on.Product, weightBody)
		add(strings.Join(on.Versions, " "), weightBody)
		add(strings.Join(on.Builds, " "), weightBody)
	}
	add(text.Summary, weightSummary)
	for _, s := range text.Sections {
		weight := weightBody
		if s.ID == "symptoms" {
			weight = weightSymptoms
		}
		add(s.Title, weightBody)
		add(s.Body, weight)
		for _, sub := range s.Sections {
			add(sub.Title, weight)
			add(sub.Body, weightBody)
		}
	}
	for _, r := range remediesOf(lib, a) {
		if t := r.Text(lang); t != nil {
			add(t.Title, weightBody)
			add(t.Summary, weightBody)
		}
		// A technician asks for a command by its switches, or for a remedy by its name.
		add(r.Action, weightBody)
		for _, step := range r.Steps {
			add(strings.Join(step.Commands, " "), weightBody)
		}
	}
}
