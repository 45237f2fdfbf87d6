package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// guard decides who may call.
type guard struct {
	token [sha256.Size]byte
	open  bool // no token is configured
	sites *http.CrossOriginProtection
}

func newGuard(token string) *guard {
	return &guard{token: sha256.Sum256([]byte(token)), open: token == "", sites: http.NewCrossOriginProtection()}
}

// check returns why a request is refused.
func (g *guard) check(r *http.Request) error {
	switch {
	case g.open && !loopback(r.Host):
		return errHost
	case g.sites.Check(r) != nil:
		return errCrossSite
	case !g.open && needsToken(r.URL.Path) && !g.hasToken(r):
		return errToken
	}
	return nil
}

// hasToken compares hashes, so that neither the length nor the bytes of the
// token show in the time it takes.
func (g *guard) hasToken(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	sum := sha256.Sum256([]byte(strings.TrimSpace(token)))
	return subtle.ConstantTimeCompare(sum[:], g.token[:]) == 1 && strings.EqualFold(scheme, "Bearer")
}

// needsToken reports whether a path holds content, facts or figures.
func needsToken(path string) bool {
	return strings.HasPrefix(path, "/api/v1/") || path == "/api/v1" || path == "/metrics"
}

// loopback reports whether a Host header names this machine: a page that reaches
// us by a name of its own (DNS rebinding) does not.
func loopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	if strings.EqualFold(name, "localhost") {
		return true
	}
	ip := net.ParseIP(name)
	return ip != nil && ip.IsLoopback()
}

// Values of headers that every answer has. The lists are shared and never
// changed.
var (
	noSniff    = []string{"nosniff"}
	deny       = []string{"DENY"}
	noReferrer = []string{"no-referrer"}
	sameOrigin = []string{"same-origin"}
	nothing    = []string{"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"}
	ownFiles   = []string{"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"frame-ancestors 'none'; base-uri 'none'; form-action 'none'"}
	noStore    = []string{"no-store"}
	revalidate = []string{"private, no-cache"}
)

// protect sets the headers of every answer and refuses who may not call.
func (s *server) protect(c *gin.Context) {
	h := c.Writer.Header()
	h["X-Content-Type-Options"] = noSniff
	h["X-Frame-Options"] = deny
	h["Referrer-Policy"] = noReferrer
	h["Cross-Origin-Resource-Policy"] = sameOrigin
	h["Content-Security-Policy"] = nothing
	h["Cache-Control"] = noStore
	if err := s.guard.check(c.Request); err != nil {
		s.fail(c, err)
	}
}
