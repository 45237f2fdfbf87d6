package api

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/search"
)

// searchParams are what GET /search takes.
type searchParams struct {
	// What a person types: an error code in any spelling, a KB number, a symbol, words. Empty finds everything that the filters leave.
	Q string `form:"q" maxLength:"1000"`
	// Language of the answer; without it Accept-Language decides.
	Lang string `form:"lang" enums:"fr,en"`
	// Only articles that list this error code, in any spelling.
	Code *facts.Code `form:"code" swaggertype:"string"`
	// Only articles that list this update, as in KB5058411.
	KB *facts.KB `form:"kb" swaggertype:"string"`
	// Only articles of this category.
	Category string `form:"category" enums:"servicing,agent,disk,network,policy,setup,driver,security,hardware,store"`
	// Only articles seen on this product, as in Windows 11.
	Product string `form:"product" maxLength:"100"`
	// How many hits to return.
	Limit int `form:"limit" minimum:"1" maximum:"100" default:"10"`
	// Where to go on: next of the page before.
	Cursor string `form:"cursor" maxLength:"300"`
} // @name SearchParams

// searchAnswer is what was found.
type searchAnswer struct {
	Query searchQuery `json:"query"`
	// Total is how many articles are found, whatever the limit.
	Total int `json:"total"`
	// TookUS is how many microseconds the search took.
	TookUS int64       `json:"took_us"`
	Hits   []searchHit `json:"hits"`
	// Facets count the found articles, each as if its own filter were not set.
	Facets searchFacets `json:"facets"`
	// Incomplete: the text index is still being built, so only codes and updates were searched in full.
	Incomplete bool `json:"incomplete"`
	// Revision is that of the content searched.
	Revision string `json:"revision"`
	// Next is the cursor of the next page; absent on the last one.
	Next string `json:"next,omitempty"`
} // @name SearchAnswer

// searchQuery is how the query was understood.
type searchQuery struct {
	Text string `json:"text"`
	Lang string `json:"lang" enums:"fr,en"`
	// Codes are the error codes in the text, in canonical spelling.
	Codes []string `json:"codes"`
	KBs   []string `json:"kbs"`
	// Corrected is the text with its typing errors mended, when it had some.
	Corrected string `json:"corrected,omitempty"`
} // @name SearchQuery

// searchHit is an article that was found.
type searchHit struct {
	ID string `json:"id"`
	// Lang is the language of the texts.
	Lang    string `json:"lang" enums:"fr,en"`
	Title   string `json:"title"`
	Summary string `json:"summary"`
	// Score orders the hits of one answer and means nothing beside another's.
	Score    float64  `json:"score"`
	Codes    []string `json:"codes"`
	Category string   `json:"category"`
	// Why is the most important reason: code, symbol, related-code, kb, text, other-language; empty for a search without words.
	Why string `json:"why"`
	// Reasons are all reasons with what matched, most important first.
	Reasons    []searchReason    `json:"reasons"`
	Highlights []searchHighlight `json:"highlights"`
	Reviewed   string            `json:"reviewed" format:"date"`
	URL        string            `json:"url"`
} // @name SearchHit

// searchReason is why an article was found.
type searchReason struct {
	Kind string `json:"kind" enums:"code,symbol,related-code,kb,text,other-language"`
	// Match is the code, symbol or update in canonical spelling, or the words as typed.
	Match string `json:"match"`
} // @name SearchReason

// searchHighlight is a passage with what was found in it.
type searchHighlight struct {
	// Field is title, summary or the id of a section.
	Field string `json:"field"`
	// HTML is escaped text with mark elements in it and nothing else.
	HTML string `json:"html"`
} // @name SearchHighlight

// searchFacets count the found articles.
type searchFacets struct {
	Category []facetCount `json:"category"`
	Product  []facetCount `json:"product"`
} // @name SearchFacets

// facetCount is how many of the found articles have a value.
type facetCount struct {
	Value string `json:"value"`
	Count int    `json:"count"`
} // @name FacetCount

// search godoc
//
//	@Summary	Find articles by code, update or words
//	@Tags		search
//	@Produce	json
//	@Param		params	query		searchParams	false	"What to find"
//	@Success	200		{object}	searchAnswer
//	@Failure	400		{object}	problem	"A parameter or the cursor is at fault"
//	@Failure	409		{object}	problem	"The content changed since the first page"
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/search [get]
func (s *server) search(c *gin.Context) error {
	begin := time.Now()
	var in searchParams
	if err := bind(c, &in); err != nil {
		return err
	}
	lang := s.lang(c, in.Lang)
	query := in.hash(lang)
	from, err := parseCursor(in.Cursor, query)
	if err != nil || s.fresh(c, true, s.read.Library().Revision(), lang, "") {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), s.Timeout)
	defer cancel()
	found, revision, err := s.read.Search(ctx, in.query(lang, from.offset))
	if err != nil {
		return err
	}
	out := newSearchAnswer(found, revision)
	if out.Incomplete {
		forget(c)
	}
	out.TookUS = time.Since(begin).Microseconds()
	return out.send(c, from, query)
}

// deepest is how far into the hits a search goes; who wants more has filters.
const deepest = 10_000

