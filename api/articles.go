package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/kb"
)

// articlesParams are what GET /articles takes.
type articlesParams struct {
	// Language of the answer; without it Accept-Language decides.
	Lang string `form:"lang" enums:"fr,en"`
	// Only articles of this category.
	Category string `form:"category" enums:"servicing,agent,disk,network,policy,setup,driver,security,hardware,store"`
	// How many articles to return; a feed has them all.
	Limit int `form:"limit" minimum:"1" maximum:"100" default:"50"`
	// Where to go on: next of the page before.
	Cursor string `form:"cursor" maxLength:"300"`
	// jsonl feeds other systems: whole articles, retired ones too, one a line.
	Format string `form:"format" enums:"json,jsonl" default:"json"`
	// Of a feed: only articles reviewed on this day (2026-11-22) or later, or the revision of the feed read before: nothing when nothing changed since, else everything.
	Since string `form:"since" maxLength:"40"`
} // @name ArticlesParams

// articleList is one page of the articles, by id.
type articleList struct {
	Articles []articleItem `json:"articles"`
	Total    int           `json:"total"`
	// Revision is that of the whole content.
	Revision string `json:"revision"`
	// Next is the cursor of the next page; absent on the last one.
	Next string `json:"next,omitempty"`
} // @name ArticleList

// articleItem is an article in a list.
type articleItem struct {
	ID        string   `json:"id"`
	Lang      string   `json:"lang" enums:"fr,en"`
	Title     string   `json:"title"`
	Summary   string   `json:"summary"`
	Codes     []string `json:"codes"`
	KBs       []string `json:"kbs"`
	Category  string   `json:"category"`
	Frequency string   `json:"frequency" enums:"common,occasional,rare"`
	Reviewed  string   `json:"reviewed" format:"date"`
	Revision  string   `json:"revision"`
	URL       string   `json:"url"`
} // @name ArticleItem

// article is one cause of failed updates.
type article struct {
	articleItem
	// Status: a retired article stays readable and is advised no more.
	Status string `json:"status" enums:"published,retired"`
	// ReplacedBy is the heir of a retired article.
	ReplacedBy string `json:"replaced_by,omitempty"`
	// Generic: the article says how to look further, not what the cause is.
	Generic bool `json:"generic"`
	// Affects is where the cause was seen; it may happen elsewhere.
	Affects []affected `json:"affects"`
	// Remedies are alternatives in the author's order; an advice orders them for a machine.
	Remedies []articleRemedy `json:"remedies"`
	// Ineffective are actions that do not help here.
	Ineffective []string     `json:"ineffective"`
	Sections    []section    `json:"sections"`
	Related     []articleRef `json:"related"`
	Sources     []source     `json:"sources"`
} // @name Article

// affected is a Windows on which a cause was seen.
type affected struct {
	Product  string   `json:"product"`
	Versions []string `json:"versions"`
	Builds   []string `json:"builds"`
} // @name Affected

// articleRemedy is one way to cure the cause.
type articleRemedy struct {
	// Action is the plan's main one: the last that is no check and no restart.
	Action string `json:"action"`
	Title  string `json:"title"`
	// Plan is what is done, in order.
	Plan []string `json:"plan"`
	// Cures is how often it cures this cause, empty when not judged.
	Cures string `json:"cures,omitempty" enums:"always,usually,often,sometimes,rarely,never"`
	// Temporary: it hides the failure and does not cure it.
	Temporary bool `json:"temporary"`
} // @name ArticleRemedy

// section is a part of the prose.
type section struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	HTML  string `json:"html"`
} // @name Section

// source is where facts come from.
type source struct {
	Title string `json:"title"`
	URL   string `json:"url" format:"uri"`
	Kind  string `json:"kind" enums:"vendor,field,forum"`
	Seen  string `json:"seen" format:"date"`
} // @name Source

// articles godoc
//
//	@Summary	List the published articles, or feed them to another system
//	@Tags		articles
//	@Produce	json,application/jsonl
//	@Param		params	query		articlesParams	false	"Which articles"
//	@Success	200		{object}	articleList	"A page; with format=jsonl one Article a line, and the revision in Patchmedic-Revision"
//	@Failure	400		{object}	problem	"A parameter or the cursor is at fault"
//	@Failure	409		{object}	problem	"The content changed since the first page"
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/articles [get]
func (s *server) articles(c *gin.Context) error {
	var in articlesParams
	if err := bind(c, &in); err != nil {
		return err
	}
	lang, lib := s.lang(c, in.Lang), s.read.Library()
	if in.Format == "jsonl" {
		return s.feed(c, in, lang, lib)
	}
	list := articlesOf(lib, func(a *kb.Article) bool {
		return a.Status == "published" && (in.Category == "" || a.Category == in.Category)
	})
	query := queryOf("articles", string(lang), in.Category)
	offset, err := offsetIn(lib.Revision(), in.Cursor, query)
	if err != nil || s.fresh(c, false, lib.Revision(), lang, "") {
		return err
	}
	out := articleList{Articles: []articleItem{}, Total: len(list), Revision: lib.Revision()}
	list, out.Next = page(list, offset, in.Limit, lib.Revision(), query)
	for _, a := range list {
		out.Articles = append(out.Articles, newArticleItem(a, lang))
	}
	return answer(c, 200, out)
}

func articlesOf(lib *kb.Library, keep func(*kb.Article) bool) []*kb.Article {
	var out []*kb.Article
	for _, a := range lib.Articles() {
		if keep(a) {
			out = append(out, a)
		}
	}
	return out
}

var jsonLines = []string{"application/jsonl"}

