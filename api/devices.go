package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// comparison is what changed on a device between two reports.
type comparison struct {
	Device string `json:"device"`
	// From is the older report, To the newer one.
	From reportItem `json:"from"`
	To   reportItem `json:"to"`
	// Changes, those that matter little last.
	Changes []change `json:"changes"`
	// Omitted is how many changes more there are.
	Omitted int `json:"omitted"`
} // @name Comparison

// change is one fact that is another than before.
type change struct {
	// Path of the fact, as in services[wuauserv].start.
	Path string `json:"path"`
	// Before and After are texts, "" where nothing was said.
	Before string `json:"before"`
	After  string `json:"after"`
	Kind   string `json:"kind" enums:"added,removed,changed,became_known,no_longer_known"`
} // @name Change

// compare godoc
//
//	@Summary	Tell what changed on a device between two of its reports
//	@Tags		reports
//	@Produce	json
//	@Param		id		path		string	true	"Id of a report"
//	@Param		other	path		string	true	"Id of another report of the same device"
//	@Success	200		{object}	comparison
//	@Failure	404		{object}	problem	"No such report"
//	@Failure	409		{object}	problem	"The reports are of different devices"
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/reports/{id}/compare/{other} [get]
func (s *server) compare(c *gin.Context) error {
	got, err := s.reports.Compare(c.Request.Context(), c.Param("id"), c.Param("other"))
	if err != nil {
		return err
	}
	out := comparison{Device: got.From.Device, From: newReportItem(&got.From.ReportHead), To: newReportItem(&got.To.ReportHead), Changes: []change{}, Omitted: got.Omitted}
	for _, ch := range got.Changes {
		out.Changes = append(out.Changes, change(ch))
	}
	return answerFresh(c, out)
}

// erased says what was deleted.
type erased struct {
	Device  string `json:"device"`
	Reports int    `json:"reports"`
} // @name Erased

// erase godoc
//
//	@Summary	Delete all that a device sent
//	@Tags		reports
//	@Produce	json
//	@Param		id	path		string	true	"Id of the device"
//	@Success	200	{object}	erased	"Nothing of it is left, also where nothing was there"
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/devices/{id} [delete]
func (s *server) erase(c *gin.Context) error {
	device := strings.TrimPrefix(c.Param("id"), "/")
	if device == "" {
		return errNoRoute
	}
	n, err := s.reports.Erase(c.Request.Context(), device, principalOf(c).Name)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, erased{device, n})
}
