package proof_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/proof"
)

// story is a file of testdata: what a machine showed, what was done, and what
// came of it.
type story struct {
	Case struct {
		KB   string `yaml:"kb"`
		Code string `yaml:"code"`
	} `yaml:"case"`
	First    map[string]any   `yaml:"first"`
	Remedies []remedy         `yaml:"remedies"`
	Later    []map[string]any `yaml:"later"`
	Want     []want           `yaml:"want"` // of the remedies, in their order
}

type remedy struct {
	Article string    `yaml:"article"`
	Action  string    `yaml:"action"`
	At      time.Time `yaml:"at"`
	Said    string    `yaml:"said"`
}

type want struct {
	Result string   `yaml:"result"`
	Basis  string   `yaml:"basis"`
	Days   int      `yaml:"days"`
	Unmet  []string `yaml:"unmet"`
}

func library(tb testing.TB) *kb.Library {
	tb.Helper()
	lib, err := kb.Load(content.Files())
	if err != nil {
		tb.Fatal(err)
	}
	return lib
}

func report(tb rapid.TB, as map[string]any) *facts.Report {
	tb.Helper()
	data, err := json.Marshal(as)
	if err != nil {
		tb.Fatal(err)
	}
	r, err := facts.DecodePatch(data)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func (s story) subject(tb testing.TB) (c proof.Trial) {
	tb.Helper()
	c.Report = "first"
	if s.Case.KB != "" {
		if err := c.KB.UnmarshalText([]byte(s.Case.KB)); err != nil {
			tb.Fatal(err)
		}
	}
	if s.Case.Code != "" {
		if err := c.Code.UnmarshalText([]byte(s.Case.Code)); err != nil {
			tb.Fatal(err)
		}
	}
	return c
}

func (s story) trials(tb testing.TB, lib *kb.Library) []*proof.Trial {
	tb.Helper()
	var out []*proof.Trial
	for i, r := range s.Remedies {
		if _, ok := lib.Article(r.Article); !ok {
			tb.Fatalf("there is no article %q", r.Article)
		}
		t := s.subject(tb)
		t.ID, t.Article, t.Action, t.At, t.Said = fmt.Sprint(i), r.Article, r.Action, r.At, proof.Result(r.Said)
		out = append(out, proof.Begin(lib, t, report(tb, s.First)))
	}
	return out
}

// TestStories judges each story with its later reports in every order, each of
// them twice, and stored as JSON in between.
func TestStories(t *testing.T) {
	lib := library(t)
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no stories", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			s := read(t, file)
			for _, order := range orders(len(s.Later)) {
				trials := s.trials(t, lib)
				for _, i := range append(order, order...) {
					for n, trial := range trials {
						trial.See(lib, report(t, s.Later[i]), fmt.Sprint("later ", i))
						trials[n] = stored(t, trial)
					}
				}
				var got []want
				for _, v := range proof.Judge(trials) {
					got = append(got, want{string(v.Result), string(v.Basis), v.Days, v.Unmet})
				}
				if diff := cmp.Diff(s.Want, got); diff != "" {
					t.Fatalf("reports in the order %v (-want +got):\n%s", order, diff)
				}
			}
		})
	}
}

func read(t *testing.T, file string) (s story) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&s); err != nil {
		t.Fatal(err)
	}
	if len(s.Want) != len(s.Remedies) {
		t.Fatalf("%d remedies and %d results", len(s.Remedies), len(s.Want))
	}
	return s
}

// stored returns the trial as a store gives it back.
func stored(tb testing.TB, trial *proof.Trial) *proof.Trial {
	tb.Helper()
	data, err := json.Marshal(trial)
	if err != nil {
		tb.Fatal(err)
	}
	out := new(proof.Trial)
	if err := json.Unmarshal(data, out); err != nil {
		tb.Fatal(err)
	}
	if diff := cmp.Diff(trial, out); diff != "" {
		tb.Fatalf("JSON keeps another trial:\n%s", diff)
	}
	return out
}

// orders returns all permutations of 0 to n-1.
func orders(n int) [][]int {
	if n == 0 {
		return [][]int{{}}
	}
	var out [][]int
	for _, shorter := range orders(n - 1) {
		for at := range n {
			out = append(out, slices.Insert(slices.Clone(shorter), at, n-1))
		}
	}
	return out
}

