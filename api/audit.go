package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// auditParams say where to read on.
type auditParams struct {
	// Where to go on: next of the page before.
	Cursor string `form:"cursor" maxLength:"26"`
	// How many entries to return.
	Limit int `form:"limit" minimum:"1" maximum:"500" default:"100"`
} // @name AuditParams

// auditAnswer is who changed what, the newest first.
type auditAnswer struct {
	Entries []auditEntry `json:"entries"`
	// Next is the cursor of the older entries; absent: there are none.
	Next string `json:"next,omitempty"`
} // @name Audit

// auditEntry is one change.
type auditEntry struct {
	ID string    `json:"id"`
	At time.Time `json:"at" format:"date-time"`
	// Who is the name of the token, "local" for a caller without one, "configured"
	// for PATCHMEDIC_TOKEN, or "operator" for the command line.
	Who string `json:"who"`
	// What was done: a word and a thing, as in token.revoked.
	What string `json:"what"`
	// Subject is the id of the thing.
	Subject string `json:"subject"`
	Reason  string `json:"reason,omitempty"`
} // @name AuditEntry

// audit godoc
//
//	@Summary	Read who changed what: edits, tokens, erasures, backups
//	@Tags		administration
//	@Produce	json
//	@Param		params	query		auditParams	false	"Page"
//	@Success	200		{object}	auditAnswer
//	@Failure	400		{object}	problem
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/audit [get]
func (s *server) audit(c *gin.Context) error {
	var in auditParams
	if err := bind(c, &in); err != nil {
		return err
	}
	if in.Cursor != "" && !isID(in.Cursor) {
		return errCursor
	}
	list, err := s.Store.Entries(c.Request.Context(), in.Cursor, in.Limit+1)
	if err != nil {
		return err
	}
	out := auditAnswer{Entries: make([]auditEntry, 0, len(list))}
	for i, e := range list {
		if i == in.Limit {
			out.Next = list[i-1].ID
			break
		}
		out.Entries = append(out.Entries, auditEntry(e))
	}
	return answer(c, http.StatusOK, out)
}

// isID reports whether a text looks like an id of the store. Its lists grow at
// their newest end only, so that an id is a cursor that never goes stale.
func isID(text string) bool {
	return len(text) == 26 && strings.Trim(text, "0123456789abcdefghijklmnopqrstuvwxyz") == ""
}
