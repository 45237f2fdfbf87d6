package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"

	"github.com/patchmedic/patchmedic/internal/access"
)

// guard decides who calls.
type guard struct {
	tokens     access.Tokens
	open       bool      // requests to a loopback host need no token
	configured *[32]byte // hash of the token of the configuration; nil: none
	operator   *[32]byte // and of the secret for this machine
	sites      *http.CrossOriginProtection
	proxies    proxies
	requests   *limits // by caller; nil: none
	failures   *limits // wrong tokens, by address
}

// A wrong token is a guess. An address may make ten, and then one a second.
const (
	guesses        = 10
	guessesASecond = 1
)

func newGuard(cfg Config) *guard {
	g := &guard{
		tokens: access.Tokens{Records: cfg.Store}, open: cfg.Open,
		configured: hashOf(cfg.Token), operator: hashOf(cfg.Operator),
		sites: http.NewCrossOriginProtection(), proxies: cfg.TrustedProxies,
		failures: newLimits(guessesASecond, guesses),
	}
	if cfg.Rate > 0 {
		g.requests = newLimits(rate.Limit(cfg.Rate), max(1, int(2*cfg.Rate)))
	}
	return g
}

func hashOf(secret string) *[sha256.Size]byte {
	if secret == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(secret))
	return &sum
}

// admit returns who sent a request, or why it is refused.
func (g *guard) admit(r *http.Request) (access.Principal, error) {
	from := g.proxies.caller(r)
	caller, err := g.identify(r, from)
	if g.requests == nil || !needsToken(r.URL.Path) {
		return caller, err
	}
	key := callerKey{address: from}
	if caller.ID != "" {
		key = callerKey{token: caller.ID}
	}
	if wait := g.requests.take(key, time.Now()); wait > 0 {
		return access.Principal{}, tooMany{wait, "requests"}
	}
	return caller, err
}

// identify returns who calls. A token is looked at wherever it comes with a
// request: who sends a wrong one must learn of it.
func (g *guard) identify(r *http.Request, from netip.Addr) (access.Principal, error) {
	header := r.Header.Get("Authorization")
	switch {
	case g.sites.Check(r) != nil:
		return access.Principal{}, errCrossSite
	case header != "":
		return g.bearer(r, header, from)
	case g.open && (!loopback(r.Host) || relayed(r.Header)):
		return access.Principal{}, errHost
	case g.open:
		return access.Local(), nil
	case needsToken(r.URL.Path):
		return access.Principal{}, errToken
	}
	return access.Principal{}, nil
}

// bearer returns whose token a request carries. Hashes are compared, so that
// neither the length nor the bytes of a secret show in the time it takes.
//
// After too many wrong tokens from an address the configured one, which a person
// chose, is not taken from there either. The others cannot be guessed, and
// whoever has one does not suffer for a neighbour.
func (g *guard) bearer(r *http.Request, header string, from netip.Addr) (access.Principal, error) {
	scheme, secret, _ := strings.Cut(header, " ")
	if secret = strings.TrimSpace(secret); !strings.EqualFold(scheme, "Bearer") || secret == "" {
		return access.Principal{}, errToken
	}
	key, now := callerKey{address: from}, time.Now()
	sum := sha256.Sum256([]byte(secret))
	if same(g.configured, sum) {
		if wait := g.failures.spent(key, now); wait > 0 {
			return access.Principal{}, tooMany{wait, "wrong tokens from this address"}
		}
		return access.Configured(), nil
	}
	if same(g.operator, sum) && sameMachine(r) {
		return access.Operator(), nil
	}
	caller, err := g.tokens.Identify(r.Context(), secret)
	if errors.Is(err, access.ErrRefused) {
		if wait := g.failures.take(key, now); wait > 0 {
			err = tooMany{wait, "wrong tokens from this address"}
		}
	}
	return caller, err
}

func same(want *[sha256.Size]byte, got [sha256.Size]byte) bool {
	return want != nil && subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// sameMachine reports whether a request was sent on this machine: by loopback,
// or from the address that it was sent to. A connection cannot be made from an
// address that its answers do not reach.
func sameMachine(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	if from.Addr().Unmap().IsLoopback() {
		return true
	}
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if local == nil {
		return false
	}
	to, err := netip.ParseAddrPort(local.String())
	return err == nil && to.Addr().Unmap() == from.Addr().Unmap()
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

// relayed reports whether a proxy passed a request on: many name the service as
// they reach it, by loopback, and whoever asked them is elsewhere.
func relayed(h http.Header) bool {
	return slices.ContainsFunc([]string{"X-Forwarded-For", "X-Real-Ip", "Forwarded", "Via"}, func(name string) bool { return h[name] != nil })
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
	caller, err := s.guard.admit(c.Request)
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Set(principalKey{}, caller)
}
