package api

import (
	"errors"
	"mime"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/facts/servicing"
)

// logParams say what the body is.
type logParams struct {
	// Name of the file, as in CBS.log; without it the content decides.
	Name string `form:"name" maxLength:"260"`
} // @name LogParams

// logAnswer is what a log says.
type logAnswer struct {
	// Facts are a report that holds the findings and what else the log states, such as the history of updates: send it for advice, or merge it into another.
	Facts *facts.Report `json:"facts" swaggertype:"object"`
	// Sessions are the chains of lines that failed together.
	Sessions []logSession `json:"sessions"`
	// Truncated: something was left out for its size or number.
	Truncated bool     `json:"truncated"`
	Warnings  []string `json:"warnings"`
} // @name LogAnswer

// logSession is a chain of lines that failed together.
type logSession struct {
	File   string `json:"file"`
	ID     string `json:"id,omitempty"`
	Client string `json:"client,omitempty"` // who asked, such as WindowsUpdateAgent
	// Code is what was reported, or the first failure when nothing was.
	Code  string `json:"code,omitempty"`
	Lines int    `json:"lines"` // of the facts' logs, after those of the session before
} // @name LogSession

// logs godoc
//
//	@Summary	Make facts of a servicing log: who failed first, what was reported
//	@Tags		advice
//	@Accept		plain
//	@Produce	json
//	@Param		params	query		logParams	false	"File"
//	@Param		body	body		string		true	"The log, in any encoding"
//	@Success	200		{object}	logAnswer
//	@Failure	413,415	{object}	problem
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/logs [post]
func (s *server) logs(c *gin.Context) error {
	var in logParams
	if err := bind(c, &in); err != nil {
		return err
	}
	if kind, _, err := mime.ParseMediaType(c.GetHeader("Content-Type")); err != nil || kind != "text/plain" {
		return unsupported{"Content-Type", "text/plain"}
	}
	report, found, err := s.readLog.Read(http.MaxBytesReader(c.Writer, c.Request.Body, s.MaxLog), in.Name)
	var limit *http.MaxBytesError
	switch {
	case errors.As(err, &limit):
		return limit
	case err != nil:
		return errCutOff
	}
	return answer(c, http.StatusOK, newLogAnswer(report, found))
}

func newLogAnswer(report *facts.Report, found servicing.Result) logAnswer {
	out := logAnswer{Facts: report, Sessions: []logSession{}, Truncated: found.Truncated, Warnings: append([]string{}, found.Warnings...)}
	for _, s := range found.Sessions {
		session := logSession{File: s.File, ID: s.ID, Client: s.Client, Lines: s.Lines}
		if code, ok := s.Code.Get(); ok {
			session.Code = code.String()
		}
		out.Sessions = append(out.Sessions, session)
	}
	return out
}
