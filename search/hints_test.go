package search

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// gate is the hint from which on a sentence opens the gate for an article.
const gate = 0.4

// TestHintsOpenTheGateForTheRightArticle holds the hints of sentences against
// the committed ones: which right articles stay below the gate, which wrong ones
// stand above the right one, and which unrelated sentences open it at all.
func TestHintsOpenTheGateForTheRightArticle(t *testing.T) {
	x, lib := openBundled(t)
	var b strings.Builder
	sentences, opened, unrelated, quiet := 0, 0, 0, 0
	for _, q := range readLines[quality](t, "testdata/queries.jsonl") {
		switch q.Kind {
		case "text", "typo", "other-language", "negative", "unrelated":
		default:
			continue
		}
		hints, err := x.Hints(context.Background(), lib, q.Q, q.Lang)
		if err != nil {
			t.Fatal(err)
		}
		right, wrong := 0.0, 0.0
		for id, hint := range hints {
			if hint < HintLeast || hint > 1 {
				t.Errorf("%s: hint %v of %s is out of bounds", q.ID, hint, id)
			}
			if slices.Contains(q.Want, id) {
				right = max(right, hint)
			} else {
				wrong = max(wrong, hint)
			}
		}
		if len(q.Want) == 0 {
			unrelated++
			if wrong < gate {
				quiet++
			} else {
				fmt.Fprintf(&b, "%s %q: unrelated, %.2f\n", q.ID, q.Q, wrong)
			}
			continue
		}
		sentences++
		if right >= gate {
			opened++
		}
		if right < gate || wrong > right {
			fmt.Fprintf(&b, "%s %q: right %.2f, wrong %.2f\n", q.ID, q.Q, right, wrong)
		}
	}
	head := fmt.Sprintf("right article at %.1f or above: %d of %d\nunrelated below: %d of %d\n\n", gate, opened, sentences, quiet, unrelated)
	golden(t, "testdata/hints.golden", head+b.String())
}

func TestHintsOfSeveralSentencesAreThoseOfTheBest(t *testing.T) {
	x, lib := openBundled(t)
	text := "Bonjour, voici mon souci. Le magasin de composants est endommagé. Merci d'avance pour votre retour !"
	hints, err := x.Hints(context.Background(), lib, text, "fr")
	if err != nil {
		t.Fatal(err)
	}
	if hints["component-store-damaged-repairable"] < gate {
		t.Errorf("got %v, want component-store-damaged-repairable at %v or above", hints, gate)
	}
}
