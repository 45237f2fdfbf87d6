package api

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/internal/cases"
	"github.com/patchmedic/patchmedic/kb"
)

// history is all that was made of a document.
type history struct {
	Kind string `json:"kind" enums:"article,remedy"`
	ID   string `json:"id"`
	// Versions are newest first; none when it was never edited.
	Versions []docVersion `json:"versions"`
} // @name History

// sourceParams say which version is wanted.
type sourceParams struct {
	// Number of the version; 0 is the original. Without it the newest one.
	Version string `form:"version" maxLength:"9"`
} // @name SourceParams

// docSource is a document as it was written.
type docSource struct {
	docVersion
	YAML string `json:"yaml"`
	FR   string `json:"fr"`
	EN   string `json:"en"`
} // @name DocumentSource

// restoreBody says what to bring back.
type restoreBody struct {
	// Version to bring back; 0 is the original.
	Version *int   `json:"version" validate:"required" minimum:"0"`
	Reason  string `json:"reason,omitempty" maxLength:"2000"`
	// Status of the new version; without it that of the old one.
	Status string `json:"status,omitempty" enums:"draft,review,published,retired"`
} // @name RestoreBody

// articleHistory godoc
//
//	@Summary	List the versions of an article
//	@Tags		editing
//	@Produce	json
//	@Param		id	path		string	true	"Id of the article"
//	@Success	200	{object}	history
//	@Failure	404	{object}	problem
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/articles/{id}/history [get]
func (s *server) articleHistory(c *gin.Context) error {
	return s.history(c, kb.ArticleKind, c.Param("id"))
}

// remedyHistory godoc
//
//	@Summary	List the versions of a remedy
//	@Tags		editing
//	@Produce	json
//	@Param		action	path		string	true	"Action of the remedy"
//	@Success	200		{object}	history
//	@Failure	404		{object}	problem
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/remedies/{action}/history [get]
func (s *server) remedyHistory(c *gin.Context) error {
	return s.history(c, kb.RemedyKind, c.Param("action"))
}

func (s *server) history(c *gin.Context, kind kb.Kind, id string) error {
	versions, err := s.edit.History(c.Request.Context(), kind, id)
	if err != nil {
		return err
	}
	out := history{Kind: string(kind), ID: id, Versions: []docVersion{}}
	for i := range versions {
		out.Versions = append(out.Versions, newDocVersion(&versions[i]))
	}
	return answerFresh(c, out)
}

// articleSource godoc
//
//	@Summary	Read an article as it is written, drafts too
//	@Tags		editing
//	@Produce	json
//	@Param		id		path		string			true	"Id of the article"
//	@Param		params	query		sourceParams	false	"Which version"
//	@Success	200		{object}	docSource	"The ETag is for If-Match"
//	@Failure	400,404	{object}	problem
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/articles/{id}/source [get]
func (s *server) articleSource(c *gin.Context) error {
	return s.documentSource(c, kb.ArticleKind, c.Param("id"))
}

// remedySource godoc
//
//	@Summary	Read a remedy as it is written, drafts too
//	@Tags		editing
//	@Produce	json
//	@Param		action	path		string			true	"Action of the remedy"
//	@Param		params	query		sourceParams	false	"Which version"
//	@Success	200		{object}	docSource	"The ETag is for If-Match"
//	@Failure	400,404	{object}	problem
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/remedies/{action}/source [get]
func (s *server) remedySource(c *gin.Context) error {
	return s.documentSource(c, kb.RemedyKind, c.Param("action"))
}

func (s *server) documentSource(c *gin.Context, kind kb.Kind, id string) error {
	var in sourceParams
	if err := bind(c, &in); err != nil {
		return err
	}
	number := cases.Newest
	if in.Version != "" {
		n, err := strconv.Atoi(in.Version)
		if err != nil || n < 0 {
			return badParam("query", "version", "version: %q is no number of a version: see history", in.Version)
		}
		number = n
	}
	v, err := s.edit.Source(c.Request.Context(), kind, id, number)
	if err != nil {
		return err
	}
	return encode(docSource{newDocVersion(v), v.YAML, v.FR, v.EN}, func(body []byte) {
		if !sendTag(c, `"`+v.Revision+"."+shortSum(body)+`"`) {
			send(c, http.StatusOK, jsonType, body)
		}
	})
}

