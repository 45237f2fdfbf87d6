package api

import (
	"strings"
	"testing"
	"time"

	"github.com/patchmedic/patchmedic/internal/access"
)

// administrator starts a service and returns a function that calls it with a
// token of the scope admin.
func administrator(t *testing.T, change func(*Config)) (caller, func(method, target, body string, headers ...string) answered) {
	t.Helper()
	c, s := startServer(t, change)
	header := []string{"Authorization", "Bearer " + issue(t, s.Store, access.Admin)}
	return c, func(method, target, body string, headers ...string) answered {
		t.Helper()
		return c.do(method, target, body, append(header, headers...)...)
	}
}

func TestALifeOfAToken(t *testing.T) {
	c, call := administrator(t, nil)
	got := call("POST", "/api/v1/tokens", `{"name":"portal","scopes":["read","report"],"expires_in_days":90}`).want(t, 201)
	secret, id := got.text(t, "token"), got.text(t, "id")
	if !strings.HasPrefix(secret, "pm_") || len(secret) != len("pm_")+52 {
		t.Errorf("the secret %q is not pm_ and 256 bits", secret)
	}
	if got.header.Get("Cache-Control") != "no-store" {
		t.Error("a secret could be kept by a cache")
	}
	expires, err := time.Parse(time.RFC3339, got.text(t, "expires"))
	if days := time.Until(expires).Hours() / 24; err != nil || days < 88 || days > 92 {
		t.Errorf("it ends on %v, want in 90 days (%v)", expires, err)
	}
	use := func() answered {
		return c.do("GET", "/api/v1/codes/0x80070306", "", "Authorization", "Bearer "+secret)
	}
	use().want(t, 200)
	list := call("GET", "/api/v1/tokens", "").want(t, 200)
	if list.text(t, "tokens.1.name") != "portal" || list.text(t, "tokens.1.id") != id || strings.Contains(list.body, secret) || strings.Contains(list.body, "hash") {
		t.Errorf("the list of tokens: %s", list.body)
	}
	call("DELETE", "/api/v1/tokens/"+id, "").want(t, 204)
	use().want(t, 401)
	call("DELETE", "/api/v1/tokens/"+id, "").want(t, 404)
	call("DELETE", "/api/v1/tokens/nosuch", "").want(t, 404)
	if list := call("GET", "/api/v1/tokens", "").want(t, 200); list.text(t, "tokens.1.revoked") == "" {
		t.Errorf("a revoked token is not told from others: %s", list.body)
	}
	log := call("GET", "/api/v1/audit", "").want(t, 200)
	for _, want := range []string{`"who":"test admin","what":"token.created","subject":"` + id, `"who":"test admin","what":"token.revoked","subject":"` + id} {
		if !strings.Contains(log.body, want) {
			t.Errorf("the log has no %s: %s", want, log.body)
		}
	}
	call("POST", "/api/v1/tokens", `{"name":"for ever","scopes":["edit"]}`).want(t, 201)
	call("POST", "/api/v1/tokens", `{"name":"until","scopes":["edit"],"expires":"2126-01-01T00:00:00+02:00"}`).want(t, 201)
}

func TestTokensThatAreNotMade(t *testing.T) {
	_, call := administrator(t, nil)
	for _, test := range []struct{ body, pointer string }{
		{`{}`, "/name"},
		{`null`, ""},
		{`{"name":" ","scopes":["read"]}`, "/name"},
		{`{"name":"two\nlines","scopes":["read"]}`, "/name"},
		{`{"name":"` + strings.Repeat("x", 101) + `","scopes":["read"]}`, "/name"},
		{`{"name":"operator","scopes":["read"]}`, "/name"},
		{`{"name":"x"}`, "/scopes"},
		{`{"name":"x","scopes":[]}`, "/scopes"},
		{`{"name":"x","scopes":["read","everything"]}`, "/scopes/1"},
		{`{"name":"x","scopes":["READ"]}`, "/scopes/0"},
		{`{"name":"x","scopes":"read"}`, "/scopes"},
		{`{"name":"x","scopes":["read"],"expires":"tomorrow"}`, "/expires"},
		{`{"name":"x","scopes":["read"],"expires":""}`, "/expires"},
		{`{"name":"x","scopes":["read"],"expires":"2020-01-01T00:00:00Z"}`, "/expires"},
		{`{"name":"x","scopes":["read"],"expires":"2126-01-01T00:00:00Z","expires_in_days":3}`, "/expires"},
		{`{"name":"x","scopes":["read"],"expires_in_days":0}`, "/expires_in_days"},
		{`{"name":"x","scopes":["read"],"expires_in_days":36501}`, "/expires_in_days"},
		{`{"name":"x","scopes":["read"],"expire_in_days":3}`, "/expire_in_days"},
		{`{"name":"x","scopes":["read"],"Expires":"2126-01-01T00:00:00Z"}`, "/Expires"},
	} {
		got := call("POST", "/api/v1/tokens", test.body).want(t, 422)
		if pointer := got.text(t, "errors.0.pointer"); pointer != test.pointer {
			t.Errorf("%s: the fault is at %s, want %s", test.body, pointer, test.pointer)
		}
	}
	call("POST", "/api/v1/tokens", `{"name":`).want(t, 400)
	if list := call("GET", "/api/v1/tokens", ""); strings.Count(list.body, `"id"`) != 1 {
		t.Errorf("a token was made all the same: %s", list.body)
	}
}

func TestTheLogIsReadPageByPage(t *testing.T) {
	_, call := administrator(t, nil)
	for range 6 {
		call("POST", "/api/v1/tokens", `{"name":"x","scopes":["read"]}`).want(t, 201)
	}
	var seen []string
	for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
		got := call("GET", "/api/v1/audit?limit=3&cursor="+cursor, "").want(t, 200)
		entries, _ := got.json(t, "entries")
		for _, e := range entries.([]any) {
			seen = append(seen, e.(map[string]any)["id"].(string))
		}
		next, _ := got.json(t, "next")
		cursor, _ = next.(string)
		if pages == 0 {
			call("POST", "/api/v1/tokens", `{"name":"meanwhile","scopes":["read"]}`).want(t, 201)
		}
	}
	if len(seen) != 7 {
		t.Errorf("%d entries on all pages, want the 7 that there were", len(seen))
	}
	for i := range seen[1:] {
		if seen[i] <= seen[i+1] {
			t.Errorf("entry %d is not newer than the next: %v", i, seen)
		}
	}
	for _, bad := range []string{"x", strings.Repeat("A", 26), strings.Repeat("a", 27), "%00"} {
		call("GET", "/api/v1/audit?cursor="+bad, "").want(t, 400)
	}
}