// send writes the answer with the cursor of the next page. Pages found without
// the text index do not fit to pages found with it.
func (a *searchAnswer) send(c *gin.Context, from cursor, query uint32) error {
	state := a.Revision
	if a.Incomplete {
		state += "-exact"
	}
	if from.staleIn(state) {
		return errStale
	}
	if end := from.offset + len(a.Hits); len(a.Hits) > 0 && end < a.Total && end <= deepest {
		a.Next = cursor{state, end, query}.String()
	}
	return answer(c, 200, a)
}

// hash identifies what is searched for, whatever the page.
func (in searchParams) hash(lang kb.Lang) uint32 {
	var code string
	if in.Code != nil {
		code = in.Code.String()
	}
	return queryOf("search", in.Q, string(lang), code, in.kb().String(), in.Category, in.Product)
}

func (in searchParams) kb() facts.KB {
	if in.KB == nil {
		return 0
	}
	return *in.KB
}

func (in searchParams) query(lang kb.Lang, offset int) search.Query {
	return search.Query{Text: in.Q, Lang: lang, Code: in.Code, KB: in.kb(), Category: in.Category,
		Product: in.Product, Limit: in.Limit, Offset: offset}
}

func newSearchAnswer(found search.Results, revision string) searchAnswer {
	u := found.Understood
	out := searchAnswer{
		Query: searchQuery{Text: u.Text, Lang: string(u.Lang), Codes: make([]string, 0, len(u.Codes)), KBs: texts(u.KBs), Corrected: u.Corrected},
		Total: found.Total, Hits: make([]searchHit, 0, len(found.Hits)), Revision: revision, Incomplete: !found.Complete,
		Facets: searchFacets{Category: facets(found.Facets["category"]), Product: facets(found.Facets["product"])},
	}
	for _, m := range u.Codes {
		out.Query.Codes = append(out.Query.Codes, m.Code.String())
	}
	for _, hit := range found.Hits {
		out.Hits = append(out.Hits, newSearchHit(hit))
	}
	return out
}

func newSearchHit(hit search.Hit) searchHit {
	a, text := hit.Article, hit.Article.Text(hit.Lang)
	out := searchHit{
		ID: a.ID, Lang: string(hit.Lang), Title: text.Title, Summary: text.Summary, Score: hit.Score, Codes: texts(a.Codes),
		Category: a.Category, Reasons: make([]searchReason, 0, len(hit.Why)), Reviewed: string(a.Reviewed), URL: articleURL(a.ID),
		Highlights: make([]searchHighlight, 0, len(hit.Highlights)),
	}
	for _, why := range hit.Why {
		out.Reasons = append(out.Reasons, searchReason{why.Kind, why.Match})
	}
	if len(hit.Why) > 0 {
		out.Why = hit.Why[0].Kind
	}
	for _, h := range hit.Highlights {
		out.Highlights = append(out.Highlights, searchHighlight{h.Field, h.HTML})
	}
	return out
}

func facets(values []search.FacetValue) []facetCount {
	out := make([]facetCount, 0, len(values))
	for _, v := range values {
		out = append(out, facetCount{v.Value, v.Count})
	}
	return out
}

// texts returns the canonical spellings of codes or updates, never nil.
func texts[T interface{ String() string }](list []T) []string {
	out := make([]string, 0, len(list))
	for _, v := range list {
		out = append(out, v.String())
	}
	return out
}

// suggestParams are what GET /suggest takes.
type suggestParams struct {
	// What was typed so far.
	Q string `form:"q" maxLength:"200"`
	// Language of the answer; without it Accept-Language decides.
	Lang string `form:"lang" enums:"fr,en"`
} // @name SuggestParams

// suggestAnswer completes what is being typed.
type suggestAnswer struct {
	Suggestions []suggestion `json:"suggestions"`
} // @name SuggestAnswer

// suggestion is one way to go on typing.
type suggestion struct {
	// Text is what to search for, or the title of an article.
	Text string `json:"text"`
	Kind string `json:"kind" enums:"code,kb,phrase,title"`
	// Detail is the symbol of a code.
	Detail string `json:"detail,omitempty"`
	// ID is the article of a title.
	ID string `json:"id,omitempty"`
} // @name Suggestion

// suggest godoc
//
//	@Summary	Complete what is being typed
//	@Tags		search
//	@Produce	json
//	@Param		params	query		suggestParams	false	"What was typed"
//	@Success	200		{object}	suggestAnswer
//	@Failure	400		{object}	problem	"A parameter is at fault"
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/suggest [get]
func (s *server) suggest(c *gin.Context) error {
	var in suggestParams
	if err := bind(c, &in); err != nil {
		return err
	}
	lang, revision := s.lang(c, in.Lang), s.read.Library().Revision()
	if s.fresh(c, false, revision, lang, "") {
		return nil
	}
	out := suggestAnswer{Suggestions: []suggestion{}}
	for _, found := range s.read.Suggest(in.Q, lang) {
		out.Suggestions = append(out.Suggestions, suggestion{found.Text, found.Kind, found.Detail, found.ID})
	}
	return answer(c, 200, out)
}