// restoreArticle godoc
//
//	@Summary	Make a new version of an old one
//	@Tags		editing
//	@Accept		json
//	@Produce	json
//	@Param		id			path		string		true	"Id of the article"
//	@Param		body		body		restoreBody	true	"Which version"
//	@Param		If-Match	header		string		false	"ETag of the newest version"
//	@Success	200			{object}	changed
//	@Failure	400,403,404,409,412,413,415,422,428	{object}	problem
//	@Failure	default		{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/articles/{id}/restore [post]
func (s *server) restoreArticle(c *gin.Context) error {
	return s.bringBack(c, kb.ArticleKind, c.Param("id"))
}

// restoreRemedy godoc
//
//	@Summary	Make a new version of an old one
//	@Tags		editing
//	@Accept		json
//	@Produce	json
//	@Param		action		path		string		true	"Action of the remedy"
//	@Param		body		body		restoreBody	true	"Which version"
//	@Param		If-Match	header		string		false	"ETag of the newest version"
//	@Success	200			{object}	changed
//	@Failure	400,403,404,409,412,413,415,422,428	{object}	problem
//	@Failure	default		{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/remedies/{action}/restore [post]
func (s *server) restoreRemedy(c *gin.Context) error {
	return s.bringBack(c, kb.RemedyKind, c.Param("action"))
}

func (s *server) bringBack(c *gin.Context, kind kb.Kind, id string) error {
	var in restoreBody
	if err := s.readInto(c, &in); err != nil {
		return err
	}
	if in.Version == nil || *in.Version < 0 {
		return facts.Faults{{Pointer: "/version", Detail: "say which version: its number in the history, or 0 for the original"}}
	}
	if err := checkReason(in.Reason); err != nil {
		return err
	}
	change := s.change(c, kind, id, in.Reason)
	v, err := s.edit.Restore(c.Request.Context(), change, *in.Version, in.Status)
	return s.answerChange(c, http.StatusOK, v, change.Document, err)
}

// edits are all edited documents.
type edits struct {
	Edits []editItem `json:"edits"`
} // @name Edits

// editItem is an edited document as it stands.
type editItem struct {
	docVersion
	// Served is the version that readers see, 0 for none of the edits.
	Served int `json:"served"`
	// Faults are why the edit for readers is left out, as after an upgrade that took away what it names: then they see the original.
	Faults []docFault `json:"faults"`
} // @name Edit

// docFault is a fault of the content.
type docFault struct {
	File string `json:"file"`
	// Line counts from 1; absent: the file as a whole.
	Line   int    `json:"line,omitempty"`
	Detail string `json:"detail"`
} // @name ContentFault

func docFaults(list kb.Problems) []docFault {
	out := []docFault{}
	for _, p := range list {
		out = append(out, docFault{p.File, p.Line, p.Detail})
	}
	return out
}

// listEdits godoc
//
//	@Summary	List what was edited here, and what an upgrade changed under it
//	@Tags		editing
//	@Produce	json
//	@Success	200	{object}	edits
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/edits [get]
func (s *server) listEdits(c *gin.Context) error {
	list, err := s.edit.Edits(c.Request.Context())
	if err != nil {
		return err
	}
	out := edits{Edits: []editItem{}}
	for i := range list {
		e := editItem{newDocVersion(&list[i].Head), list[i].Served, docFaults(list[i].Head.Faults)}
		if len(e.Faults) > 0 {
			e.Served = 0
		}
		out.Edits = append(out.Edits, e)
	}
	return answerFresh(c, out)
}
