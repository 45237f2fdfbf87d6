package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/internal/access"
	"github.com/patchmedic/patchmedic/store"
)

func TestToken(t *testing.T) {
	c := start(t, func(cfg *Config) { cfg.Token = "pm_secret" })
	for _, open := range []string{"/healthz", "/readyz", "/version", "/api/docs", "/api/docs/openapi.json", "/"} {
		if got := c.do("GET", open, "", "Host", "updates.example"); got.status >= 400 {
			t.Errorf("%s needs no token, but answers %d", open, got.status)
		}
	}
	calls := 0
	for _, closed := range []string{"/metrics", "/api/v1/search", "/api/v1/openapi.json", "/api/v1/articles", "/api/v1/nothing", "/api/v1/codes/1"} {
		for _, header := range []string{"", "pm_secret", "Bearer", "Bearer pm_secre", "Bearer pm_secret2", "Basic pm_secret"} {
			calls++
			got := c.do("GET", closed, "", "Authorization", header, "From", fmt.Sprintf("10.0.0.%d:9", calls)).want(t, 401)
			if !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Bearer") || strings.Contains(got.body, "pm_secret") {
				t.Errorf("%s: %v %s", closed, got.header, got.body)
			}
		}
	}
	c.do("POST", "/api/v1/advice", "{}").want(t, 401)
	c.do("POST", "/api/v1/advice", "{}", "Authorization", "bearer pm_secret").want(t, 422)
	c.do("GET", "/api/v1/articles", "", "Authorization", "Bearer pm_secret", "Host", "updates.example").want(t, 200)
	c.do("GET", "/metrics", "", "Authorization", "Bearer pm_secret").want(t, 200)
}

func TestEveryOperationRefusesAlike(t *testing.T) {
	c := start(t, func(cfg *Config) { cfg.Token = "pm_secret" })
	open := start(t, nil)
	for path, item := range contract().doc.Paths.Map() {
		for method := range item.Operations() {
			target := strings.NewReplacer("{id}", "esp-too-full", "{action}", "reboot", "{code}", "1058").Replace(path)
			open.do(method, target, "{}", "Host", "evil.example").want(t, 421)
			if needsToken(path) {
				c.do(method, target, "{}").want(t, 401)
			}
		}
	}
}

// issue makes a token with some scopes and returns its secret.
func issue(t testing.TB, s store.Store, scopes access.Scopes) string {
	t.Helper()
	_, secret, err := access.Tokens{Records: s}.Create(t.Context(), access.Wish{Name: "test " + scopes.String(), Scopes: scopes.List()}, access.Operator())
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// ended makes a token with every scope that is no longer usable.
func ended(t *testing.T, s store.Store, change func(*store.Token)) string {
	t.Helper()
	secret := access.NewSecret()
	sum := sha256.Sum256([]byte(secret))
	token := &store.Token{ID: store.NewID(time.Now()), Name: "ended", Hash: hex.EncodeToString(sum[:]), Scopes: access.All.List(), Created: time.Now()}
	change(token)
	if err := s.AddToken(t.Context(), token, access.Operator().Entry("token.created", token.ID, "")); err != nil {
		t.Fatal(err)
	}
	return secret
}

// asked is what a route answers to a caller, as far as access goes.
func asked(got answered) string {
	switch {
	case got.status == 401 || got.status == 403 || got.status == 421:
		return strings.TrimPrefix(typeOf(got), "urn:patchmedic:problem:")
	case got.status == 404 && strings.HasSuffix(typeOf(got), ":no-route"), got.status == 405:
		return "no route"
	}
	return "answered"
}

func typeOf(got answered) string {
	_, rest, _ := strings.Cut(got.body, `"type":"`)
	text, _, _ := strings.Cut(rest, `"`)
	return text
}

// TestWhoMayDoWhat asks for every route of the engine, with every kind of token,
// of a service that is open to this machine and of one that is closed.
func TestWhoMayDoWhat(t *testing.T) {
	records := records(t)
	secrets := map[string]string{
		"none": "", "wrong": "pm_wrong",
		"expired": ended(t, records, func(t *store.Token) { t.Expires = time.Now().Add(-time.Second) }),
		"revoked": ended(t, records, func(t *store.Token) { t.Revoked = time.Now() }),
		"unknown": ended(t, records, func(t *store.Token) { t.Scopes = []string{"everything"} }),
		"all":     issue(t, records, access.All),
	}
	for _, name := range access.All.List() {
		scope, err := access.ParseScope(name)
		if err != nil {
			t.Fatal(err)
		}
		secrets[name] = issue(t, records, scope)
	}
	calls := 0
	for _, open := range []bool{true, false} {
		c, s := startServer(t, func(cfg *Config) { cfg.Store, cfg.Open = records, open })
		rows := s.rows()
		for _, r := range s.engine().Routes() {
			row, ok := rows[strings.Replace(r.Method, "HEAD", "GET", 1)+" "+r.Path]
			if !ok {
				t.Errorf("%s %s is served, but is not in the table of who may", r.Method, r.Path)
				continue
			}
			for token, secret := range secrets {
				calls++ // each from an address of its own: wrong tokens are counted by address
				from := fmt.Sprintf("10.0.%d.%d:9", calls/256, calls%256)
				got := asked(c.do(r.Method, target(r.Path), "", "Authorization", bearer(secret), "From", from))
				if want := expected(row, token, open); got != want {
					t.Errorf("open %v: %s %s with token %s: %s, want %s", open, r.Method, r.Path, token, got, want)
				}
			}
		}
	}
}

// TestUnknownMethods asks every path in the ways that it does not know.
func TestUnknownMethods(t *testing.T) {
	c, s := startServer(t, func(cfg *Config) { cfg.Open = false })
	secret, engine := issue(t, s.Store, access.All), s.engine()
	for _, r := range s.routes() {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} {
			if slices.ContainsFunc(engine.Routes(), func(k gin.RouteInfo) bool { return k.Method == method && matches(k.Path, target(r.path)) }) {
				continue
			}
			got := c.do(method, target(r.path), "", "Authorization", bearer(secret)).want(t, 405)
			if allowed := got.header.Get("Allow"); !strings.Contains(allowed, r.method) {
				t.Errorf("%s %s: Allow is %q, want it to have %s", method, r.path, allowed, r.method)
			}
			if needsToken(r.path) {
				c.do(method, target(r.path), "").want(t, 401)
			}
		}
	}
}

