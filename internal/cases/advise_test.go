package cases_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/patchmedic/patchmedic/advisor"
	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/internal/cases"
	"github.com/patchmedic/patchmedic/internal/edition"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/kb/audit"
)

// bundled is the content of this repository, read once.
var bundled = sync.OnceValues(func() (*kb.Library, error) { return kb.Load(content.Files()) })

func openBundled(t testing.TB) *edition.Keeper {
	t.Helper()
	lib, err := bundled()
	if err != nil {
		t.Fatal(err)
	}
	k, err := edition.Open(lib, "", func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	if err := k.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	return k
}

func report(t testing.TB, v any) *facts.Report {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	r, err := facts.DecodePatch(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return r
}

func readYAML(t testing.TB, file string, into any) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := yaml.NewDecoder(f)
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// TestAdvice runs the cases of the content, each alone and laid over three whole
// machines, one of them as the collector tells it.
func TestAdvice(t *testing.T) {
	use := cases.Advise{Editions: openBundled(t)}
	backgrounds := map[string]*facts.Report{"bare": {}}
	for _, name := range []string{"home", "managed"} {
		var machine map[string]any
		readYAML(t, filepath.Join("testdata", "backgrounds", name+".yaml"), &machine)
		backgrounds[name] = report(t, machine)
	}
	backgrounds["collected"] = collected(t)
	all, err := audit.Cases(content.Files())
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("%d cases", len(all))
	}
	for i, c := range all {
		if testing.Short() && i%8 != 0 {
			continue
		}
		machine, err := c.Report()
		if err != nil {
			t.Fatal(err)
		}
		for _, background := range []string{"bare", "home", "managed", "collected"} {
			if len(c.Only) > 0 && !slices.Contains(c.Only, background) {
				continue
			}
			t.Run(c.Name+"/"+background, func(t *testing.T) {
				r := facts.Merge(backgrounds[background], machine)
				for _, lang := range kb.Langs() {
					check(t, c.Want, use.Report(t.Context(), facts.Merge(r, &facts.Report{}), nil, cases.AdviseIn{Lang: lang}))
				}
			})
		}
	}
}

// collected is what the collector says of a machine in good health, without what the
// failure of a case changes.
func collected(t *testing.T) *facts.Report {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "collector", "testdata", "hosts", "healthy.live.json"))
	if err != nil {
		t.Fatal(err)
	}
	r, _, err := facts.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	r.CollectedAt, r.Collector, r.Updates, r.Packages = facts.Maybe[time.Time]{}, facts.Maybe[facts.Collector]{}, facts.Maybe[facts.Updates]{}, facts.Maybe[[]facts.Package]{}
	r.Complete.V = slices.DeleteFunc(r.Complete.V, func(list string) bool { return strings.HasPrefix(list, "updates.") })
	return r
}

func check(t *testing.T, want audit.Want, a *advisor.Advice) {
	t.Helper()
	first := advisor.Diagnosis{}
	var articles []string
	for i, d := range a.Diagnoses {
		if i == 0 {
			first = d
		}
		articles = append(articles, d.Article)
	}
	if len(want.Verdict) > 0 && !slices.Contains(want.Verdict, a.Verdict) {
		t.Errorf("verdict %s, want %v; diagnoses %v, first %.2f", a.Verdict, want.Verdict, articles, first.Confidence)
	}
	if want.Article != "" && first.Article != want.Article {
		t.Errorf("first diagnosis %q (%.2f), want %s", first.Article, first.Confidence, want.Article)
	}
	if len(want.Confidence) == 2 && (first.Confidence < want.Confidence[0] || first.Confidence > want.Confidence[1]) {
		t.Errorf("confidence %.3f of %s, want %v", first.Confidence, first.Article, want.Confidence)
	}
	if want.Level != "" && first.Level != want.Level {
		t.Errorf("level %s, want %s", first.Level, want.Level)
	}
	has(t, "diagnosis", articles, want.Articles)
	checkRemedies(t, want, first)
	for _, s := range a.PatchStates {
		if w, ok := want.States[s.KB]; ok && s.State != w {
			t.Errorf("%s is %s (%s), want %s", s.KB, s.State, s.Why, w)
		}
	}
	if len(want.States) > 0 && len(a.PatchStates) == 0 {
		t.Error("no patch states")
	}
	var questions []string
	for _, q := range a.Questions {
		questions = append(questions, q.ID)
	}
	if want.Question != "" && (len(questions) == 0 || questions[0] != want.Question) {
		t.Errorf("questions %v, want %s first", questions, want.Question)
	}
	has(t, "question", questions, want.Questions)
	if a.Verdict == advisor.NeedsFacts && len(questions) == 0 {
		t.Error("facts are needed and nothing is asked")
	}
}

func checkRemedies(t *testing.T, want audit.Want, d advisor.Diagnosis) {
	t.Helper()
	var remedies, skipped []string
	for _, r := range d.Remedies {
		remedies = append(remedies, r.Action)
		if len(r.Steps) == 0 || r.Title == "" {
			t.Errorf("remedy %s has no steps or no title", r.Action)
		}
		for _, s := range r.Steps {
			if s.HTML == "" || s.Title == "" || strings.Contains(strings.Join(s.Commands, " "), "{kb") {
				t.Errorf("step %s of %s is not filled in: %v", s.ID, r.Action, s.Commands)
			}
		}
	}
	for i, w := range want.Remedies {
		if i >= len(remedies) || remedies[i] != w {
			t.Errorf("remedies %v, want %v first", remedies, want.Remedies)
			break
		}
	}
	for _, not := range want.RemediesNot {
		if slices.Contains(remedies, not) {
			t.Errorf("%s is offered: %v", not, remedies)
		}
	}
	for _, s := range d.Skipped {
		skipped = append(skipped, s.Action)
		if s.Why == "" {
			t.Errorf("%s is left out without a reason", s.Action)
		}
	}
	has(t, "skipped", skipped, want.Skipped)
}

func has(t *testing.T, what string, list, want []string) {
	t.Helper()
	for _, w := range want {
		if !slices.Contains(list, w) {
			t.Errorf("no %s %s among %v", what, w, list)
		}
	}
}
