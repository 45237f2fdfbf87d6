package signal_test

import (
	"regexp"
	"testing"

	"github.com/patchmedic/patchmedic/kb/signal"
)

// FuzzExpression holds that looking for literals first never changes an answer.
func FuzzExpression(f *testing.F) {
	for _, seed := range [][2]string{
		{`SpaceCheck: Insufficient free space|ServicingBootFiles failed\. Error = 0x70\b`, "x ServicingBootFiles failed. Error = 0x70 y"},
		{`(?i)(already (been )?installed|d[eé]j[aà] install)`, "Déjà INSTALLÉE"},
		{`(?i)kelvin`, "\u212aelvin"},
		{`(?i)straße`, "STRASSE straße"},
		{`a+b{2,}(cd)?`, "aabb"},
		{`^$`, ""},
		{`(?:x|)y`, "y"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, expr, text string) {
		plain, err := regexp.Compile(expr)
		ours, oursErr := signal.CompileExpression(expr)
		if (err == nil) != (oursErr == nil) {
			t.Fatalf("%q: %v, ours %v", expr, err, oursErr)
		}
		if err == nil && plain.MatchString(text) != ours.Match(text) {
			literals, fold := ours.Literals()
			t.Fatalf("%q over %q: got %v; literals %q, fold %v", expr, text, ours.Match(text), literals, fold)
		}
	})
}
