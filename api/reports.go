package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/facts/errcode"
	"github.com/patchmedic/patchmedic/internal/cases"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/store"
)

// submitted is what came of a report.
type submitted struct {
	// ID finds the report again; absent when it could not be stored.
	ID string `json:"id,omitempty"`
	// Stored is false when the advice was given and the report could not be kept: keep your copy and send it again.
	Stored bool `json:"stored"`
	// Warnings are what the sender should know.
	Warnings []string `json:"warnings"`
	// Outcomes are what came of the remedies on this machine, as far as this report tells.
	Outcomes []outcome       `json:"outcomes"`
	Advice   json.RawMessage `json:"advice" swaggertype:"object" extensions:"x-ref=advisor.Advice"`
} // @name Submitted

// reportItem is a report in a list.
type reportItem struct {
	ID       string    `json:"id"`
	URL      string    `json:"url"`
	Received time.Time `json:"received"`
	// Collected is when the facts were true; absent: the report does not say.
	Collected *time.Time `json:"collected,omitempty"`
	Device    string     `json:"device,omitempty"`
	Codes     []string   `json:"codes"`
	KBs       []string   `json:"kbs"`
	Verdict   string     `json:"verdict" enums:"matched,needs_facts,unmatched,wait,healthy"`
	// Article of the first diagnosis, and the confidence in it.
	Article    string  `json:"article,omitempty"`
	Confidence float64 `json:"confidence,omitempty"`
	// Revision of the content that the advice was made from.
	Revision string `json:"revision"`
} // @name ReportItem

// keptReport is a stored report with its advice.
type keptReport struct {
	reportItem
	Lang   string          `json:"lang" enums:"fr,en"`
	Facts  json.RawMessage `json:"facts" swaggertype:"object" extensions:"x-ref=Facts"`
	Advice json.RawMessage `json:"advice" swaggertype:"object" extensions:"x-ref=advisor.Advice"`
	// Hints are what the search index said of the person's words, by article.
	Hints map[string]float64 `json:"hints"`
	// Outcomes are what came of the remedies on this machine until now.
	Outcomes []outcome `json:"outcomes"`
} // @name Report

// reportList is one page of the reports, newest first.
type reportList struct {
	Reports []reportItem `json:"reports"`
	// Next is the cursor of the next page; absent on the last one.
	Next string `json:"next,omitempty"`
} // @name ReportList

// reportParams are what POST /reports takes.
type reportParams struct {
	// Language of the answer; without it Accept-Language decides.
	Lang string `form:"lang" enums:"fr,en"`
	// Who reads the answer: the user of the machine, or the first or second level of a helpdesk.
	Audience string `form:"audience" enums:"user,l1,l2"`
} // @name ReportParams

// reportsParams are what GET /reports takes.
type reportsParams struct {
	// Only reports of this device.
	Device string `form:"device" maxLength:"200"`
	// Only reports that speak of this code or update, in any spelling.
	Code string `form:"code" maxLength:"100"`
	// Only what was received at this time or later: 2026-11-22 or 2026-11-22T09:00:00Z.
	Since *moment `form:"since" swaggertype:"string"`
	// Only what was received before this time.
	Until *moment `form:"until" swaggertype:"string"`
	// How many reports to return.
	Limit int `form:"limit" minimum:"1" maximum:"200" default:"50"`
	// Where to go on: next of the page before.
	Cursor string `form:"cursor" maxLength:"300"`
} // @name ReportsParams

// moment is a day or a time.
type moment struct{ time.Time }

// UnmarshalText reads 2026-11-22 or RFC 3339.
func (m *moment) UnmarshalText(text []byte) (err error) {
	if m.Time, err = time.Parse(time.DateOnly, string(text)); err != nil {
		m.Time, err = time.Parse(time.RFC3339, string(text))
	}
	if err != nil || m.Year() < 1970 || m.Year() > 9999 {
		return errMoment
	}
	return nil
}

// maxKey bounds an idempotency key in bytes.
const maxKey = 200

// idempotencyKey returns the key of a request, "" without one.
func idempotencyKey(c *gin.Context) (string, error) {
	key := c.GetHeader("Idempotency-Key")
	if len(key) > maxKey || strings.ContainsFunc(key, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsPrint(r) }) {
		return "", badParam("header", "Idempotency-Key", "an Idempotency-Key has at most %d printable ASCII characters", maxKey)
	}
	return key, nil
}

// submit godoc
//
//	@Summary	Store the facts of a machine, and say what is wrong with its updates and what to do next
//	@Description	The report is durable when 201 is answered. When it cannot be stored the advice is given all the same, with 200 and stored false. The body may be compressed (Content-Encoding gzip or zstd).
//	@Tags		reports
//	@Accept		json
//	@Produce	json
//	@Param		params	query		reportParams	false	"Reader"
//	@Param		Idempotency-Key	header	string	false	"The same key with the same body stores one report and gives the first answer again"
//	@Param		body	body		factsBody		true	"The facts of one machine"
//	@Success	201		{object}	submitted	"Stored, now or before with the same key; Location is the report"
//	@Success	200		{object}	submitted	"Not stored"
//	@Failure	400,413,415,422	{object}	problem
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/reports [post]
func (s *server) submit(c *gin.Context) error {
	var in reportParams
	if err := bind(c, &in); err != nil {
		return err
	}
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	data, err := s.body(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), s.Timeout)
	defer cancel()
	out, err := s.reports.Submit(ctx, cases.Submission{
		AdviseIn: cases.AdviseIn{Facts: data, Lang: s.lang(c, in.Lang), Reader: kb.Skill(in.Audience)},
		Owner:    principalOf(c).ID, Key: key,
	})
	if err != nil {
		return wellFormed(data, err)
	}
	return s.answerSubmitted(c, out)
}

