package api

import (
	"context"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/internal/cases"
	"github.com/patchmedic/patchmedic/kb"
)

// adviceParams are what POST /advice takes.
type adviceParams struct {
	// Language of the answer; without it Accept-Language decides.
	Lang string `form:"lang" enums:"fr,en"`
	// Who reads the answer: the user of the machine, or the first or second level of a helpdesk. What they may not do costs more.
	Audience string `form:"audience" enums:"user,l1,l2"`
} // @name AdviceParams

// factsBody stands for the facts of a machine, whose schema is made from package
// facts.
//
//lint:ignore U1000 swag reads it
type factsBody map[string]any // @name Facts

// advice godoc
//
//	@Summary	Say what is wrong with a machine's updates and what to do next; nothing is stored
//	@Tags		advice
//	@Accept		json
//	@Produce	json
//	@Param		params	query		adviceParams	false	"Reader"
//	@Param		body	body		factsBody		true	"The facts of one machine"
//	@Success	200		{object}	advisor.Advice
//	@Failure	400,413,415,422	{object}	problem
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/advice [post]
func (s *server) advice(c *gin.Context) error {
	var in adviceParams
	if err := bind(c, &in); err != nil {
		return err
	}
	data, err := s.body(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), s.Timeout)
	defer cancel()
	out, err := s.advise.Do(ctx, cases.AdviseIn{Facts: data, Lang: s.lang(c, in.Lang), Reader: kb.Skill(in.Audience)})
	if err != nil {
		return wellFormed(data, err)
	}
	return answer(c, 200, out)
}
