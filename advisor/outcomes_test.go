package advisor_test

import (
	"bytes"
	"io/fs"
	"math"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/patchmedic/patchmedic/advisor"
	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/kb"
)

// damagedStore has three remedies, each of which "usually" cures.
const damagedStore = `{"schema":"patchmedic.facts/v1","symptoms":{"codes":["0x80073712"],"kbs":["KB5058411"]},"component_store":{"health":"repairable"}}`

func remedies(t *testing.T, adv *advisor.Advisor, report, article string, outcomes func(article, action string) (int, int)) []advisor.Remedy {
	t.Helper()
	for _, d := range advise(t, adv, []byte(report), advisor.Options{Outcomes: outcomes}).Diagnoses {
		if d.Article == article {
			return d.Remedies
		}
	}
	t.Fatalf("%s is not among the diagnoses", article)
	return nil
}

// TestOutcomesInterval compares the interval with the published ones: R. G.
// Newcombe, Two-sided confidence intervals for the single proportion, Statistics
// in Medicine 17 (1998), table I, method 3.
func TestOutcomesInterval(t *testing.T) {
	adv := advisor.New(library(t, 8))
	tests := []struct {
		fixed, tried int
		want         *advisor.Outcomes
	}{
		{81, 263, &advisor.Outcomes{Tried: 263, Fixed: 81, Low: 0.2553, High: 0.3662}},
		{15, 148, &advisor.Outcomes{Tried: 148, Fixed: 15, Low: 0.0624, High: 0.1605}},
		{0, 20, &advisor.Outcomes{Tried: 20, Fixed: 0, Low: 0, High: 0.1611}},
		{1, 29, &advisor.Outcomes{Tried: 29, Fixed: 1, Low: 0.0061, High: 0.1718}},
		{0, 0, nil},
		{2, 1, nil}, // cannot be
	}
	for _, tt := range tests {
		first := remedies(t, adv, damagedStore, "component-store-damaged-repairable", func(_, _ string) (int, int) { return tt.tried, tt.fixed })[0]
		if diff := cmp.Diff(tt.want, first.Outcomes); diff != "" {
			t.Errorf("%d of %d (-want +got):\n%s", tt.fixed, tt.tried, diff)
		}
	}
}

// TestOutcomesMoveTheOrder holds that few trials inform, and that enough of them
// move a chance, its expected cost and the order.
func TestOutcomesMoveTheOrder(t *testing.T) {
	adv := advisor.New(library(t, 8))
	of := func(tried, fixed int) []advisor.Remedy {
		return remedies(t, adv, damagedStore, "component-store-damaged-repairable", func(article, action string) (int, int) {
			if article == "component-store-damaged-repairable" && action == "dism-restorehealth" {
				return tried, fixed
			}
			return 0, 0
		})
	}
	if got := of(0, 0)[0]; got.Action != "dism-restorehealth" || got.Chance != 0.85 || got.Outcomes != nil {
		t.Fatalf("without trials: %s, chance %v, %v", got.Action, got.Chance, got.Outcomes)
	}
	cost := of(0, 0)[0].Cost.Expected
	tests := []struct {
		tried, fixed int
		chance       float64 // (8 × 0.85 + fixed) / (8 + tried)
		first        bool
	}{
		{4, 0, 0.85, true},
		{5, 0, 0.5231, true},
		{5, 5, 0.9077, true},
		{92, 92, 0.988, true},
		{92, 0, 0.068, false},
	}
	for _, tt := range tests {
		list := of(tt.tried, tt.fixed)
		at := 0
		for list[at].Action != "dism-restorehealth" {
			at++
		}
		got := list[at]
		if got.Chance != tt.chance || (at == 0) != tt.first || got.Outcomes.Tried != tt.tried {
			t.Errorf("%d of %d: chance %v at place %d, %+v", tt.fixed, tt.tried, got.Chance, at, got.Outcomes)
		}
		if want := float64(cost) * 0.85 / tt.chance; math.Abs(float64(got.Cost.Expected)-want) > 1+want/20 {
			t.Errorf("%d of %d: expected cost %d, want about %.0f", tt.fixed, tt.tried, got.Cost.Expected, want)
		}
	}
}

// TestTemporaryHasNoOutcomes holds that hiding an update is not taken for a cure,
// and that it leaves the order of the others as it is.
func TestTemporaryHasNoOutcomes(t *testing.T) {
	adv := advisor.New(library(t, 8))
	const offeredAgain = `{"schema":"patchmedic.facts/v1","os":{"product":"Windows 11","build":26100,"revision":4061},"symptoms":{"codes":["0x80070306"],"kbs":["KB5058411"]},
		"updates":{"offered":[{"kb":"KB5058411"}]},"reboot":{"pending":true},"constraints":{"no_downtime":true}}`
	list := remedies(t, adv, offeredAgain, "update-state-disagrees-with-store", func(_, _ string) (int, int) { return 20, 20 })
	temporary := 0
	for i, r := range list {
		if r.Temporary {
			temporary++
			if r.Outcomes != nil || r.Chance != 0 {
				t.Errorf("%s is said to cure: %+v, chance %v", r.Action, r.Outcomes, r.Chance)
			}
		} else if r.Outcomes == nil || i > 0 && !list[i-1].Temporary && r.Cost.Expected < list[i-1].Cost.Expected {
			t.Errorf("%s stands at place %d: %+v", r.Action, i, r)
		}
	}
	if temporary != 1 || len(list) < 2 {
		t.Errorf("%d of %d remedies are temporary", temporary, len(list))
	}
}

// TestOutcomesWithoutAnAuthorsWord holds that a remedy whose author gave no word
// is judged by five trials, and that one that is not judged keeps the author's order.
func TestOutcomesWithoutAnAuthorsWord(t *testing.T) {
	const name = "articles/component-store-damaged-repairable/article.yaml"
	data, err := fs.ReadFile(content.Files(), name)
	if err != nil {
		t.Fatal(err)
	}
	lib, err := kb.Load(kb.Overlay(content.Files(), fstest.MapFS{name: {Data: bytes.ReplaceAll(data, []byte(", cures: usually"), nil)}}))
	if err != nil {
		t.Fatal(err)
	}
	adv := advisor.New(lib)
	authors := []string{"dism-restorehealth", "dism-restorehealth-source", "in-place-repair"}
	tests := []struct {
		name   string
		trials map[string][2]int // tried, fixed
		chance []float64         // in the author's order
		order  []string
	}{
		{"too few", map[string][2]int{"dism-restorehealth": {4, 0}}, []float64{0, 0, 0}, authors},
		{"not all of them", map[string][2]int{"dism-restorehealth": {8, 0}, "dism-restorehealth-source": {8, 8}}, []float64{0.1, 0.9, 0}, authors},
		{"all of them", map[string][2]int{"dism-restorehealth": {98, 0}, "dism-restorehealth-source": {8, 8}, "in-place-repair": {8, 8}}, []float64{0.01, 0.9, 0.9},
			[]string{"dism-restorehealth-source", "in-place-repair", "dism-restorehealth"}},
	}
	for _, tt := range tests {
		list := remedies(t, adv, damagedStore, "component-store-damaged-repairable", func(_, action string) (int, int) { return tt.trials[action][0], tt.trials[action][1] })
		order, chance := []string{}, make([]float64, len(authors))
		for _, r := range list {
			order = append(order, r.Action)
			chance[slices.Index(authors, r.Action)] = r.Chance
		}
		if diff := cmp.Diff(tt.order, order); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.chance, chance); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
