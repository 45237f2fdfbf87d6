package cases_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/patchmedic/patchmedic/advisor"
	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/internal/cases"
	"github.com/patchmedic/patchmedic/kb"
)

// developmentCases are diagnosed failures kept outside the repository, which a
// checkout may have beside it.
var developmentCases = filepath.Join("..", "..", "..", "shared", "data", "cases")

// measured counts what became of the development cases with one background.
// Every count is of the cases with a wanted remedy, but none and confidentNone.
type measured struct {
	cases         int
	covered       int // the library has the wanted article
	right, three  int // it is first, among the first three
	remedy        int // a wanted remedy is among the first three of the first diagnosis
	remedyInPlan  int // the same, the actions of the plans counted too
	remedyInThree int // among the first three of one of three diagnoses
	firstRemedy   int // the very first remedy is a wanted one
	harm          int // the first remedy is one that must not be first
	none          int // nothing may match
	confidentNone int // and something did
	confident     int // confidence of 0.8 or more
	confidentGood int
	brier         float64 // sum of squared distances of confidence from truth
}

// TestDevelopmentCases prints coverage, accuracy and calibration on the
// development cases, where they are. It asserts that every report is read, that
// nothing harmful comes first, and that what is no failed update finds nothing.
func TestDevelopmentCases(t *testing.T) {
	f, err := os.Open(filepath.Join(developmentCases, "diagnosis.jsonl"))
	if err != nil {
		t.Skip("no development cases beside this checkout")
	}
	defer f.Close()
	data, err := os.ReadFile(filepath.Join(developmentCases, "backgrounds.json"))
	if err != nil {
		t.Fatal(err)
	}
	var machines map[string]map[string]any
	if err := json.Unmarshal(data, &machines); err != nil {
		t.Fatal(err)
	}
	machines["bare"], machines["collected"] = map[string]any{}, map[string]any{}
	use := cases.Advise{Editions: openBundled(t)}
	lib := use.Editions.Current().Library
	results := map[string]*measured{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c developmentCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		for name, machine := range machines {
			if id := unnamed[c.Expect.Cause]; id != "" && len(c.Expect.Articles) == 0 {
				c.Expect.Articles = []string{id}
			}
			r, _, err := facts.Decode(c.Facts)
			if err != nil {
				t.Errorf("%s: %v", c.ID, err)
				break
			}
			under := report(t, machine)
			if name == "collected" {
				under = collected(t)
			}
			a := use.Report(t.Context(), facts.Merge(under, r), nil, cases.AdviseIn{Lang: kb.French})
			if results[name] == nil {
				results[name] = &measured{}
			}
			results[name].add(lib, c, a)
			if testing.Verbose() {
				t.Logf("%s %-7s %s", c.ID, name, line(lib, c, a))
			}
		}
	}
	for _, name := range []string{"bare", "home", "managed", "collected"} {
		results[name].print(t, name)
		if m := results[name]; m.harm > 0 || m.confidentNone > 0 {
			t.Errorf("%s: %d times a harmful remedy comes first, %d times something matches where nothing may", name, m.harm, m.confidentNone)
		}
	}
}

type developmentCase struct {
	ID     string          `json:"id"`
	Facts  json.RawMessage `json:"facts"`
	Expect struct {
		None        bool     `json:"none"`
		Cause       string   `json:"cause"`
		Articles    []string `json:"articles"`
		RemediesAny []string `json:"remedies_any"`
		RemediesNot []string `json:"remedies_not"`
	} `json:"expect"`
}

func (m *measured) add(lib *kb.Library, c developmentCase, a *advisor.Advice) {
	if c.Expect.None {
		m.none++
		if a.Verdict == advisor.Matched {
			m.confidentNone++
		}
		return
	}
	m.cases++
	if c.covered(lib) {
		m.covered++
	}
	for i, d := range a.Diagnoses[:min(3, len(a.Diagnoses))] {
		right, first := slices.Contains(c.Expect.Articles, d.Article), d.Remedies[:min(3, len(d.Remedies))]
		wanted := slices.ContainsFunc(first, func(r advisor.Remedy) bool { return slices.Contains(c.Expect.RemediesAny, r.Action) })
		if i == 0 {
			m.first(c, d, right, wanted)
		}
		m.three, m.remedyInThree = m.three+one(right && !earlier(a, i, c.Expect.Articles)), m.remedyInThree+one(wanted && !counted(a, i, c))
	}
}

