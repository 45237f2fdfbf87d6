package api

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/internal/access"
	"github.com/patchmedic/patchmedic/store"
)

// token is a right to call, without its secret.
type token struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Scopes  []string  `json:"scopes" enums:"read,report,edit,admin"`
	Created time.Time `json:"created" format:"date-time"`
	// Expires is when it ends by itself; absent: never.
	Expires *time.Time `json:"expires,omitempty" format:"date-time"`
	// Revoked is when somebody ended it.
	Revoked *time.Time `json:"revoked,omitempty" format:"date-time"`
} // @name Token

func newToken(t *store.Token) token {
	out := token{ID: t.ID, Name: t.Name, Scopes: access.ScopesOf(t).List(), Created: t.Created}
	if !t.Expires.IsZero() {
		out.Expires = &t.Expires
	}
	if !t.Revoked.IsZero() {
		out.Revoked = &t.Revoked
	}
	return out
}

// tokensAnswer has all tokens, the oldest first.
type tokensAnswer struct {
	Tokens []token `json:"tokens"`
} // @name Tokens

// tokens godoc
//
//	@Summary	List all tokens, without their secrets; those that ended too
//	@Tags		administration
//	@Produce	json
//	@Success	200		{object}	tokensAnswer
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/tokens [get]
func (s *server) tokens(c *gin.Context) error {
	list, err := s.Store.Tokens(c.Request.Context())
	if err != nil {
		return err
	}
	out := tokensAnswer{Tokens: make([]token, 0, len(list))}
	for i := range list {
		out.Tokens = append(out.Tokens, newToken(&list[i]))
	}
	return answer(c, http.StatusOK, out)
}

// tokenBody is a token that is wanted.
type tokenBody struct {
	// Name says who will carry it; it stands in the log of changes.
	Name string `json:"name" maxLength:"100"`
	// Scopes are what it may do. None implies another.
	Scopes []string `json:"scopes" enums:"read,report,edit,admin"`
	// Expires is when it ends by itself. Without it and expires_in_days it never does.
	Expires *string `json:"expires,omitempty" format:"date-time"`
	// ExpiresInDays says the same counted from now.
	ExpiresInDays *int `json:"expires_in_days,omitempty" minimum:"1" maximum:"36500"`
} // @name TokenBody

// mostDays bounds the life of a token that ends: 100 years.
const mostDays = 36500

// newTokenAnswer is a new token with its secret.
type newTokenAnswer struct {
	token
	// Token is the secret. It is told here and never again.
	Token string `json:"token"`
} // @name NewToken

// createToken godoc
//
//	@Summary	Make a token; its secret is told once
//	@Tags		administration
//	@Accept		json
//	@Produce	json
//	@Param		body	body		tokenBody	true	"What the token may do"
//	@Success	201		{object}	newTokenAnswer	"The token and its secret"
//	@Failure	422		{object}	problem
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/tokens [post]
func (s *server) createToken(c *gin.Context) error {
	data, err := s.body(c)
	if err != nil {
		return err
	}
	wish, err := parseWish(data, time.Now())
	if err != nil {
		return err
	}
	made, secret, err := s.guard.tokens.Create(c.Request.Context(), wish, principalOf(c))
	var faults access.Faults
	if errors.As(err, &faults) {
		return asFaults(faults)
	}
	if err != nil {
		return err
	}
	return answer(c, http.StatusCreated, newTokenAnswer{newToken(made), secret})
}

// parseWish reads a wish. A field that it does not know is a fault: with a
// misspelt end, a token would never end.
func parseWish(data []byte, now time.Time) (access.Wish, error) {
	var in tokenBody
	if err := unmarshal(data, &in); err != nil {
		return access.Wish{}, err
	}
	faults := strangers(data, &in)
	ends, fault := in.ends(now)
	if fault.Detail != "" {
		faults = append(faults, fault)
	}
	if faults != nil {
		return access.Wish{}, faults
	}
	return access.Wish{Name: in.Name, Scopes: in.Scopes, Expires: ends}, nil
}

// ends returns when the token is to end, zero for never, or what is wrong with
// that.
func (in *tokenBody) ends(now time.Time) (at time.Time, fault facts.Fault) {
	switch days := in.ExpiresInDays; {
	case days != nil && in.Expires != nil:
		fault = facts.Fault{Pointer: "/expires", Detail: "give expires or expires_in_days, not both"}
	case days != nil && (*days < 1 || *days > mostDays):
		fault = facts.Fault{Pointer: "/expires_in_days", Detail: "give 1 to " + strconv.Itoa(mostDays) + " days"}
	case days != nil:
		at = now.AddDate(0, 0, *days)
	case in.Expires != nil:
		var err error
		if at, err = time.Parse(time.RFC3339, *in.Expires); err != nil {
			fault = facts.Fault{Pointer: "/expires", Detail: "give a time as in " + now.AddDate(0, 3, 0).UTC().Format(time.RFC3339)}
		}
	}
	return at, fault
}

// asFaults places the faults of a wish in the body.
func asFaults(in access.Faults) facts.Faults {
	var out facts.Faults
	for _, f := range in {
		out = append(out, facts.Fault{Pointer: "/" + f.Field, Detail: f.Detail})
	}
	return out
}

// revokeToken godoc
//
//	@Summary	End a token at once
//	@Tags		administration
//	@Produce	json
//	@Param		id	path	string	true	"Id of the token"
//	@Success	204	"It is refused from now on"
//	@Failure	404		{object}	problem	"There is no such token, or it was revoked before"
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/tokens/{id} [delete]
func (s *server) revokeToken(c *gin.Context) error {
	if err := s.guard.tokens.Revoke(c.Request.Context(), c.Param("id"), principalOf(c)); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
	return nil
}