// feed writes whole articles, one a line, as they are made: a large content is
// never held as JSON in one piece.
func (s *server) feed(c *gin.Context, in articlesParams, lang kb.Lang, lib *kb.Library) error {
	keep, err := feedFilter(in, lib)
	if err != nil {
		return err
	}
	c.Header("Patchmedic-Revision", lib.Revision())
	if s.fresh(c, false, lib.Revision(), lang, "") {
		return nil
	}
	c.Writer.Header()["Content-Type"] = jsonLines
	c.Status(http.StatusOK)
	for _, a := range articlesOf(lib, keep) {
		if err := encode(newArticle(lib, a, lang), func(line []byte) { _, _ = c.Writer.Write(line) }); err != nil {
			panic(http.ErrAbortHandler) // half a feed must not look whole
		}
	}
	c.Writer.WriteHeaderNow()
	return nil
}

// feedFilter says which articles a feed has.
func feedFilter(in articlesParams, lib *kb.Library) (func(*kb.Article) bool, error) {
	since := ""
	if day, err := time.Parse(time.DateOnly, in.Since); err == nil {
		since = day.Format(time.DateOnly)
	} else if in.Since != "" && !isRevision(in.Since) {
		return nil, badParam("query", "since", "since: write a day as in 2026-11-22, or the Patchmedic-Revision of the feed read before")
	}
	unchanged := in.Since == lib.Revision()
	return func(a *kb.Article) bool {
		return kb.Served(a.Status) && !unchanged && string(a.Reviewed) >= since && (in.Category == "" || a.Category == in.Category)
	}, nil
}

func isRevision(text string) bool {
	return len(text) == 12 && strings.Trim(text, "0123456789abcdef") == ""
}

// article godoc
//
//	@Summary	Read an article
//	@Tags		articles
//	@Produce	json,text/markdown
//	@Param		id		path		string		true	"Id of the article"
//	@Param		params	query		langParams	false	"Language"
//	@Success	200		{object}	article	"With Accept: text/markdown the source of the language"
//	@Failure	404		{object}	problem	"No such article"
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/articles/{id} [get]
func (s *server) article(c *gin.Context) error {
	var in langParams
	if err := bind(c, &in); err != nil {
		return err
	}
	lang, lib := s.lang(c, in.Lang), s.read.Library()
	a, err := s.read.Article(c.Param("id"))
	if err != nil {
		return err
	}
	if done := s.source(c, a.Text(lang), a.Revision(), lib); done {
		return nil
	}
	return answer(c, 200, newArticle(lib, a, lang))
}

var markdownType = []string{"text/markdown; charset=utf-8"}

// source answers 304, or the Markdown of a text when the reader likes that best,
// and reports whether it answered.
func (s *server) source(c *gin.Context, text *kb.Text, revision string, lib *kb.Library) bool {
	c.Writer.Header()["Vary"] = varyAccept
	if !wantsMarkdown(c.GetHeader("Accept")) {
		return s.fresh(c, false, revision, text.Lang, lib.Revision())
	}
	if !s.fresh(c, false, revision, text.Lang, "md") {
		send(c, http.StatusOK, markdownType, []byte(text.Source))
	}
	return true
}

func newArticleItem(a *kb.Article, lang kb.Lang) articleItem {
	text := a.Text(lang)
	return articleItem{ID: a.ID, Lang: string(lang), Title: text.Title, Summary: text.Summary, Codes: texts(a.Codes), KBs: texts(a.KBs),
		Category: a.Category, Frequency: string(a.Frequency), Reviewed: string(a.Reviewed), Revision: a.Revision(), URL: articleURL(a.ID)}
}

func newArticle(lib *kb.Library, a *kb.Article, lang kb.Lang) article {
	out := article{articleItem: newArticleItem(a, lang), Status: a.Status, ReplacedBy: a.ReplacedBy, Generic: a.Generic,
		Affects: []affected{}, Remedies: []articleRemedy{}, Ineffective: append([]string{}, a.Ineffective...),
		Related: []articleRef{}, Sections: sections(lib, a.Text(lang)), Sources: sources(a.Sources)}
	for _, on := range a.Affects {
		out.Affects = append(out.Affects, affected{on.Product, append([]string{}, on.Versions...), append([]string{}, on.Builds...)})
	}
	for _, alt := range a.Remedies {
		out.Remedies = append(out.Remedies, newArticleRemedy(lib, alt, lang))
	}
	for _, id := range a.Related {
		if other, ok := lib.Article(id); ok && other.Status == "published" {
			out.Related = append(out.Related, articleRef{id, other.Text(lang).Title})
		}
	}
	return out
}

// newArticleRemedy names a plan by its last action that is no check and no
// restart, as the advisor does.
func newArticleRemedy(lib *kb.Library, alt kb.Alternative, lang kb.Lang) articleRemedy {
	out := articleRemedy{Plan: []string{}, Cures: string(alt.Cures), Temporary: alt.Temporary}
	for i, step := range alt.Plan {
		out.Plan = append(out.Plan, step.Action)
		r, ok := lib.Remedy(step.Action)
		if i == 0 || ok && r.IsCure() && step.Action != "reboot" {
			out.Action, out.Title = step.Action, step.Action
			if ok {
				args, _ := r.Bind(step.With, 0)
				out.Title = args.Fill(r.Text(lang).Title)
			}
		}
	}
	return out
}

func sections(lib *kb.Library, text *kb.Text) []section {
	out := make([]section, 0, len(text.Sections))
	for _, s := range text.Sections {
		out = append(out, section{s.ID, s.Title, lib.HTML(s.Markdown(), nil)})
	}
	return out
}

func sources(list []kb.Source) []source {
	out := make([]source, 0, len(list))
	for _, s := range list {
		out = append(out, source{s.Title, s.URL, s.Kind, string(s.Seen)})
	}
	return out
}