// first counts what the first diagnosis says.
func (m *measured) first(c developmentCase, d advisor.Diagnosis, right, wanted bool) {
	m.right, m.remedy = m.right+one(right), m.remedy+one(wanted)
	var actions []string
	for _, r := range d.Remedies[:min(3, len(d.Remedies))] {
		actions = append(actions, append(r.Plan, r.Action)...)
	}
	m.remedyInPlan += one(slices.ContainsFunc(actions, func(action string) bool { return slices.Contains(c.Expect.RemediesAny, action) }))
	if len(d.Remedies) > 0 {
		m.firstRemedy += one(slices.Contains(c.Expect.RemediesAny, d.Remedies[0].Action))
		m.harm += one(slices.Contains(c.Expect.RemediesNot, d.Remedies[0].Action))
	}
	if d.Confidence >= 0.8 {
		m.confident, m.confidentGood = m.confident+1, m.confidentGood+one(right)
	}
	miss := d.Confidence - float64(one(right))
	m.brier += miss * miss
}

// earlier reports whether a diagnosis before i is one of the articles.
func earlier(a *advisor.Advice, i int, articles []string) bool {
	return slices.ContainsFunc(a.Diagnoses[:i], func(d advisor.Diagnosis) bool { return slices.Contains(articles, d.Article) })
}

// counted reports whether a diagnosis before i has a wanted remedy.
func counted(a *advisor.Advice, i int, c developmentCase) bool {
	return slices.ContainsFunc(a.Diagnoses[:i], func(d advisor.Diagnosis) bool {
		return slices.ContainsFunc(d.Remedies[:min(3, len(d.Remedies))], func(r advisor.Remedy) bool { return slices.Contains(c.Expect.RemediesAny, r.Action) })
	})
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// unnamed are our articles for causes that the development cases name without
// an article.
var unnamed = map[string]string{
	"vpn-client-blocks-network-installer": "vpn-client-denies-network-driver-installer",
	"wsus-url-invalid":                    "wsus-url-without-scheme",
	"wsus-bad-upgrade-metadata":           "wsus-bad-upgrade-metadata",
	"stale-update-datastore":              "stale-update-datastore-after-wsus",
	"system-folders-moved":                "programdata-moved",
	"corrupt-user-profile":                "profile-on-another-volume",
	"stale-device-registry-key":           "ghost-device-key",
}

func (c developmentCase) covered(lib *kb.Library) bool {
	return slices.ContainsFunc(c.Expect.Articles, func(id string) bool { _, ok := lib.Article(id); return ok })
}

func (m *measured) print(t *testing.T, name string) {
	share := func(n, of int) float64 { return 100 * float64(n) / float64(max(1, of)) }
	t.Logf("%-7s of %d: covered %.0f %%; right article first %.0f %%, in three %.0f %%; wanted remedy in the first diagnosis %.0f %% (in its plans %.0f %%), in three %.0f %%, very first %.0f %%; harm %d; unrelated and matched %d of %d; right at 80 %% and more %d of %d; Brier %.3f",
		name, m.cases, share(m.covered, m.cases), share(m.right, m.cases), share(m.three, m.cases), share(m.remedy, m.cases), share(m.remedyInPlan, m.cases),
		share(m.remedyInThree, m.cases), share(m.firstRemedy, m.cases), m.harm, m.confidentNone, m.none, m.confidentGood, m.confident, m.brier/float64(max(1, m.cases)))
}

// line says of one case what was wanted and what came.
func line(lib *kb.Library, c developmentCase, a *advisor.Advice) string {
	mark, first, came := "-", "", ""
	if !c.covered(lib) {
		mark = "?"
	}
	if len(a.Diagnoses) > 0 {
		d := a.Diagnoses[0]
		first = d.Article
		if slices.Contains(c.Expect.Articles, first) {
			mark = "+"
		}
		for _, r := range d.Remedies[:min(3, len(d.Remedies))] {
			came += " " + r.Action
			if slices.Contains(c.Expect.RemediesAny, r.Action) {
				came += "*"
			}
			if slices.Contains(c.Expect.RemediesNot, r.Action) {
				came += "!"
			}
		}
	}
	return fmt.Sprintf("%s %s %s:%s (wanted %v: %v)", mark, a.Verdict, first, came, c.Expect.Articles, c.Expect.RemediesAny)
}
