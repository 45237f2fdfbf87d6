package api

import (
	"bufio"
	"cmp"
	"io"
	"mime"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/facts/bundle"
	"github.com/patchmedic/patchmedic/facts/servicing"
)

// logParams say what the body is.
type logParams struct {
	// Name of a body that is one log, as in CBS.log; without it the content decides.
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
//	@Summary		Make facts of servicing logs: who failed first, what was reported
//	@Description	Takes one log; a zip of logs; or a form of several files, each a log, a log packed with gzip, or a zip. They are taken for logs of one machine.
//	@Tags			advice
//	@Accept			plain,mpfd,application/zip,application/x-zip-compressed
//	@Produce		json
//	@Param			params	query		logParams	false	"File"
//	@Param			body	body		string		true	"The logs, in any encoding"
//	@Success		200		{object}	logAnswer
//	@Failure		400		{object}	problem	"The zip or the form is broken, or a parameter is at fault"
//	@Failure		413		{object}	problem	"The body is too large, or what it unpacks to"
//	@Failure		415		{object}	problem	"The body is none of these"
//	@Failure		507		{object}	problem	"The service has no room for the upload"
//	@Failure		default	{object}	problem
//	@Security		Bearer
//	@Router			/api/v1/logs [post]
func (s *server) logs(c *gin.Context) error {
	var in logParams
	if err := bind(c, &in); err != nil {
		return err
	}
	allowTime(c)
	report, found, err := s.readBody(c, in.Name)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, newLogAnswer(report, found))
}

// readBody reads the logs in a request's body. The name is that of a body that
// is one log.
func (s *server) readBody(c *gin.Context, name string) (*facts.Report, servicing.Result, error) {
	kind, params, _ := mime.ParseMediaType(c.GetHeader("Content-Type"))
	body := http.MaxBytesReader(c.Writer, c.Request.Body, s.MaxLog)
	switch kind {
	case "text/plain":
		return s.readOne(body, cmp.Or(name, "the log"))
	case "application/zip", "application/x-zip-compressed":
		return s.readUpload(body, openZip)
	case "multipart/form-data":
		return s.readUpload(body, func(to *spool, body io.Reader) (*bundle.Archive, error) {
			return openForm(to, body, params["boundary"])
		})
	}
	return nil, servicing.Result{}, unsupported{"Content-Type", "text/plain, application/zip or multipart/form-data"}
}

// readOne reads a body that is one log.
func (s *server) readOne(body io.Reader, name string) (*facts.Report, servicing.Result, error) {
	log := bufio.NewReader(body)
	if _, err := log.Peek(1); err == io.EOF {
		return nil, servicing.Result{}, errEmpty
	}
	report, found, err := s.readLog.Read(log, name)
	if err != nil {
		return nil, found, bodyError(err)
	}
	return report, found, nil
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
