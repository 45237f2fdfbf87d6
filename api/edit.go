package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/internal/cases"
	"github.com/patchmedic/patchmedic/kb"
)

// putBody is an article or a remedy as it shall be.
type putBody struct {
	// YAML is the logic, as in article.yaml or remedy.yaml.
	YAML string `json:"yaml" validate:"required"`
	// FR and EN are the prose in Markdown.
	FR string `json:"fr" validate:"required"`
	EN string `json:"en" validate:"required"`
	// Reason is kept with the version.
	Reason string `json:"reason,omitempty" maxLength:"2000"`
	// Base is the revision of the original that the text takes into account; it ends original_changed.
	Base string `json:"base,omitempty"`
} // @name PutBody

// version is a version of an article or a remedy.
type docVersion struct {
	Kind string `json:"kind" enums:"article,remedy"`
	ID   string `json:"id"`
	// Version counts from 1; 0 is the original, as it came with the program or the site's folder.
	Version int    `json:"version"`
	Status  string `json:"status" enums:"draft,review,published,retired"`
	// Revision identifies the text: If-Match takes it.
	Revision string `json:"revision"`
	// Base is the revision of the original that the text was made from, original that of now; absent without one.
	Base     string `json:"base,omitempty"`
	Original string `json:"original,omitempty"`
	// OriginalChanged: an upgrade or the site's folder changed the original since.
	OriginalChanged bool       `json:"original_changed"`
	Author          string     `json:"author,omitempty"`
	Reason          string     `json:"reason,omitempty"`
	At              *time.Time `json:"at,omitempty"`
} // @name DocumentVersion

// changed is what a change made.
type changed struct {
	docVersion
	// Warnings are what is not yet as it will be.
	Warnings []string `json:"warnings"`
} // @name Changed

func newDocVersion(v *cases.Version) docVersion {
	out := docVersion{Kind: string(v.Kind), ID: v.ID, Version: v.Version, Status: v.Status, Revision: v.Revision, Base: v.Base,
		Original: v.Original, OriginalChanged: v.OriginalChanged(), Author: v.Author, Reason: v.Reason}
	if !v.At.IsZero() {
		out.At = &v.At
	}
	return out
}

// putArticle godoc
//
//	@Summary	Change an article, or write a new one
//	@Description	Its status decides who sees it: draft and review leave what readers see as it is. All faults of the text are told, and then nothing is changed.
//	@Tags		editing
//	@Accept		json
//	@Produce	json
//	@Param		id				path		string	true	"Id of the article"
//	@Param		body			body		putBody	true	"The article"
//	@Param		If-Match		header		string	false	"ETag of the newest version, as its source has it"
//	@Param		If-None-Match	header		string	false	"* for a new article"
//	@Success	200				{object}	changed	"Changed"
//	@Success	201				{object}	changed	"Made"
//	@Failure	400,403,409,412,413,415,422,428	{object}	problem
//	@Failure	default			{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/articles/{id} [put]
func (s *server) putArticle(c *gin.Context) error { return s.put(c, kb.ArticleKind, c.Param("id")) }

// putRemedy godoc
//
//	@Summary	Change a remedy, or write a new one
//	@Description	Its status decides who sees it: draft and review leave what readers see as it is. All faults of the text are told, and then nothing is changed.
//	@Tags		editing
//	@Accept		json
//	@Produce	json
//	@Param		action			path		string	true	"Action of the remedy"
//	@Param		body			body		putBody	true	"The remedy"
//	@Param		If-Match		header		string	false	"ETag of the newest version, as its source has it"
//	@Param		If-None-Match	header		string	false	"* for a new remedy"
//	@Success	200				{object}	changed	"Changed"
//	@Success	201				{object}	changed	"Made"
//	@Failure	400,403,409,412,413,415,422,428	{object}	problem
//	@Failure	default			{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/remedies/{action} [put]
func (s *server) putRemedy(c *gin.Context) error { return s.put(c, kb.RemedyKind, c.Param("action")) }

func (s *server) put(c *gin.Context, kind kb.Kind, id string) error {
	var in putBody
	if err := s.readInto(c, &in); err != nil {
		return err
	}
	if err := checkReason(in.Reason); err != nil {
		return err
	}
	change := s.change(c, kind, id, in.Reason)
	change.Files, change.Base = kb.Files{YAML: in.YAML, FR: in.FR, EN: in.EN}, in.Base
	v, created, err := s.edit.Put(c.Request.Context(), change)
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	return s.answerChange(c, status, v, change.Document, err)
}

// readInto reads a small JSON document.
func (s *server) readInto(c *gin.Context, into any) error {
	data, err := s.body(c)
	if err != nil {
		return err
	}
	return unmarshal(data, into)
}

// readStrictly is readInto where nobody sends more than is taken.
func (s *server) readStrictly(c *gin.Context, into any) error {
	data, err := s.body(c)
	if err == nil {
		err = unmarshal(data, into)
	}
	if err != nil {
		return err
	}
	if faults := strangers(data, into); faults != nil {
		return faults
	}
	return nil
}

// longestReason bounds a reason in characters.
const longestReason = 2000

