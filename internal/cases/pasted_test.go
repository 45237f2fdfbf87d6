package cases_test

import (
	"testing"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/internal/cases"
	"github.com/patchmedic/patchmedic/kb"
)

// TestPastedLines holds that pasted lines become the report's logs once, scrubbed,
// and that only the words stay the person's.
func TestPastedLines(t *testing.T) {
	const (
		line = `Startup: Failed to open C:\Users\j.doe\AppData\x. [HRESULT = 0x80070005 - E_ACCESSDENIED]`
		text = "Elle échoue chaque mois.\nError CBS " + line + "\nMerci"
	)
	known := facts.LogLine{File: facts.Some("cbs.log"), Code: facts.Some(facts.Code{Value: 0x80070005}), Text: facts.Some(line)}
	use := cases.Advise{Editions: openBundled(t)}
	for name, logs := range map[string][]facts.LogLine{"no logs": nil, "the same line": {known}} {
		r := &facts.Report{Schema: facts.Schema, Symptoms: facts.Some(facts.Symptoms{Text: facts.Some(text)}), Logs: facts.Some(logs)}
		use.Report(t.Context(), r, nil, cases.AdviseIn{Lang: kb.French})
		if got := r.Symptoms.V.Text.V; got != "Elle échoue chaque mois.\nMerci" {
			t.Errorf("%s: the person's words are %q", name, got)
		}
		if len(r.Logs.V) != 1 || r.Logs.V[0].Text.V != `Startup: Failed to open C:\Users\user-1\AppData\x. [HRESULT = 0x80070005 - E_ACCESSDENIED]` {
			t.Errorf("%s: got logs %+v", name, r.Logs.V)
		}
	}
}
