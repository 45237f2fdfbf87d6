package main

import (
	"strings"
	"testing"

	"github.com/patchmedic/patchmedic/advisor"
	"github.com/patchmedic/patchmedic/kb"
)

// TestPrintedOutcomes holds how outcomes read; the French has its no-break spaces.
func TestPrintedOutcomes(t *testing.T) {
	tests := []struct {
		lang     kb.Lang
		outcomes *advisor.Outcomes
		want     string
	}{
		{kb.English, &advisor.Outcomes{Tried: 17, Fixed: 14, Low: 0.5897, High: 0.9381}, "\n     on other machines: 14 of 17 cured, 59-94\u00a0%\n"},
		{kb.French, &advisor.Outcomes{Tried: 17, Fixed: 14, Low: 0.5897, High: 0.9381}, "\n     sur d’autres machines\u00a0: guérison 14 fois sur 17, de 59 à 94\u00a0%\n"},
		{kb.English, nil, ""},
	}
	for _, tt := range tests {
		var out strings.Builder
		a := &advisor.Advice{Verdict: advisor.Matched, Diagnoses: []advisor.Diagnosis{{Remedies: []advisor.Remedy{{Title: "Repair", Availability: "allowed", Outcomes: tt.outcomes}}}}}
		if err := printAdvice(&out, a, tt.lang); err != nil {
			t.Fatal(err)
		}
		if tt.want == "" && strings.Contains(out.String(), "other machines") || !strings.Contains(out.String(), tt.want) {
			t.Errorf("%s, %+v, want %q:\n%s", tt.lang, tt.outcomes, tt.want, out.String())
		}
	}
}

// TestPrintedNumbers holds that a possible cause is never called impossible, and
// that a strong line of evidence is written as people write it.
func TestPrintedNumbers(t *testing.T) {
	for p, want := range map[float64]string{0.004: "<\u00a01\u00a0%", 0.006: "1\u00a0%", 0.95: "95\u00a0%"} {
		if got := percent(p); got != want {
			t.Errorf("percent of %v: %q, want %q", p, got, want)
		}
	}
	for f, want := range map[float64]string{0.684: "×0.68", 7.5: "×7.5", 11.8: "×12", 100: "×100", 1234: "×1234"} {
		if got := factor(f); got != want {
			t.Errorf("factor %v: %q, want %q", f, got, want)
		}
	}
}
