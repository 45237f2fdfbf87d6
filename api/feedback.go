package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/internal/cases"
)

// voteBody is a reader's opinion of an article.
type voteBody struct {
	// Helped: the article helped the reader.
	Helped *bool  `json:"helped" validate:"required"`
	Note   string `json:"note,omitempty" maxLength:"2000"`
} // @name VoteBody

// feedback is what readers think of an article.
type feedback struct {
	Article   string `json:"article"`
	Helped    int    `json:"helped"`
	NotHelped int    `json:"not_helped"`
	// Votes are the newest ones, with what their readers wrote.
	Votes []vote `json:"votes"`
} // @name Feedback

// vote is one reader's opinion.
type vote struct {
	Helped bool      `json:"helped"`
	Note   string    `json:"note,omitempty"`
	At     time.Time `json:"at"`
} // @name Vote

// vote godoc
//
//	@Summary	Say whether an article helped
//	@Tags		articles
//	@Accept		json
//	@Produce	json
//	@Param		id		path		string		true	"Id of the article"
//	@Param		body	body		voteBody	true	"The reader's opinion"
//	@Success	201		{object}	vote		"Kept"
//	@Failure	400,404,413,415,422	{object}	problem
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/articles/{id}/feedback [post]
func (s *server) vote(c *gin.Context) error {
	var in voteBody
	if err := s.readStrictly(c, &in); err != nil {
		return err
	}
	if in.Helped == nil {
		return facts.Faults{{Pointer: "/helped", Detail: "say true or false: helped is missing"}}
	}
	v, err := s.feedback.Vote(c.Request.Context(), c.Param("id"), *in.Helped, in.Note)
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, vote{v.Helped, v.Note, v.At})
}

// votes godoc
//
//	@Summary	Read what readers think of an article
//	@Tags		articles
//	@Produce	json
//	@Param		id	path		string	true	"Id of the article"
//	@Success	200	{object}	feedback
//	@Failure	404	{object}	problem	"No such article"
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/articles/{id}/feedback [get]
func (s *server) votes(c *gin.Context) error {
	got, err := s.feedback.Of(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	return answerFresh(c, newFeedback(got))
}

func newFeedback(got cases.FeedbackOf) feedback {
	out := feedback{Article: got.Article, Helped: got.Helped, NotHelped: got.NotHelped, Votes: []vote{}}
	for _, v := range got.Votes {
		out.Votes = append(out.Votes, vote{v.Helped, v.Note, v.At})
	}
	return out
}
