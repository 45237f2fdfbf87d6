package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
)

// lintBody is a document to check.
type lintBody struct {
	// Kind: without it an article.
	Kind string `json:"kind,omitempty" enums:"article,remedy"`
	// ID: without it that of a new document.
	ID string `json:"id,omitempty"`
	// YAML, FR and EN may be missing, as while the document is being written: then the faults say so.
	YAML string `json:"yaml,omitempty"`
	FR   string `json:"fr,omitempty"`
	EN   string `json:"en,omitempty"`
} // @name LintBody

// linted is what a document has for faults, and how it looks.
type linted struct {
	// Faults are all there are; none: it can be published.
	Faults []docFault `json:"faults"`
	FR     preview    `json:"fr"`
	EN     preview    `json:"en"`
} // @name Linted

// preview is the prose of a language as readers see it.
type preview struct {
	Title    string    `json:"title"`
	Summary  string    `json:"summary"`
	Sections []section `json:"sections"`
} // @name Preview

// lint godoc
//
//	@Summary	Check an article or a remedy without keeping it, and see how it looks
//	@Tags		editing
//	@Accept		json
//	@Produce	json
//	@Param		body	body		lintBody	true	"The document"
//	@Success	200		{object}	linted
//	@Failure	400,413,415,422	{object}	problem
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/lint [post]
func (s *server) lint(c *gin.Context) error {
	var in lintBody
	if err := s.readInto(c, &in); err != nil {
		return err
	}
	d := kb.Document{Kind: kb.ArticleKind, ID: "new-document", Files: kb.Files{YAML: in.YAML, FR: in.FR, EN: in.EN}}
	if in.ID != "" {
		d.ID = in.ID
	}
	switch in.Kind {
	case "", "article":
	case "remedy":
		d.Kind = kb.RemedyKind
	default:
		return facts.Faults{{Pointer: "/kind", Detail: "kind is article or remedy"}}
	}
	lib := s.read.Library()
	show := func(lang kb.Lang) preview {
		text := d.Text(lang)
		return preview{text.Title, text.Summary, sections(lib, text)}
	}
	return answer(c, http.StatusOK, linted{docFaults(s.edit.Lint(d)), show(kb.French), show(kb.English)})
}