func checkReason(reason string) error {
	if len([]rune(reason)) > longestReason {
		return facts.Faults{{Pointer: "/reason", Detail: fmt.Sprintf("a reason has at most %d characters", longestReason)}}
	}
	return nil
}

// change is what the caller asks of a document.
func (s *server) change(c *gin.Context, kind kb.Kind, id, reason string) cases.Change {
	return cases.Change{Document: kb.Document{Kind: kind, ID: id}, Match: matchOf(c.Request.Header),
		Author: principalOf(c).Name, Reason: strings.TrimSpace(reason)}
}

// matchOf reads what the caller knows of the newest version. Of a tag its first
// part counts, which is the revision of the document alone; an intermediary may
// have made it weak.
func matchOf(h http.Header) cases.Match {
	m := cases.Match{None: strings.TrimSpace(h.Get("If-None-Match")) == "*"}
	for _, list := range h["If-Match"] {
		for tag := range strings.SplitSeq(list, ",") {
			revision, _, _ := strings.Cut(strings.Trim(strings.TrimPrefix(strings.TrimSpace(tag), "W/"), `"`), ".")
			if revision != "" {
				m.Revisions = append(m.Revisions, revision)
			}
		}
	}
	return m
}

// answerChange answers with the version that a change made.
func (s *server) answerChange(c *gin.Context, status int, v *cases.Version, d kb.Document, err error) error {
	var faults kb.Problems
	if errors.As(err, &faults) {
		return faultyDocument{d, faults}
	}
	if v == nil {
		return err
	}
	out := changed{newDocVersion(v), []string{}}
	if err != nil { // it is kept, and served
		s.failed(err)
		out.Warnings = append(out.Warnings, "The change is served. Its words are found in searches a little later, when the index has followed.")
	}
	setTag(c, v.Revision)
	return answer(c, status, out)
}

// setTag sets the ETag of one version of a document.
func setTag(c *gin.Context, revision string) {
	c.Writer.Header()["Etag"] = []string{`"` + revision + `"`}
}

// faultyDocument is a document that the lint refuses.
type faultyDocument struct {
	kb.Document
	faults kb.Problems
}

func (f faultyDocument) Error() string { return f.faults.Error() }

// tellDocument names each fault by the field of the body that it is in; faults of
// other files, which refer to the document, by the file.
func tellDocument(p *problem, err error) {
	var f faultyDocument
	errors.As(err, &f)
	for _, fault := range f.faults {
		p.Errors = append(p.Errors, inputFault{fieldOf(f.Document, fault), fault.Detail})
		last := &p.Errors[len(p.Errors)-1]
		switch {
		case last.Pointer == "":
			last.Detail = fault.String()
		case fault.Line > 0:
			last.Detail = fmt.Sprintf("line %d: %s", fault.Line, fault.Detail)
		}
	}
	p.Detail = f.faults[0].String()
}

// fieldOf is the pointer of the body's field that a fault is in, "" for a fault
// of another document.
func fieldOf(d kb.Document, fault kb.Problem) string {
	switch fault.File {
	case d.File(""):
		return "/yaml"
	case d.File(kb.French):
		return "/fr"
	case d.File(kb.English):
		return "/en"
	}
	return ""
}

// retireParams are what a retirement says.
type retireParams struct {
	// What to read instead: another article, or another remedy.
	ReplacedBy string `form:"replaced_by" maxLength:"200"`
	// Why.
	Reason string `form:"reason" maxLength:"2000"`
} // @name RetireParams

// retireArticle godoc
//
//	@Summary	Retire an article: it stays readable, and is advised and found no more
//	@Tags		editing
//	@Produce	json
//	@Param		id			path		string			true	"Id of the article"
//	@Param		params		query		retireParams	false	"Why, and what to read instead"
//	@Param		If-Match	header		string			false	"ETag of the newest version"
//	@Success	200			{object}	changed
//	@Failure	404,412,422,428	{object}	problem
//	@Failure	default		{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/articles/{id} [delete]
func (s *server) retireArticle(c *gin.Context) error {
	return s.retire(c, kb.ArticleKind, c.Param("id"))
}

// retireRemedy godoc
//
//	@Summary	Retire a remedy that no published article uses
//	@Tags		editing
//	@Produce	json
//	@Param		action		path		string			true	"Action of the remedy"
//	@Param		params		query		retireParams	false	"Why, and what to read instead"
//	@Param		If-Match	header		string			false	"ETag of the newest version"
//	@Success	200			{object}	changed
//	@Failure	404,412,422,428	{object}	problem
//	@Failure	default		{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/remedies/{action} [delete]
func (s *server) retireRemedy(c *gin.Context) error {
	return s.retire(c, kb.RemedyKind, c.Param("action"))
}

func (s *server) retire(c *gin.Context, kind kb.Kind, id string) error {
	var in retireParams
	if err := bind(c, &in); err != nil {
		return err
	}
	change := s.change(c, kind, id, in.Reason)
	v, err := s.edit.Retire(c.Request.Context(), change, in.ReplacedBy)
	return s.answerChange(c, http.StatusOK, v, change.Document, err)
}
