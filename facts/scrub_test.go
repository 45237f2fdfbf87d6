package facts_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

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
		{"unc", `\\fs01.corp.example\sxs and \\FS01.corp.example\b`, `\\host-1\path-1 and \\host-1\path-2`},
		{"unc with spaces", `from \\srv\Partage Compta\Jean Dupont\x.cab failed`, `from \\host-1\path-1 failed`},
		{"unc after an option", `/Source:\\srv\sxs /LimitAccess`, `/Source:\\host-1\path-1 /LimitAccess`},
		{"unc in quotes", `"\\srv\homes$\jdoe", next`, `"\\host-1\path-1", next`},
		{"long unc", `\\?\UNC\srv\homes$\jdoe`, `\\?\UNC\host-1\path-1`},
		{"device path", `\\?\GLOBALROOT\device\harddisk0`, `\\?\GLOBALROOT\device\harddisk0`},
		{"profile with slashes", `file C:/Users/Zoé Martin/x`, `file C:/Users/user-1/x`},
		{"escaped profile", `C:\\Users\\jdoe\\x`, `C:\\Users\\user-1\\x`},
		{"one drive", `C:\Users\a.b\OneDrive - Contoso SARL\x`, `C:\Users\user-1\OneDrive - org-1\x`},
		{"account of a domain", `CONTOSO\j.doe and NT AUTHORITY\SYSTEM`, `user-1 and NT AUTHORITY\SYSTEM`},
		{"account after a word", `logged on as Contoso\Élise`, `logged on as user-1`},
		{"owner", `Original owner: Contoso\JDoe`, `Original owner: user-1`},
		{"path is no account", `WINDOWS\system32 and SOFTWARE\microsoft`, `WINDOWS\system32 and SOFTWARE\microsoft`},
		{"sas", `get https://contoso.blob.core.windows.net/c/x.cab?sv=1&sig=aGVsbG8%3D, then`, `get https://host-1/c/x.cab, then`},
		{"public url", `http://2.tlu.dl.delivery.mp.microsoft.com/files/1?P1=1&P4=abc.`, `http://2.tlu.dl.delivery.mp.microsoft.com/files/1.`},
		{"cut url", `...x.cab?X-Amz-Signature=abcdef&y=1`, `...x.cab?X-Amz-Signature=secret-1&y=1`},
		{"url that is none", `at http://[::1/x`, `at url-1`},
		{"bearer", `Authorization: Bearer abc.def-ghi_jkl`, `Authorization: Bearer secret-1`},
		{"jwt", `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc`, `secret-1`},
		{"default host", `on DESKTOP-4F7K2QX now`, `on host-1 now`},
		{"announced host", `Computer name: compta-07`, `Computer name: host-1`},
		{"serial", `Serial Number: PF2ABC9Z`, `Serial Number: serial-1`},
		{"usb", `device USB\VID_0781&PID_5581\4C530001230523117383 failed`, `device USB\VID_0781&PID_5581\serial-1 failed`},
		{"package version", `Package_for_KB3025096~31bf3856ad364e35~amd64~~6.3.1.4`, `Package_for_KB3025096~31bf3856ad364e35~amd64~~6.3.1.4`},
		{"key token", `PublicKeyToken="31bf3856ad364e35"`, `PublicKeyToken="31bf3856ad364e35"`},
		{"sid", `S-1-5-21-1004336348-1177238915-682003330-512`, `sid-1`},
		{"well-known sid", `S-1-5-18`, `S-1-5-18`},
		{"address", `from 192.168.10.7, port 80`, `from ip-1, port 80`},
		{"version is no address", `v10.0.26100.4061 and 6.1.7601.23505`, `v10.0.26100.4061 and 6.1.7601.23505`},
		{"ipv6", `at fe80::8007:2:1 now`, `at ip-1 now`},
		{"time is no address", `at 12:30:45 now`, `at 12:30:45 now`},
		{"mac", `00-15-5D-80-07-02`, `mac-1`},
		{"password", `password=Hunter2; next`, `password=secret-1; next`},
		{"french password", `mot de passe : azerty`, `mot de passe : secret-1`},
		{"credentials", `http://bob:pw@proxy:3128/`, `http://host-1:3128/`},
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

