package servicing

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPasted(t *testing.T) {
	const (
		words   = "Bonjour, la mise à jour échoue avec 0x800f0922 depuis mardi."
		dated   = "2026-05-13 22:50:08, Error CBS Startup: Failed to process advanced operation queue. [HRESULT = 0x800f0922 - CBS_E_INSTALLERS_FAILED]"
		padded  = "2026-05-13 22:50:06, Error      [0x01803e] CSI    0000004f (F) Failed execution of queue item Installer: HTTP Installer ({a}) with HRESULT HRESULT_FROM_WIN32(1058).  Failure will not be ignored"
		driver  = "!!!  dvi: Installing device failed. HRESULT = 0x800f024b"
		agent   = "2026/05/22 08:02:20.0614505 2288  2488  Handler         *FAILED* [800F024B] Driver Install failed"
		verdict = "Matching Profile found: FindRollbackFailure - 3A43C9B5-05B3-4F7C-A955-88F991BB5A48"
	)
	for name, c := range map[string]struct {
		text  string
		logs  []string
		prose string
	}{
		"words only":             {words + "\nMerci", nil, words + "\nMerci"},
		"words around":           {words + "\n\n" + dated + "\n" + padded + "\n\nMerci !", []string{dated + "\n" + padded + "\n"}, words + "\n\n\nMerci !"},
		"in a fence":             {words + "\n```\n" + dated + "\n```", []string{dated + "\n"}, words},
		"quoted":                 {"> " + dated, []string{dated + "\n"}, ""},
		"line ends lost":         {words + " " + dated + " " + padded, []string{dated + "\n" + padded + "\n"}, words},
		"windows line ends":      {words + "\r\n" + dated + "\r\n", []string{dated + "\r\n"}, words},
		"no date":                {"Error CBS Startup: failed. [HRESULT = 0x80070490 - ERROR_NOT_FOUND]", []string{"Error CBS Startup: failed. [HRESULT = 0x80070490 - ERROR_NOT_FOUND]\n"}, ""},
		"masked date":            {"20xx-xx-18 15:21:14, Info CBS Doqe: Recording result: 0x8007000d, for Inf: mshdc.inf", []string{"20xx-xx-18 15:21:14, Info CBS Doqe: Recording result: 0x8007000d, for Inf: mshdc.inf\n"}, ""},
		"message only":           {"Failed to resolve package. [HRESULT = 0x800f0831 - CBS_E_STORE_CORRUPTION]", []string{"Info CBS Failed to resolve package. [HRESULT = 0x800f0831 - CBS_E_STORE_CORRUPTION]\n"}, ""},
		"sequence only":          {"00000e64 (F) AI failed with HRESULT 80070005", []string{"Error CSI 00000e64 (F) AI failed with HRESULT 80070005\n"}, ""},
		"continued":              {dated + "\n    Installer name: 'HTTP Installer'\n[gle=0x80004005]\nmerci", []string{dated + "\n    Installer name: 'HTTP Installer'\n[gle=0x80004005]\n"}, "merci"},
		"two logs":               {dated + "\n" + agent + "\n" + padded, []string{dated + "\n" + padded + "\n", agent + "\n"}, ""},
		"driver and verdict":     {driver + "\n" + verdict, []string{driver + "\n", verdict + "\n"}, ""},
		"store report":           {"Operation: Detect and Repair\nOperation result: 0x800f081f\nTotal Detected Corruption:\t3", []string{"Operation: Detect and Repair\nOperation result: 0x800f081f\nTotal Detected Corruption:\t3\n"}, ""},
		"empty":                  {"", nil, ""},
		"level beside a log":     {dated + "\nInfo CBS Perf: done", []string{dated + "\nInfo CBS Perf: done\n"}, ""},
		"continuation of nobody": {"Error = 0x80070057", nil, "Error = 0x80070057"},
	} {
		logs, prose := Pasted(c.text)
		if !slices.Equal(logs, c.logs) || prose != c.prose {
			t.Errorf("%s: got %q and %q, want %q and %q", name, logs, prose, c.logs, c.prose)
		}
	}
}

// TestPastedProse has what people write with the words and codes of logs.
func TestPastedProse(t *testing.T) {
	for _, text := range []string{
		"Error CBS 0x800f0922",
		"Error DISM 87 when I run it",
		"Info about my PC: error 0x80070306",
		"Error: 0x80070643",
		"Error Setup failed with 0xC1900101 - 0x20017",
		"I see [HRESULT = 0x800f0922 - CBS_E_INSTALLERS_FAILED] in CBS.log, what now?",
		"My update stops with [HRESULT = 0x800f0922 - CBS_E_INSTALLERS_FAILED].",
		"Bonjour : [HRESULT = 0x800f0922 - CBS_E_INSTALLERS_FAILED]",
		"2026-05-13 22:50:08, Error 0x800f0922 on my PC",
		"2026-05-13 22:50:08 the update Agent failed with 0x80072ee2",
		"Hello, Error CBS again and again",
		"HRESULT_FROM_WIN32(1058) is all that the log says",
		"WARNING: my disk is full (0x80070070)",
		"Le journal dit : Failed execution of queue item, code 0x80070422",
		"!!! help, 0x80073712",
		">>> how do I fix 0x80070002 <<<",
		"My PC [HP EliteDesk] gives 0x80070002 at 35 %",
		"Operation result was 0x80071160",
		"KB5058411 (26100.4061) échoue : 0x80070306, 2147943174",
	} {
		if logs, prose := Pasted(text); logs != nil || prose != text {
			t.Errorf("%q: got logs %q and prose %q", text, logs, prose)
		}
	}
}

// TestPastedReads holds that what is found in a log is found when a person
// pastes its lines between two sentences.
func TestPastedReads(t *testing.T) {
	for _, name := range []string{"CBS--copied", "CBS--rollback", "CBS--store-broken", "WindowsUpdate--columns", "WindowsUpdate--tabs", "dism--source", "setupact--upgrade", "setuperr--sysprep", "SetupDiagResults--text", "setupapi.dev--driver"} {
		data, err := os.ReadFile(filepath.Join("testdata", name+".log"))
		if err != nil {
			t.Fatal(err)
		}
		want := codes(read(t, data, name+".log", Options{}))
		logs, _ := Pasted("It fails.\n" + decodeText(data) + "\nThank you")
		var got []string
		for _, log := range logs {
			got = append(got, codes(read(t, []byte(log), "", Options{}))...)
		}
		for _, code := range want {
			if !slices.Contains(got, code) {
				t.Errorf("%s: %s is not found in what was pasted, got %v", name, code, got)
			}
		}
	}
}

func FuzzPasted(f *testing.F) {
	f.Add("words\n2026-05-13 22:50:08, Error CBS x [HRESULT = 0x800f0922]\n  [gle=0x80004005]\n> 00000e64 (F) x\nwords")
	f.Add("{a}\t\t\t\t\t\t\t\t [AGENT_X]\n!!!  inf: x\n(p)\tCSI Payload Corrupt\n```")
	f.Fuzz(func(t *testing.T, text string) {
		logs, prose := Pasted(text)
		if logs == nil && prose != text {
			t.Errorf("no log, and the words became %q", prose)
		}
		for _, log := range logs {
			if strings.TrimSpace(log) == "" {
				t.Errorf("an empty log of %q", text)
			}
			if _, err := Read(strings.NewReader(log), "", Options{}); err != nil {
				t.Error(err)
			}
		}
		if _, rest := Pasted(prose); logs != nil && len(rest) > len(prose) {
			t.Errorf("%q grew to %q", prose, rest)
		}
	})
}
