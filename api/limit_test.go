package api

import (
	"fmt"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchmedic/patchmedic/internal/access"
)

// TestGuessing wants ten wrong tokens answered, one a second after them, and the
// token that a person chose not taken meanwhile.
func TestGuessing(t *testing.T) {
	c, s := startServer(t, func(cfg *Config) { cfg.Token = "correct-horse-battery" })
	stored := issue(t, s.Store, access.Read)
	synctest.Test(t, func(t *testing.T) {
		try := func(token, from string, want int) answered {
			t.Helper()
			return c.do("GET", "/api/v1/codes/1058", "", "Authorization", "Bearer "+token, "From", from).want(t, want)
		}
		const here, elsewhere = "192.0.2.7:1000", "192.0.2.8:1000"
		try("correct-horse-battery", here, 200)
		for i := range guesses {
			try("guess "+strconv.Itoa(i), here, 401)
		}
		if got := try("guess", here, 429); got.header.Get("Retry-After") != "1" {
			t.Errorf("Retry-After is %q, want 1", got.header.Get("Retry-After"))
		}
		try("correct-horse-battery", here, 429) // or a guess would be known for right
		try(stored, here, 200)
		try("correct-horse-battery", elsewhere, 200)
		time.Sleep(time.Second)
		try("guess", here, 401)
		try("guess", here, 429)
		time.Sleep(time.Second)
		try("correct-horse-battery", here, 200)
		try("correct-horse-battery", here, 200) // the right one counts for nothing
		time.Sleep(time.Minute)
		for range guesses {
			try("guess", here, 401)
		}
		try("guess", here, 429)
	})
}

func TestRate(t *testing.T) {
	c, s := startServer(t, func(cfg *Config) { cfg.Rate = 0.5 })
	one, other := issue(t, s.Store, access.Read), issue(t, s.Store, access.Read)
	synctest.Test(t, func(t *testing.T) {
		ask := func(path, token, from string) answered {
			return c.do("GET", path, "", "Authorization", bearer(token), "From", from)
		}
		const path = "/api/v1/codes/1058"
		ask(path, "", "192.0.2.1:1").want(t, 200)
		if got := ask(path, "", "192.0.2.1:2").want(t, 429); got.header.Get("Retry-After") != "2" {
			t.Errorf("Retry-After is %q, want 2", got.header.Get("Retry-After"))
		}
		ask(path, "", "192.0.2.2:1").want(t, 200)
		ask(path, one, "192.0.2.1:1").want(t, 200) // a token has its own
		ask(path, one, "192.0.2.9:1").want(t, 429) // wherever it comes from
		ask(path, other, "192.0.2.1:1").want(t, 200)
		ask("/api/v1/nothing", other, "192.0.2.1:1").want(t, 429)
		ask(path, "", "[2001:db8::1]:1").want(t, 200)
		ask(path, "", "[2001:db8::ffff:2]:1").want(t, 429)
		ask(path, "", "[2001:db8:0:1::1]:1").want(t, 200)
		for range 5 {
			ask("/healthz", "", "192.0.2.1:1").want(t, 200) // what asks whether we live is not held back
		}
		time.Sleep(1500 * time.Millisecond)
		if got := ask(path, one, "192.0.2.1:1").want(t, 429); got.header.Get("Retry-After") != "1" {
			t.Errorf("Retry-After is %q, want 1", got.header.Get("Retry-After"))
		}
		time.Sleep(time.Second)
		ask(path, one, "192.0.2.1:1").want(t, 200)
	})
}

// TestRateOfACrowd forgets who was silent for the longest, and no one else.
func TestRateOfACrowd(t *testing.T) {
	l, now := newLimits(1, 1), time.Now()
	name := func(i int) callerKey { return callerKey{token: strconv.Itoa(i)} }
	for i := range mostCallers {
		if l.take(name(i), now) != 0 {
			t.Fatalf("caller %d waits for others", i)
		}
	}
	if l.take(name(0), now) == 0 {
		t.Error("a caller is forgotten while there is room")
	}
	l.take(name(-1), now) // in the place of 1
	if l.take(name(0), now) == 0 || l.take(name(2), now) == 0 {
		t.Error("another caller is forgotten than the one who was silent for the longest")
	}
	if l.take(name(1), now) != 0 {
		t.Error("the caller who was silent for the longest is not forgotten")
	}
	if l.order.Len() != mostCallers || len(l.places) != mostCallers {
		t.Errorf("%d callers in order and %d in places, want %d", l.order.Len(), len(l.places), mostCallers)
	}
}

func TestCallersBehindProxies(t *testing.T) {
	trusted := proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48")}
	for _, test := range []struct{ from, forwarded, want string }{
		{"192.0.2.1:1", "", "192.0.2.1"},
		{"192.0.2.1:1", "198.51.100.1", "192.0.2.1"}, // no proxy of ours: it may say what it likes
		{"10.0.0.1:1", "", "10.0.0.1"},
		{"10.0.0.1:1", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:1", "203.0.113.9, 198.51.100.1", "198.51.100.1"}, // what stands before was the client's to write
		{"10.0.0.1:1", "198.51.100.1, 10.0.0.2", "198.51.100.1"},
		{"10.0.0.1:1", "10.0.0.3,10.0.0.2", "10.0.0.3"},
		{"10.0.0.1:1", "198.51.100.1, nonsense", "10.0.0.1"},
		{"10.0.0.1:1", "nonsense, 10.0.0.2", "10.0.0.2"},
		{"[::ffff:10.0.0.1]:1", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:1", "::ffff:198.51.100.1", "198.51.100.1"},
		{"[2001:db8:1::5]:1", "2001:db8:2:3:4:5:6:7", "2001:db8:2:3::"},
		{"[fe80::1%eth0]:1", "", "fe80::"},
		{"@", "198.51.100.1", "invalid IP"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = test.from
		if test.forwarded != "" {
			r.Header.Set("X-Forwarded-For", test.forwarded)
		}
		if got := trusted.caller(r).String(); got != test.want {
			t.Errorf("from %s, forwarded for %q: %s, want %s", test.from, test.forwarded, got, test.want)
		}
	}
}

func FuzzForwarded(f *testing.F) {
	f.Add("10.0.0.1:1", "198.51.100.1, 10.0.0.2")
	f.Add("[::1]:1", "::1%1,,")
	trusted := proxies{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
	f.Fuzz(func(t *testing.T, from, forwarded string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr, r.Header = from, map[string][]string{"X-Forwarded-For": {forwarded}}
		if a := trusted.caller(r); a.Zone() != "" || a.Is4In6() || a.Is6() && fmt.Sprintf("%x", a.As16())[16:] != "0000000000000000" {
			t.Errorf("an address in a form of its own: %s", a)
		}
	})
}