// TestScrubKnownNames: what the machine calls itself and its people vanishes
// wherever it stands as a word.
func TestScrubKnownNames(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"account", `profile of jdupont (JDUPONT)`, `profile of user-1 (user-1)`},
		{"full name", `Élise Lefèvre-Durand`, `user-1`},
		{"part of a full name", `chez ÉLISE et lefèvre-durand`, `chez user-1 et user-2-user-3`},
		{"between underscores", `backup_jdupont_1.log`, `backup_user-1_1.log`},
		{"without accents", `by ELISE and Lefevre`, `by user-1 and user-2`},
		{"inside a word", `jdupontel and Elisee`, `jdupontel and Elisee`},
		{"ordinary word", `Update the user`, `Update the user`},
		{"ordinary word in a profile", `C:\Users\update\x`, `C:\Users\user-1\x`},
		{"host", `ping PC-COMPTA.contoso.example`, `ping host-1`},
		{"short host", `pc-compta: contoso`, `host-1: host-2`},
		{"longer host", `PC-COMPTA2`, `PC-COMPTA2`},
	}
	for _, tt := range tests {
		s := facts.NewScrubber()
		s.People("jdupont", "Élise Lefèvre-Durand", "update", "user", "Mac", "it", "")
		s.Hosts("PC-COMPTA.contoso.example", "PC-COMPTA", "CONTOSO", "WORKGROUP", "12345")
		once := s.Text(tt.in)
		if once != tt.want {
			t.Errorf("%s: %q became %q, want %q", tt.name, tt.in, once, tt.want)
		}
		if twice := s.Text(once); twice != once {
			t.Errorf("%s: a second pass changed %q to %q", tt.name, once, twice)
		}
	}
}

// TestScrubNoProxy: the words for none are no names.
func TestScrubNoProxy(t *testing.T) {
	for _, word := range []string{"", "none", "Direct"} {
		r := decode(t, `{"network":{"proxy":"`+word+`"}}`)
		facts.NewScrubber().Report(r)
		if got := r.Network.V.Proxy.V; got != word {
			t.Errorf("%q became %q", word, got)
		}
	}
}

func TestKeyedScrubber(t *testing.T) {
	const text = `C:\Users\jdupont\x on DESKTOP-4F7K2QX by jdupont@contoso.example`
	scrub := func(key string) string { return facts.NewKeyedScrubber([]byte(key)).Text(text) }
	first := scrub("site")
	if again := scrub("site"); again != first {
		t.Errorf("one key gives %q and %q", first, again)
	}
	if other := scrub("other"); other == first {
		t.Errorf("two keys give %q", first)
	}
	if strings.Contains(first, "dupont") || strings.Contains(first, "4F7K2QX") || strings.Contains(first, "contoso") {
		t.Errorf("a name is left in %q", first)
	}
	if second := facts.NewScrubber().Text(first); second != first {
		t.Errorf("a pass without the key changed %q to %q", first, second)
	}
}

// TestScrubTwice: a service scrubs again what a collector scrubbed, and leaves
// it, in whatever order names and secrets stand.
func TestScrubTwice(t *testing.T) {
	pieces := []string{
		`C:\Users\j.doe\OneDrive - Contoso SARL\x`, `\\srv\share\a b\c.cab`, `as CONTOSO\j.doe`, `https://u:p@h.example/x?sig=1`, `S-1-5-21-1-2-3`,
		`DESKTOP-4F7K2QX`, `10.1.2.3`, `fe80::1:2`, `password=x;`, `user: Jeanne`, `owner: Jeanne Doe,`, `mail@contoso.example`, `00-15-5D-80-07-02`,
		`USB\VID_1&PID_2\3AB`, `Serial Number: PF3XYZ12`, `Bearer abcdefgh.ij`, `ABCDE-12345-FGHIJ-67890-KLMNO`, `0x800f0922`, `KB5058411`, `for`, `(`, `"`, `:`, `=`,
	}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 8).Draw(t, "pieces"), rapid.SampledFrom([]string{" ", ", ", "; "}).Draw(t, "between"))
		s := facts.NewKeyedScrubber([]byte("key"))
		s.People("Jeanne Doe")
		once := s.Text(text)
		if twice := facts.NewScrubber().Text(once); twice != once {
			t.Errorf("%s became\n%s and then\n%s", text, once, twice)
		}
		for _, secret := range []string{"doe", "contoso", "srv", "4f7k2qx", "10.1.2.3", "xyz12", "12345"} {
			if strings.Contains(strings.ToLower(once), secret) {
				t.Errorf("%s is left of %s in\n%s", secret, text, once)
			}
		}
	})
}
