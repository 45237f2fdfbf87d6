package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/facts"
)

// comparison is what changed on a device between two reports.
type comparison struct {
	Device string `json:"device"`
	// From is the older report, To the newer one.
	From reportItem `json:"from"`
	To   reportItem `json:"to"`
	// Changes, those that matter little last.
	Changes []facts.Change `json:"changes" swaggertype:"array,object"`
	// Omitted is how many changes more there are.
	Omitted int `json:"omitted"`
} // @name Comparison

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
	out := comparison{Device: got.From.Device, From: newReportItem(&got.From.ReportHead), To: newReportItem(&got.To.ReportHead), Changes: got.Changes, Omitted: got.Omitted}
	if out.Changes == nil {
		out.Changes = []facts.Change{}
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
	device := c.Param("id")
	n, err := s.reports.Erase(c.Request.Context(), device, principalOf(c).Name)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, erased{device, n})
}
