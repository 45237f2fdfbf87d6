package facts_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/patchmedic/patchmedic/facts"
)

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestScrubText(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"profile", `C:\Users\j.doe\AppData and c:\users\J.DOE\x`, `C:\Users\user-1\AppData and c:\users\user-1\x`},
		{"shared profile", `C:\Users\Public\Desktop`, `C:\Users\Public\Desktop`},
		{"mail", `écrire à jeanne.doe@exemple.fr svp`, `écrire à mail-1 svp`},
		{"unc", `\\fs01.corp.example\sxs and \\FS01.corp.example\b`, `\\host-1\sxs and \\host-1\b`},
		{"sid", `S-1-5-21-1004336348-1177238915-682003330-512`, `sid-1`},
		{"well-known sid", `S-1-5-18`, `S-1-5-18`},
		{"address", `from 192.168.10.7, port 80`, `from ip-1, port 80`},
		{"version is no address", `v10.0.26100.4061 and 6.1.7601.23505`, `v10.0.26100.4061 and 6.1.7601.23505`},
		{"ipv6", `at fe80::8007:2:1 now`, `at ip-1 now`},
		{"time is no address", `at 12:30:45 now`, `at 12:30:45 now`},
		{"mac", `00-15-5D-80-07-02`, `mac-1`},
		{"password", `password=Hunter2; next`, `password=secret-1; next`},
		{"french password", `mot de passe : azerty`, `mot de passe : secret-1`},
		{"credentials", `http://bob:pw@proxy:3128/`, `http://secret-1@proxy:3128/`},
		{"recovery key", `111111-222222-333333-444444-555555-666666-777777-888888`, `recovery-key-1`},
		{"product key", `ABCDE-12345-FGHIJ-67890-KLMNO`, `product-key-1`},
		{"account", `utilisateur : CORP\jdoe a vu`, `utilisateur : user-1 a vu`},
		{"codes stay", `KB5058411 échoue avec 0x80070306 (26100.4061)`, `KB5058411 échoue avec 0x80070306 (26100.4061)`},
		{"guid stays", `{a111f280-5923-47c0-9a68-d0bafb577901}`, `{a111f280-5923-47c0-9a68-d0bafb577901}`},
	}
	for _, tt := range tests {
		if got := facts.NewScrubber().Text(tt.in); got != tt.want {
			t.Errorf("%s: %q became %q, want %q", tt.name, tt.in, got, tt.want)
		}
		s := facts.NewScrubber()
		once := s.Text(tt.in)
		if twice := s.Text(once); twice != once {
			t.Errorf("%s: a second pass changed %q to %q", tt.name, once, twice)
		}
	}
}

// TestScrubReport plants a secret in every text of a report: none may be left,
// and one name is one token everywhere.
func TestScrubReport(t *testing.T) {
	r := decode(t, `{"device":{"name":"PC-COMPTA"},
		"symptoms":{"text":"sur PC-COMPTA, C:\\Users\\martin\\x"},
		"logs":[{"file":"cbs.log","text":"C:\\Users\\martin\\Temp on pc-compta"}],
		"events":[{"message":"martin@exemple.fr"}],
		"policy":{"wsus_server":"https://wsus.corp.example:8531/x","repair_source":"\\\\wsus.corp.example\\sxs"},
		"network":{"proxy":"http://martin:pw@proxy.corp.example:3128","endpoints":[{"host":"download.windowsupdate.com"},{"host":"wsus.corp.example","certificate_issuer":"ok"}]},
		"errors":[{"source":"C:\\Users\\martin","error":"password: xyz"}]}`)
	facts.NewScrubber().Report(r)
	got := mustJSON(t, r)
	for _, secret := range []string{"martin", "COMPTA", "compta", "corp.example", "pw", "xyz", "exemple.fr"} {
		if strings.Contains(got, secret) {
			t.Errorf("%q is left in %s", secret, got)
		}
	}
	for _, kept := range []string{"download.windowsupdate.com", "https://host-", ":8531/x", "user-1"} {
		if !strings.Contains(got, kept) {
			t.Errorf("%q is gone from %s", kept, got)
		}
	}
	if a, b := r.Device.V.Name.V, r.Symptoms.V.Text.V; !strings.Contains(b, a) {
		t.Errorf("the device is %q in its field and the text says %q", a, b)
	}
	if a, b := r.Network.V.Endpoints.V[1].Host.V, r.Policy.V.WSUSServer.V; !strings.Contains(b, a) {
		t.Errorf("one host has two tokens: %q and %q", a, b)
	}
}
