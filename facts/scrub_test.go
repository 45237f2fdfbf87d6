package facts_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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

// TestScrubText reads testdata/scrub.txt: "# " a name, "+ " names of hosts that the
// scrubber is told in what follows, up to the next name, "< " a text, and "> " what
// becomes of it, or "= " the same text when nothing may.
func TestScrubText(t *testing.T) {
	data, err := os.ReadFile("testdata/scrub.txt")
	if err != nil {
		t.Fatal(err)
	}
	name, in, checked := "", "", 0
	var told []string
	for line := range strings.Lines(string(data)) {
		mark, text, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
		switch mark {
		case "#":
			name, told = text, nil
		case "+":
			told = strings.Fields(text)
		case "<":
			in = text
		case ">", "=":
			if mark == "=" {
				in = text
			}
			checked++
			s := facts.NewScrubber()
			s.Hosts(told...)
			once := s.Text(in)
			if once != text {
				t.Errorf("%s:\n%s became\n%s, want\n%s", name, in, once, text)
			}
			if twice := s.Text(once); twice != once {
				t.Errorf("%s: a second pass changed\n%s to\n%s", name, once, twice)
			}
		}
	}
	if checked < 100 {
		t.Errorf("%d texts only: the file has another form", checked)
	}
}

// TestScrubReport plants a secret in every text of a report: none may be left,
// and one name is one token everywhere.
func TestScrubReport(t *testing.T) {
	r := decode(t, `{"device":{"name":"PC-COMPTA"},
		"symptoms":{"text":"sur PC-COMPTA, C:\\Users\\martin\\x"},
		"logs":[{"file":"cbs.log","text":"C:\\Users\\martin\\AppData on pc-compta"}],
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
		{"ordinary word in a profile", `C:\Users\update\AppData`, `C:\Users\user-1\AppData`},
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

// TestReplacements: what is told of the tokens is what a reader counts, with and
// without a key, and holds no name.
func TestReplacements(t *testing.T) {
	const document = `{"symptoms":{"text":"martin and martin, user-9 of a ticket"},
		"logs":[{"text":"C:\\Users\\martin\\AppData on 10.1.2.3"},{"text":"10.1.2.3, 10.1.2.4"}],
		"policy":{"wsus_server":"https://wsus.corp.example:8531/x","repair_source":"\\\\wsus.corp.example\\martin's files"},
		"device":{"id":"host-1"}}`
	for _, s := range []*facts.Scrubber{facts.NewScrubber(), facts.NewKeyedScrubber([]byte("site"))} {
		s.People("martin", "nobody here")
		r := decode(t, document)
		s.Report(r)
		text := mustJSON(t, r)
		var got []string
		for _, of := range s.Replacements(r) {
			got = append(got, fmt.Sprintf("%s %d %s", of.Kind, of.Times, strings.Join(of.Fields, " ")))
			if n := strings.Count(text, of.Token); n != of.Times && of.Token != "host-1" { // which is also the name that the device was given
				t.Errorf("%s is told %d times and stands %d times in %s", of.Token, of.Times, n, text)
			}
		}
		want := []string{"host 2 policy.wsus_server policy.repair_source", "ip 2 logs.text", "ip 1 logs.text",
			"path 1 policy.repair_source", "user 3 symptoms.text logs.text"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got of %s\n%s", text, diff)
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
		`USB\VID_1&PID_2\3AB`, `Serial Number: PF3XYZ12`, `Bearer abcdefgh.ij`, `ABCDE-12345-FGHIJ-67890-KLMNO`, `C:\Users\j.doe\Divorce x.docx`, `CN=j.doe,DC=contoso`, `http=srv:80`, `password is x`, `user 'j.doe'`, `SSID: "a b"`,
		`server dc.contoso.example`, `tenant id a111f280-5923-47c0-9a68-d0bafb577901`, `06 12 34 56 78`, `[CONTOSO\J.DOE]`, `<UserName>j.doe</UserName>`,
		`0x800f0922`, `KB5058411`, `for`, `(`, `"`, `:`, `=`,
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
