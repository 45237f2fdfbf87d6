package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/internal/cases"
	"github.com/patchmedic/patchmedic/proof"
)

// outcomeBody is what a person says of a remedy.
type outcomeBody struct {
	// Action is the remedy of the report's advice, or a part of its plan.
	Action string `json:"action" validate:"required"`
	// Result; leave it out while nobody knows: a later report of the device tells.
	Result proof.Result `json:"result,omitempty" swaggertype:"string" enums:"fixed,partly,no_effect,failed"`
	Note   string       `json:"note,omitempty" maxLength:"2000"`
	// Article is the cause that the remedy was meant for; without it the most probable one that has the remedy.
	Article string `json:"article,omitempty"`
	// At is when the remedy was carried out; without it now.
	At *time.Time `json:"at,omitempty" format:"date-time"`
} // @name OutcomeBody

// outcome is what came of a remedy on a machine.
type outcome struct {
	// Report is the one whose advice proposed the remedy.
	Report  string    `json:"report"`
	Article string    `json:"article"`
	Action  string    `json:"action"`
	KB      string    `json:"kb,omitempty"`
	Code    string    `json:"code,omitempty"`
	At      time.Time `json:"at"` // when the remedy was carried out
	// Result: what was measured, else what a person said, else not_yet_known.
	Result string `json:"result" enums:"fixed,partly,no_effect,failed,came_back,not_yet_known"`
	// Basis: measured by a later report, said by a person, or none.
	Basis string `json:"basis" enums:"measured,said,none"`
	// Said is what a person said, which a measurement may contradict.
	Said string `json:"said,omitempty" enums:"fixed,partly,no_effect,failed"`
	// Note is for who may read; in the answer to what is said, for who says it too.
	Note string `json:"note,omitempty"`
	// Measured is when what was measured happened: the success, else the failure.
	Measured *time.Time `json:"measured,omitempty"`
	// Days from the success to the failure, with came_back.
	Days *int `json:"days,omitempty"`
	// Verify is what the newest collection shows of what the article wants verified.
	Verify []outcomeCheck `json:"verify"`
} // @name Outcome

// outcomeCheck is one of the article's checks.
type outcomeCheck struct {
	Signal string `json:"signal"`
	Holds  string `json:"holds" enums:"yes,no,unknown"`
} // @name OutcomeCheck

// outcomesFor are those of a machine as the caller may see them. Who may only
// report names the machine as he likes, and is not told what people wrote of it.
func outcomesFor(c *gin.Context, list []cases.Outcome) []outcome {
	notes := principalOf(c).Scopes.Any(read)
	out := make([]outcome, len(list))
	for i, o := range list {
		out[i] = newOutcome(o)
		if !notes {
			out[i].Note = ""
		}
	}
	return out
}

func newOutcome(o cases.Outcome) outcome {
	t, v := o.Trial, o.Verdict
	out := outcome{Report: t.Report, Article: t.Article, Action: t.Action, KB: t.KB.String(), At: t.At, Result: string(v.Result),
		Basis: string(v.Basis), Said: string(v.Said), Note: t.Note, Verify: []outcomeCheck{}}
	if !t.Code.IsZero() {
		out.Code = t.Code.String()
	}
	if !v.At.IsZero() {
		out.Measured = &v.At
	}
	if v.Result == proof.CameBack {
		out.Days = &v.Days
	}
	for _, check := range t.Newest() {
		out.Verify = append(out.Verify, outcomeCheck{check.Signal, check.Holds.String()})
	}
	return out
}

// outcome godoc
//
//	@Summary	Say what a remedy did; later reports of the same device measure it
//	@Tags		reports
//	@Accept		json
//	@Produce	json
//	@Param		id		path		string		true	"Id of the report whose advice proposed the remedy"
//	@Param		body	body		outcomeBody	true	"What was done, and what came of it"
//	@Success	201		{object}	outcome		"Kept, in the place of what was said of it before"
//	@Failure	400,404,413,415,422	{object}	problem
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/reports/{id}/outcomes [post]
func (s *server) outcome(c *gin.Context) error {
	var in outcomeBody
	if err := s.readStrictly(c, &in); err != nil {
		return err
	}
	if in.Action == "" {
		return facts.Faults{{Pointer: "/action", Detail: "say which remedy was carried out: action is missing"}}
	}
	ask := cases.OutcomeIn{Report: c.Param("id"), Owner: ownOnly(c), Action: in.Action, Article: in.Article, Result: in.Result,
		Note: in.Note, Who: principalOf(c).Name}
	if in.At != nil {
		ask.At = *in.At
	}
	got, err := s.reports.Outcome(c.Request.Context(), ask)
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, newOutcome(got))
}
