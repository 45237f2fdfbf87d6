package search

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/document"
	index "github.com/blevesearch/bleve_index_api"

	"github.com/patchmedic/patchmedic/facts/errcode"
	"github.com/patchmedic/patchmedic/kb"
)

// mappingVersion names what the documents are made of. Change it with every
// change of this file or of the analysis: an index of another version is made
// anew.
const mappingVersion = "1"

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

// wordsField holds a language's words as written, in lower case: the dictionary
// of the spelling correction.
func wordsField(lang kb.Lang) string { return string(lang) + ".words" }

// headsField holds the terms of a language's titles and phrases, once an
// article: how many articles say a word of themselves.
func headsField(lang kb.Lang) string { return string(lang) + ".heads" }

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
	seen := map[string]bool{}
	for _, alternative := range a.Remedies {
		for _, step := range alternative.Plan {
			if seen[step.Action] {
				continue
			}
			seen[step.Action] = true
			if r, ok := lib.Remedy(step.Action); ok && r.IsCure() {
				out = append(out, r)
			}
		}
	}
	return out
}

// searchable reports whether an article is found at all.
func searchable(a *kb.Article) bool { return a.Status == "published" }

// writer makes documents. It is safe for concurrent use: Bleve analyses the
// documents of a batch side by side.
type writer struct {
	lib   *kb.Library
	stems map[kb.Lang]*sync.Map // folded word → term
}

func newWriter(lib *kb.Library) *writer {
	w := &writer{lib: lib, stems: map[kb.Lang]*sync.Map{}}
	for _, lang := range kb.Langs() {
		w.stems[lang] = &sync.Map{}
	}
	return w
}

// document returns what the index keeps of an article. The text is analysed
// later, by the queue that Bleve runs.
func (w *writer) document(id string, a *kb.Article) *document.Document {
	doc := document.NewDocument(id)
	for _, lang := range kb.Langs() {
		if a.Text(lang) == nil {
			continue
		}
		shared := &articleText{lib: w.lib, stems: w.stems[lang], article: a, lang: languages()[lang]}
		doc.AddField(document.NewTextFieldCustom(string(lang), nil, nil, index.IndexField, termsAnalyzer{shared}))
		doc.AddField(document.NewTextFieldCustom(wordsField(lang), nil, nil, index.IndexField|index.SkipFreqNorm, wordsAnalyzer{shared}))
		doc.AddField(document.NewTextFieldCustom(headsField(lang), nil, nil, index.IndexField|index.SkipFreqNorm, headsAnalyzer{shared}))
	}
	return doc
}

// articleText is one article in one language on its way into the index.
type articleText struct {
	lib     *kb.Library
	article *kb.Article
	lang    *language
	stems   *sync.Map       // shared by the articles of a Sync
	words   map[string]bool // met by the analysis
}

// termsAnalyzer makes the tokens of the text field. Bleve asks the fields of a
// document one after the other, so the words it meets are ready for
// wordsAnalyzer.
type termsAnalyzer struct{ *articleText }

// Analyze returns the terms of the whole article, weighted by repetition.
func (a termsAnalyzer) Analyze([]byte) analysis.TokenStream {
	out := tokens{a: a.articleText}
	a.words = map[string]bool{}
	a.each(out.text)
	return streamOf(out.terms)
}

// wordsAnalyzer makes the tokens of the dictionary field.
type wordsAnalyzer struct{ *articleText }

// Analyze returns the distinct words of the article.
func (a wordsAnalyzer) Analyze([]byte) analysis.TokenStream {
	return streamOf(slices.Sorted(maps.Keys(a.words)))
}

func streamOf(terms []string) analysis.TokenStream {
	backing := make([]analysis.Token, len(terms))
	out := make(analysis.TokenStream, len(terms))
	for i, t := range terms {
		backing[i].Term = []byte(t)
		out[i] = &backing[i]
	}
	return out
}

// headsAnalyzer makes the tokens of the field of titles and phrases.
type headsAnalyzer struct{ *articleText }

// Analyze returns the distinct terms of the headings.
func (a headsAnalyzer) Analyze([]byte) analysis.TokenStream {
	distinct := map[string]bool{}
	for _, heading := range headingsOf(a.article, a.lang) {
		for _, t := range heading {
			distinct[t] = true
		}
	}
	return streamOf(slices.Sorted(maps.Keys(distinct)))
}

// each calls add with every text of the article and its weight.
func (a *articleText) each(add func(text string, weight int)) {
	article, lang := a.article, a.lang.lang
	text := article.Text(lang)
	add(text.Title, weightTitle)
	for _, phrase := range article.Phrases[lang] {
		add(phrase, weightPhrase)
	}
	for _, code := range article.Codes {
		add(code.String(), weightName)
		info := errcode.Lookup(code)
		add(info.Symbol, weightName)
		for _, alias := range info.Aliases {
			add(alias, weightName)
		}
	}
	for _, number := range article.KBs {
		add(number.String(), weightName)
	}
	for _, on := range article.Affects {
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
	for _, r := range remediesOf(a.lib, article) {
		if t := r.Text(lang); t != nil {
			add(t.Title, weightBody)
			add(t.Summary, weightBody)
		}
	}
}

// tokens gathers the terms of an article.
type tokens struct {
	a     *articleText
	terms []string
}

func (t *tokens) text(text string, weight int) {
	lang := t.a.lang
	lang.terms(text, t.a.term, func(w word, term string, folded []byte) {
		t.add(term, weight)
		written := text[w.start:w.end]
		if len(folded) > 3 && lowerASCII(folded) {
			t.a.words[strings.ToLower(written)] = true
		}
		for _, part := range parts(written) {
			if p, ok := t.a.term(fold(nil, part), nil); ok {
				t.add(p, weight)
			}
		}
	})
}

func (t *tokens) add(term string, weight int) {
	for range weight {
		t.terms = append(t.terms, term)
	}
}

// term is language.term with a memory of the words met before.
func (a *articleText) term(w, before []byte) (string, bool) {
	if allDigits(w) {
		return a.lang.term(w, before)
	}
	if known, ok := a.stems.Load(string(w)); ok {
		t := known.(string)
		return t, t != ""
	}
	t, ok := a.lang.term(w, before)
	if !ok {
		t = ""
	}
	a.stems.Store(string(w), t)
	return t, ok
}
