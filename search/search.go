package search

import (
	"context"
	"errors"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
)

// Query is what a person looks for.
type Query struct {
	// Text is what was typed; empty finds everything that the filters leave.
	Text string
	// Lang is the reader's language, "" for the text's.
	Lang kb.Lang
	// Code, when given, leaves only the articles that list it or its first number.
	Code *facts.Code
	// KB, unless 0, leaves only the articles that list the update.
	KB facts.KB
	// Category, unless empty, leaves only the articles of a category.
	Category string
	// Product, unless empty, leaves only the articles seen on a product.
	Product string
	// Limit is how many hits to return: 0 takes 10, at most 100.
	Limit int
	// Offset is how many hits to pass over.
	Offset int
}

const (
	limitUsual = 10
	limitMost  = 100
	offsetMost = 10_000
)

// Results are the answer to a query.
type Results struct {
	Understood Understood
	// Total is how many articles are found, whatever the limit.
	Total int
	Hits  []Hit
	// Facets count the found articles by "category" and by "product", each as if
	// its own filter were not set; most first.
	Facets map[string][]FacetValue
	// Complete is false while the text index does not hold the Library: codes and
	// updates are found all the same.
	Complete bool
}

// Hit is an article that was found.
type Hit struct {
	Article *kb.Article
	// Lang is the language to show it in.
	Lang kb.Lang
	// Score orders the hits of one result and means nothing beside another's.
	Score float64
	// Why says what was found, most important first.
	Why []Reason
	// Highlights are passages with the words that were found.
	Highlights []Highlight
}

// Reason is why an article is a hit.
type Reason struct {
	// Kind is code, symbol, related-code, kb, text, or other-language for text
	// that only another language than the reader's has.
	Kind string
	// Match is what matched: the code, symbol or update in canonical form, or the
	// words as typed.
	Match string
}

// The kinds of reasons.
const (
	WhyCode          = "code"
	WhySymbol        = "symbol"
	WhyRelatedCode   = "related-code"
	WhyKB            = "kb"
	WhyText          = "text"
	WhyOtherLanguage = "other-language"
)

// FacetValue is how many hits have a value.
type FacetValue struct {
	Value string
	Count int
}

// Where a hit stands before its words count.
const (
	tierCode    = 5.0
	tierResult  = 4.5 // lists the result of a setup pair that was typed
	tierKB      = 4.0
	tierRelated = 3.0
	tierAll     = 2.0 // all words, in the reader's language
	tierOther   = 1.0 // all words, in another one
	tierMention = 0.9 // speaks of a code without being about it
	// Most words in the reader's language; in another one they start from 0.
	tierMostWords = 0.3
)

const (
	// enough is how many articles end the search for all words: another language
	// is looked at only when the reader's gives fewer.
	enough = 10
	// few is how many are too few: then most of the words will do, unless the query
	// named a code or an update that was found.
	few = 3
	// window is how many of the best texts are compared with their headings.
	window = 24
	// coverageLeast is the share of a query's worth that an article must have
	// when not all words are found together, coverageTrade the same for a query
	// that has a word of nearly all articles, and so is of the trade.
	coverageLeast = 0.55
	coverageTrade = 0.35
	nearlyAll     = 0.75
)

// Search answers a query about a Library. The error is the context's, or that
// the index is closed: a fault of the text index leaves the exact answers, with
// Complete false.
func (x *Index) Search(ctx context.Context, lib *kb.Library, q Query) (Results, error) {
	q = q.clean()
	v := x.views.of(lib)
	c := newCollector(v, q)
	c.exact()
	complete := x.Holds(lib)
	if c.needsText() {
		err := x.read(func(s *snapshot) error { return x.text(ctx, s, c) })
		if ctx.Err() != nil {
			return Results{}, ctx.Err()
		}
		if errors.Is(err, errClosed) {
			return Results{}, err
		}
		// Asked again, since edits may have passed by meanwhile.
		complete = complete && err == nil && x.Holds(lib)
	}
	return c.results(complete), nil
}

func (q Query) clean() Query {
	if q.Limit <= 0 {
		q.Limit = limitUsual
	}
	q.Limit = min(q.Limit, limitMost)
	q.Offset = min(max(q.Offset, 0), offsetMost)
	return q
}
