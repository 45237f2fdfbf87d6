package cases_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/patchmedic/patchmedic/internal/cases"
	"github.com/patchmedic/patchmedic/kb"
)

// TestLongText holds that a log full of codes gives an answer that can be sent,
// and says what it leaves out.
func TestLongText(t *testing.T) {
	use := cases.Decode{Editions: openBundled(t)}
	var log strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&log, "line %d: hr = 0x8fff%04x, then 0x80070306 of KB5058411\n", i, i)
	}
	got := use.Text(log.String(), kb.French)
	if len(got.Codes) != 1000 || len(got.KBs) != 1000 || got.Omitted != 5000+2000 {
		t.Errorf("%d codes, %d updates, %d omitted", len(got.Codes), len(got.KBs), got.Omitted)
	}
	for i, d := range got.Codes {
		if at := log.String()[d.Match.Start:d.Match.End]; at != d.Match.Input {
			t.Fatalf("mention %d: %q stands at the offsets of %q", i, at, d.Match.Input)
		}
	}
	if second := got.Codes[1]; second.Symbol != "ERROR_ERRORS_ENCOUNTERED" || len(second.Articles) == 0 || second.Articles[0].ID != "update-state-disagrees-with-store" || second.Meaning == "" {
		t.Errorf("%+v", second)
	}
}