// TestOrderOfReportsDoesNotMatter draws many reports, more than a trial keeps,
// and shows them in two orders, some of them again.
func TestOrderOfReportsDoesNotMatter(t *testing.T) {
	lib := library(t)
	start := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		hour := rapid.IntRange(0, 200)
		clock := func(label string) string {
			return start.Add(time.Duration(hour.Draw(t, label)) * time.Hour).Format(time.RFC3339)
		}
		draw := func() map[string]any {
			history := []any{}
			for range rapid.IntRange(0, 12).Draw(t, "entries") {
				history = append(history, map[string]any{"at": clock("at"), "operation": "install",
					"kb":     rapid.SampledFrom([]string{"KB5058411", "KB5060842", "KB2267602"}).Draw(t, "kb"),
					"result": rapid.SampledFrom([]string{"succeeded", "failed", "aborted"}).Draw(t, "result"),
					"code":   rapid.SampledFrom([]string{"0x80070306", "0x800f0922"}).Draw(t, "code")})
			}
			r := map[string]any{"os": map[string]any{"product": "Windows 11", "build": 26100, "revision": rapid.SampledFrom([]int{3775, 4061, 4349}).Draw(t, "revision")},
				"updates": map[string]any{"history": history}, "setup": map[string]any{"result": "0xc1900101", "to_build": 26200, "extend": fmt.Sprintf("0x2000%d", rapid.IntRange(0, 3).Draw(t, "extend"))}}
			if rapid.IntRange(0, 9).Draw(t, "timed") > 0 {
				r["collected_at"] = clock("collected")
			}
			return r
		}
		trial := proof.Trial{ID: "t", Report: "first", Article: "update-state-disagrees-with-store", Action: "in-place-repair",
			At: start.Add(time.Duration(hour.Draw(t, "remedy")) * time.Hour), Code: facts.Code{Value: 0x80070306}}
		if rapid.Bool().Draw(t, "known update") {
			trial.KB = 5058411
		}
		first := report(t, draw())
		var later []*facts.Report
		for range rapid.IntRange(0, 60).Draw(t, "reports") {
			later = append(later, report(t, draw()))
		}
		inOrder, shuffled := proof.Begin(lib, trial, first), proof.Begin(lib, trial, first)
		order := []int{}
		for i, r := range later {
			inOrder.See(lib, r, fmt.Sprint(i))
			order = append(order, i)
		}
		for _, i := range append(rapid.Permutation(order).Draw(t, "order"), rapid.Permutation(order).Draw(t, "again")...) {
			shuffled.See(lib, later[i], fmt.Sprint(i))
		}
		if diff := cmp.Diff(inOrder, shuffled); diff != "" {
			t.Fatalf("the order of the reports matters:\n%s", diff)
		}
		if diff := cmp.Diff(proof.Judge([]*proof.Trial{inOrder}), proof.Judge([]*proof.Trial{shuffled})); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestSeeKeepsWhatMatters holds that a trial stays small however many reports
// come, that a report counts once, and that the late ones are not lost.
func TestSeeKeepsWhatMatters(t *testing.T) {
	lib := library(t)
	start := time.Date(2025, 5, 21, 14, 0, 0, 0, time.UTC)
	first := report(t, map[string]any{"collected_at": "2025-05-21T09:00:00Z", "os": map[string]any{"product": "Windows 11", "build": 26100, "revision": 3775}})
	trial := proof.Begin(lib, proof.Trial{ID: "t", Report: "first", Article: "esp-too-full", Action: "clean-system-partition", At: start, KB: 5058411}, first)
	trial.See(lib, first, "first")
	if len(trial.Seen) != 0 {
		t.Error("the first report was taken in again")
	}
	const days = 100
	for day := range days {
		result := "failed"
		if day == days-1 {
			result = "succeeded"
		}
		at := start.AddDate(0, 0, day+1)
		for range 2 {
			trial.See(lib, report(t, map[string]any{"collected_at": at.Add(time.Hour), "updates": map[string]any{"history": []any{
				map[string]any{"kb": "KB5058411", "operation": "install", "result": result, "at": at}}}}), fmt.Sprint(day))
		}
	}
	if len(trial.Seen) > 50 || len(trial.Attempts) > 50 {
		t.Errorf("%d collections and %d attempts are kept", len(trial.Seen), len(trial.Attempts))
	}
	if v := proof.Judge([]*proof.Trial{trial})[0]; v.Result != proof.Fixed || !v.At.Equal(start.AddDate(0, 0, days)) {
		t.Errorf("after many failures it went in: %+v", v)
	}
	newest := trial.Seen[len(trial.Seen)-1]
	trial.See(lib, report(t, map[string]any{"collected_at": newest.At.Add(time.Minute)}), newest.Report)
	if last := trial.Seen[len(trial.Seen)-1]; !last.At.Equal(newest.At.Add(time.Minute)) || trial.Seen[len(trial.Seen)-2].Report == newest.Report {
		t.Errorf("a report that was corrected does not replace the former: %+v", last)
	}
}

// TestChecksAloneProveNothing holds that checks without an attempt or a build are
// no cure, and neither is a build that was there where there are no checks.
func TestChecksAloneProveNothing(t *testing.T) {
	const name = "articles/http-service-disabled/article.yaml"
	data, err := fs.ReadFile(content.Files(), name)
	if err != nil {
		t.Fatal(err)
	}
	lib, err := kb.Load(kb.Overlay(content.Files(), fstest.MapFS{name: {Data: bytes.ReplaceAll(data, []byte("  - {signal: kb-succeeded-since, needs: attempt_since_remedy}\n"), nil)}}))
	if err != nil {
		t.Fatal(err)
	}
	installed := map[string]any{"product": "Windows 11", "build": 26100, "revision": 4061}
	tests := []struct {
		article       string
		first, second map[string]any
	}{
		{"http-service-disabled", map[string]any{}, map[string]any{"services": []any{map[string]any{"name": "HTTP", "start": "manual"}}}},
		{"an-article-that-was-deleted", map[string]any{"os": installed}, map[string]any{"os": installed}},
	}
	for _, tt := range tests {
		tt.first["collected_at"], tt.second["collected_at"] = "2025-05-21T09:00:00Z", "2025-05-22T09:00:00Z"
		trial := proof.Begin(lib, proof.Trial{ID: "t", Report: "first", Article: tt.article, Action: "enable-service", KB: 5058411,
			At: time.Date(2025, 5, 21, 14, 0, 0, 0, time.UTC)}, report(t, tt.first))
		trial.See(lib, report(t, tt.second), "second")
		if v := proof.Judge([]*proof.Trial{trial})[0]; v.Result != proof.NotYetKnown {
			t.Errorf("%s: %+v of %+v", tt.article, v, trial.Seen)
		}
	}
}

func TestCounted(t *testing.T) {
	tests := []struct {
		result       proof.Result
		tried, fixed bool
	}{
		{proof.Fixed, true, true}, {proof.Partly, true, false}, {proof.NoEffect, true, false}, {proof.CameBack, true, false},
		{proof.Failed, false, false}, {proof.NotYetKnown, false, false},
	}
	for _, tt := range tests {
		if tried, fixed := (proof.Verdict{Result: tt.result}).Counted(); tried != tt.tried || fixed != tt.fixed {
			t.Errorf("%s counts as tried %t, fixed %t", tt.result, tried, fixed)
		}
	}
}

// TestFromTried holds which attempts of a later report start a trial.
func TestFromTried(t *testing.T) {
	lib := library(t)
	earlier := report(t, map[string]any{"collected_at": "2026-03-10T08:00:00Z"})
	later := report(t, map[string]any{"collected_at": "2026-03-12T08:00:00Z", "tried": []any{
		map[string]any{"action": "in-place-repair", "outcome": "partly", "at": "2027-03-11T08:00:00Z"}, // it cannot know yet
		map[string]any{"action": "in-place-repair", "outcome": "partly", "at": "2026-03-11T08:00:00Z"},
		map[string]any{"action": "sfc-scannow", "outcome": "no_effect", "at": "2026-03-11T08:00:00Z"}, // not proposed
		map[string]any{"action": "reboot", "outcome": "no_effect", "at": "2026-03-09T08:00:00Z"},      // before the advice
		map[string]any{"action": "hide-update", "outcome": "fixed"},                                   // nobody knows when
	}})
	proposed := map[string]string{"in-place-repair": "update-state-disagrees-with-store", "reboot": "lcu-staged-never-committed", "hide-update": "update-state-disagrees-with-store"}
	c := proof.Trial{Report: "first", KB: 5058411}
	got := proof.FromTried(lib, c, proposed, earlier, later)
	if len(got) != 1 || got[0].ID != "first/in-place-repair/2026-03-11T08:00:00Z" || got[0].Said != proof.Partly ||
		got[0].Article != "update-state-disagrees-with-store" || got[0].KB != 5058411 || got[0].Before.Known.IsZero() {
		t.Errorf("trials: %+v", got)
	}
	if got := proof.FromTried(lib, c, proposed, report(t, map[string]any{}), later); got != nil {
		t.Errorf("a report without a time of collection gives %+v", got)
	}
	many := make([]any, 1000)
	for i := range many {
		many[i] = map[string]any{"action": "reboot", "at": time.Date(2026, 3, 11, 8, 0, i, 0, time.UTC)}
	}
	if got := proof.FromTried(lib, c, proposed, earlier, report(t, map[string]any{"tried": many})); len(got) > 100 {
		t.Errorf("%d trials of one report", len(got))
	}
}