func (s *server) answerSubmitted(c *gin.Context, out cases.Submitted) error {
	body := submitted{ID: out.ID, Stored: out.ID != "", Warnings: []string{}, Outcomes: outcomesFor(c, out.Outcomes), Advice: out.Advice}
	if !body.Stored {
		body.Warnings = append(body.Warnings, "the report could not be stored: keep your copy and send it again")
		return answer(c, http.StatusOK, body)
	}
	c.Header("Location", reportURL(out.ID))
	return answer(c, http.StatusCreated, body)
}

// reportURL is where a report is read, from the root of the service.
func reportURL(id string) string { return "/api/v1/reports/" + id }

// report godoc
//
//	@Summary	Read a stored report with its advice, and what came of it since
//	@Tags		reports
//	@Produce	json
//	@Param		id	path		string	true	"Id of the report"
//	@Success	200	{object}	keptReport
//	@Failure	404	{object}	problem	"No such report, or it is another sender's"
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/reports/{id} [get]
func (s *server) report(c *gin.Context) error {
	kept, err := s.reports.Report(c.Request.Context(), c.Param("id"), ownOnly(c))
	if err != nil {
		return err
	}
	out := keptReport{reportItem: newReportItem(&kept.ReportHead), Lang: kept.Lang, Facts: kept.Facts, Advice: kept.Advice,
		Hints: kept.Hints, Outcomes: outcomesFor(c, kept.Outcomes)}
	if out.Hints == nil {
		out.Hints = map[string]float64{}
	}
	return answerFresh(c, out)
}

// ownOnly restricts who may only report to their own reports.
func ownOnly(c *gin.Context) (owner string) {
	if p := principalOf(c); !p.Scopes.Any(read) {
		return p.ID
	}
	return ""
}

func newReportItem(h *store.ReportHead) reportItem {
	out := reportItem{ID: h.ID, URL: reportURL(h.ID), Received: h.Received, Device: h.Device, Codes: append([]string{}, h.Codes...),
		KBs: append([]string{}, h.KBs...), Verdict: h.Verdict, Article: h.Article, Confidence: h.Confidence, Revision: h.Revision}
	if !h.Collected.IsZero() {
		out.Collected = &h.Collected
	}
	return out
}

// listReports godoc
//
//	@Summary	List stored reports, newest first
//	@Tags		reports
//	@Produce	json
//	@Param		params	query		reportsParams	false	"Which reports"
//	@Success	200		{object}	reportList
//	@Failure	400		{object}	problem	"A parameter or the cursor is at fault"
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/reports [get]
func (s *server) listReports(c *gin.Context) error {
	var in reportsParams
	if err := bind(c, &in); err != nil {
		return err
	}
	q, list, err := in.query()
	if err != nil {
		return err
	}
	heads, err := s.reports.List(c.Request.Context(), q)
	if err != nil {
		return err
	}
	out := reportList{Reports: []reportItem{}}
	if len(heads) > in.Limit {
		heads = heads[:in.Limit]
		out.Next = cursor{revision: heads[in.Limit-1].ID, query: list}.String()
	}
	for i := range heads {
		out.Reports = append(out.Reports, newReportItem(&heads[i]))
	}
	return answerFresh(c, out)
}

// query returns what to ask the store for, one report more than wanted to see
// whether there is another page, and what the list is made from.
func (in *reportsParams) query() (store.ReportQuery, uint32, error) {
	q := store.ReportQuery{Device: in.Device, Most: in.Limit + 1}
	if in.Code != "" {
		code, err := spelling(in.Code)
		if err != nil {
			return q, 0, err
		}
		q.Code = code
	}
	if in.Since != nil {
		q.Since = in.Since.Time
	}
	if in.Until != nil {
		q.Until = in.Until.Time
	}
	list := queryOf("reports", q.Device, q.Code, q.Since.String(), q.Until.String())
	cu, err := parseCursor(in.Cursor, list)
	q.After = cu.revision
	return q, list, err
}

// spelling returns a code or an update as a report's head has it.
func spelling(text string) (string, error) {
	if update, err := facts.ParseKB(text); err == nil {
		return update.String(), nil
	}
	code, err := errcode.Parse(text)
	if err != nil {
		return "", badParam("query", "code", "code: %q is neither a code nor an update: write 0x80070306 or KB5058411", shorten(text))
	}
	return code.String(), nil
}

var errMoment = errors.New("write a day as in 2026-11-22, or a time as in 2026-11-22T09:00:00Z")
