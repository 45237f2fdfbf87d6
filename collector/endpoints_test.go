package collector

import (
	"fmt"
	"testing"
	"time"

	"github.com/patchmedic/patchmedic/facts"
)

// TestEndpoints: how a server answers, or does not, in the words of the update agent.
func TestEndpoints(t *testing.T) {
	now := time.Date(2026, 5, 16, 9, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name    string
		server  *fakeServer
		address string
		file    bool
		want    string // reachable, status, code, issuer, skew
	}{
		{"a file", &fakeServer{Status: 200, Date: now}, "http://a.example/f", true, "true 200  - 0"},
		{"a file that is refused", &fakeServer{Status: 403, Date: now}, "http://a.example/f", true, "true 403  - 0"},
		{"a stranger is refused", &fakeServer{Status: 403, Date: now}, "http://a.example/", false, "true 0  - 0"},
		{"overloaded", &fakeServer{Status: 503, Date: now}, "http://a.example/", false, "true 503  - 0"},
		{"a portal", &fakeServer{Status: 302, Date: now}, "http://a.example/", false, "true 302  - 0"},
		{"a proxy asks who it is", &fakeServer{Status: 407, Date: now}, "http://a.example/", false, "false 407  - 0"},
		{"the clock is ahead", &fakeServer{Status: 200, Date: now.Add(-2 * time.Hour)}, "http://a.example/f", true, "true 200  - 7200"},
		{"the clock is behind", &fakeServer{Status: 200, Date: now.Add(90 * time.Second)}, "http://a.example/f", true, "true 200  - -90"},
		{"no such name", &fakeServer{Fault: "name"}, "http://a.example/", false, "false 0 0x80072ee7 - unknown"},
		{"refused", &fakeServer{Fault: "refused"}, "http://a.example/", false, "false 0 0x80072efd - unknown"},
		{"reset", &fakeServer{Fault: "reset"}, "http://a.example/", false, "false 0 0x80072efe - unknown"},
		{"no answer", &fakeServer{Fault: "timeout"}, "http://a.example/", false, "false 0 0x80072ee2 - unknown"},
		{"TLS", &fakeServer{Status: 200, Date: now}, "https://a.example/", false, "true 200  Microsoft Update Secure Server CA 2.1 0"},
		{"inspected", &fakeServer{Status: 200, Issuer: "Contoso Proxy CA"}, "https://a.example/", false, "false 0 0x80072f0d Contoso Proxy CA unknown"},
		{"expired", &fakeServer{Fault: "expired"}, "https://a.example/", false, "false 0 0x80072f05 Microsoft Update Secure Server CA 2.1 unknown"},
		{"of another host", &fakeServer{Fault: "other name"}, "https://a.example/", false, "false 0 0x80072f06 Microsoft Update Secure Server CA 2.1 unknown"},
	} {
		s := system{Windows: &fakeWindows{Clock: now}, opt: Options{Transport: network(t, map[string]*fakeServer{"a.example": test.server})}}
		e, skew := s.try(t.Context(), endpoint{test.address, "microsoft", test.file})
		code, issuer, ahead := "", "-", "unknown"
		if c, ok := e.Code.Get(); ok {
			code = c.String()
		}
		if e.CertificateIssuer.State() == facts.Known {
			issuer = e.CertificateIssuer.V
		}
		if n, ok := skew.Get(); ok {
			ahead = fmt.Sprint(n)
		}
		if got := fmt.Sprint(e.Reachable.V, " ", e.HTTPStatus.V, " ", code, " ", issuer, " ", ahead); got != test.want || e.Reachable.State() != facts.Known {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}
