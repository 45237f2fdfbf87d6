package api

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/internal/access"
)

// route is something that can be asked of the service.
type route struct {
	method, path string
	// may has the scopes that may ask; any of them is enough.
	may    access.Scopes
	handle handler
}

// The scopes, as the table spells them. Anyone is for what tells nothing of
// content, facts and figures.
const (
	anyone access.Scopes = 0
	read                 = access.Read
	report               = access.Report
	edit                 = access.Edit
	admin                = access.Admin
)

// routes is everything that can be asked: the one table of who may do what.
func (s *server) routes() []route {
	return []route{
		{"GET", "/", anyone, s.root},
		{"GET", "/healthz", anyone, s.health},
		{"GET", "/readyz", anyone, s.ready},
		{"GET", "/version", anyone, s.version},
		{"GET", "/api/docs", anyone, s.docsFile},
		{"GET", "/api/docs/:file", anyone, s.docsFile},

		{"GET", "/metrics", read, s.metrics},
		{"GET", "/api/v1/openapi.json", read, s.description},
		{"GET", "/api/v1/search", read, s.search},
		{"GET", "/api/v1/suggest", read, s.suggest},
		{"GET", "/api/v1/codes/:code", read, s.code},
		{"POST", "/api/v1/codes/extract", read, s.extract},
		{"GET", "/api/v1/articles", read, s.articles},
		{"GET", "/api/v1/articles/:id", read, s.article},
		{"GET", "/api/v1/remedies", read, s.remedies},
		{"GET", "/api/v1/remedies/:action", read, s.remedy},
		{"POST", "/api/v1/advice", read | report, s.advice},
		{"POST", "/api/v1/logs", read | report, s.logs},
		{"POST", "/api/v1/reports", report, s.submit},
		{"GET", "/api/v1/reports", read, s.listReports},
		{"GET", "/api/v1/reports/:id", read | report, s.report}, // their own, of who may only report
		{"GET", "/api/v1/reports/:id/compare/:other", read, s.compare},
		{"POST", "/api/v1/reports/:id/outcomes", report, s.outcome},
		{"PUT", "/api/v1/articles/:id", edit, s.putArticle},
		{"DELETE", "/api/v1/articles/:id", edit, s.retireArticle},
		{"GET", "/api/v1/articles/:id/history", edit, s.articleHistory},
		{"GET", "/api/v1/articles/:id/source", edit, s.articleSource},
		{"POST", "/api/v1/articles/:id/restore", edit, s.restoreArticle},
		{"PUT", "/api/v1/remedies/:action", edit, s.putRemedy},
		{"DELETE", "/api/v1/remedies/:action", edit, s.retireRemedy},
		{"GET", "/api/v1/remedies/:action/history", edit, s.remedyHistory},
		{"GET", "/api/v1/remedies/:action/source", edit, s.remedySource},
		{"POST", "/api/v1/remedies/:action/restore", edit, s.restoreRemedy},
		{"GET", "/api/v1/edits", edit, s.listEdits},
		{"POST", "/api/v1/lint", read | edit, s.lint},
		{"DELETE", "/api/v1/devices/*id", admin, s.erase}, // an id may have slashes
		{"POST", "/api/v1/articles/:id/feedback", read, s.vote},
		{"GET", "/api/v1/articles/:id/feedback", edit, s.votes},

		{"GET", "/api/v1/tokens", admin, s.tokens},
		{"POST", "/api/v1/tokens", admin, s.createToken},
		{"DELETE", "/api/v1/tokens/:id", admin, s.revokeToken},
		{"GET", "/api/v1/audit", admin, s.audit},
		{"GET", "/api/v1/backup", admin, s.backup},
		{"POST", "/api/v1/restore", admin, s.restore},
	}
}

// lay registers the routes.
func (s *server) lay(e *gin.Engine) {
	for _, r := range s.routes() {
		r.check()
		f := s.handle(r.within())
		e.Handle(r.method, r.path, f)
		if r.method == http.MethodGet {
			e.HEAD(r.path, f)
		}
	}
}

// check stops the program at its start when a route under /api/v1 names no
// scope, or one elsewhere names some, where no token is asked for.
func (r route) check() {
	if needsToken(r.path) == (r.may == anyone) {
		panic(fmt.Sprintf("%s %s is for %s", r.method, r.path, r.may))
	}
}

// within returns the route's handler for callers who may ask.
func (r route) within() handler {
	return func(c *gin.Context) error {
		caller := principalOf(c)
		switch {
		case r.may == anyone || caller.Scopes.Any(r.may):
			return r.handle(c)
		case caller.ID == "": // no token came
			return errToken
		}
		return noScope{r.may, caller.Scopes}
	}
}

type principalKey struct{}

// principalOf returns who calls. Where no token is needed it may be nobody, who
// has no scopes.
func principalOf(c *gin.Context) access.Principal {
	v, _ := c.Get(principalKey{})
	p, _ := v.(access.Principal)
	return p
}

// noScope is a token without any of the scopes of a route.
type noScope struct{ need, have access.Scopes }

// Error names the scopes.
func (n noScope) Error() string {
	return fmt.Sprintf("this needs the scope %s, and the token has %s", strings.Join(n.need.List(), " or "), n.have)
}