// matches reports whether a route answers at a path.
func matches(route, path string) bool {
	wants, has := strings.Split(route, "/"), strings.Split(path, "/")
	if len(wants) != len(has) {
		return false
	}
	for i, want := range wants {
		if want != has[i] && !strings.HasPrefix(want, ":") {
			return false
		}
	}
	return true
}

// expected is what a row of the table says of a token.
func expected(row route, token string, open bool) string {
	switch token {
	case "none":
		if row.may == anyone || open && row.may.Any(access.Read|access.Report) {
			return "answered"
		}
		return "no-token"
	case "wrong", "expired", "revoked":
		return "wrong-token"
	}
	have, _ := access.ParseScope(token)
	if token == "all" {
		have = access.All
	}
	if row.may == anyone || row.may.Any(have) {
		return "answered"
	}
	return "no-scope"
}

// target is a path that a route matches.
func target(path string) string {
	return strings.NewReplacer(":id", "esp-too-full", ":action", "reboot", ":code", "1058", ":file", "page.css").Replace(path)
}

func bearer(secret string) string {
	if secret == "" {
		return ""
	}
	return "Bearer " + secret
}

// rows has the table of who may do what by method and path.
func (s *server) rows() map[string]route {
	out := map[string]route{}
	for _, r := range s.routes() {
		out[r.method+" "+r.path] = r
	}
	return out
}

func TestARouteWithoutScopesIsNotServed(t *testing.T) {
	for _, bad := range []route{{"GET", "/api/v1/x", anyone, nil}, {"GET", "/elsewhere", read, nil}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s %s is served with the scopes %s", bad.method, bad.path, bad.may)
				}
			}()
			bad.check()
		}()
	}
}

// TestOperator: the secret of the data folder is good on this machine alone.
func TestOperator(t *testing.T) {
	c := start(t, func(cfg *Config) { cfg.Operator, cfg.Open = "pm_operator", false })
	for from, want := range map[string]int{"127.0.0.1:9": 200, "[::1]:9": 200, "[::ffff:127.0.0.1]:9": 200, "192.0.2.1:9": 401, "nonsense": 401} {
		c.do("GET", "/api/v1/audit", "", "Authorization", "Bearer pm_operator", "From", from).want(t, want)
	}
	for local, want := range map[string]bool{"192.0.2.1:8080": true, "[::ffff:192.0.2.1]:8080": true, "192.0.2.2:8080": false, "127.0.0.1:8080": false} {
		at, err := net.ResolveTCPAddr("tcp", local)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = "192.0.2.1:9"
		r = r.WithContext(context.WithValue(t.Context(), http.LocalAddrContextKey, at))
		if got := sameMachine(r); got != want {
			t.Errorf("from 192.0.2.1 to %s is the same machine: %v, want %v", local, got, want)
		}
	}
	got := start(t, nil).do("GET", "/api/v1/audit", "", "Authorization", "Bearer ", "From", "127.0.0.1:9").want(t, 401)
	if got.text(t, "type") != "urn:patchmedic:problem:no-token" {
		t.Errorf("an empty token where no operator is: %s", got.body)
	}
}

// TestStrangersHosts: in open mode a token makes up for a host that is not
// loopback, and nothing else does.
func TestStrangersHosts(t *testing.T) {
	c, s := startServer(t, nil)
	secret := issue(t, s.Store, access.Read)
	const path = "/api/v1/codes/1058"
	c.do("GET", path, "", "Host", "kb.example").want(t, 421)
	c.do("GET", path, "", "Host", "kb.example", "Authorization", "Bearer "+secret).want(t, 200)
	for _, header := range []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded", "Via"} { // from wherever, by a proxy of this machine
		c.do("GET", path, "", header, "192.0.2.1").want(t, 421)
		c.do("GET", path, "", header, "192.0.2.1", "Authorization", "Bearer "+secret).want(t, 200)
	}
	c.do("GET", path, "", "Host", "kb.example", "Authorization", "Bearer wrong").want(t, 401)
	c.do("GET", "/healthz", "", "Host", "kb.example", "Authorization", "Bearer wrong").want(t, 401)
	c.do("GET", "/healthz", "", "Authorization", "Bearer wrong").want(t, 401)
}
