package cases_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
type measured struct {
	answerable, right, remedy int // the library has an article for the case
	confident, confidentRight int // confidence 0.8 or more
	none, noneRight           int // nothing may match
	silent, spoken            int // the library has no article for the cause
	bins                      [5]struct{ n, right int }
}

// TestDevelopmentCases prints accuracy, coverage and calibration on the
// development cases, where they are. It asserts only that every report is read.
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
	machines["bare"] = map[string]any{}
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
		known := slices.ContainsFunc(c.Expect.Articles, func(id string) bool { _, ok := lib.Article(id); return ok })
		for name, machine := range machines {
			r, _, err := facts.Decode(c.Facts)
			if err != nil {
				t.Errorf("%s: %v", c.ID, err)
				break
			}
			a := use.Report(t.Context(), facts.Merge(report(t, machine), r), nil, cases.AdviseIn{Lang: kb.French})
			if results[name] == nil {
				results[name] = &measured{}
			}
			results[name].add(c, known, a)
			if testing.Verbose() {
				t.Logf("%s %-7s %s", c.ID, name, line(c, known, a))
			}
		}
	}
	for _, name := range []string{"bare", "home", "managed"} {
		results[name].print(t, name)
	}
}

type developmentCase struct {
	ID     string          `json:"id"`
	Facts  json.RawMessage `json:"facts"`
	Expect struct {
		None        bool     `json:"none"`
		Articles    []string `json:"articles"`
		RemediesAny []string `json:"remedies_any"`
	} `json:"expect"`
}

func (m *measured) add(c developmentCase, known bool, a *advisor.Advice) {
	first := advisor.Diagnosis{}
	if len(a.Diagnoses) > 0 {
		first = a.Diagnoses[0]
	}
	right := slices.Contains(c.Expect.Articles, first.Article)
	switch {
	case c.Expect.None:
		m.none++
		if a.Verdict != advisor.Matched {
			m.noneRight++
		}
		return
	case !known && a.Verdict != advisor.Matched:
		m.silent++
		return
	case !known:
		m.spoken++
	default:
		m.answerable++
		if right {
			m.right++
		}
		if slices.ContainsFunc(first.Remedies[:min(3, len(first.Remedies))], func(r advisor.Remedy) bool {
			return slices.Contains(c.Expect.RemediesAny, r.Action)
		}) {
			m.remedy++
		}
	}
	if first.Confidence >= 0.8 {
		m.confident++
		if right {
			m.confidentRight++
		}
	}
	bin := min(4, int(first.Confidence*5))
	m.bins[bin].n++
	if right {
		m.bins[bin].right++
	}
}

func (m *measured) print(t *testing.T, name string) {
	t.Logf("%-7s right article %d of %d, wanted remedy %d; right at 80 %% and more %d of %d; nothing wanted, nothing said %d of %d; cause not in the library: silent %d, spoke %d",
		name, m.right, m.answerable, m.remedy, m.confidentRight, m.confident, m.noneRight, m.none, m.silent, m.spoken)
	for i, b := range m.bins {
		if b.n > 0 {
			t.Logf("%-7s   confidence %d-%d %%: right %d of %d", name, 20*i, 20*i+20, b.right, b.n)
		}
	}
}

func line(c developmentCase, known bool, a *advisor.Advice) string {
	first := ""
	if len(a.Diagnoses) > 0 {
		first = a.Diagnoses[0].Article
	}
	mark := " "
	if known {
		mark = "-"
		if slices.Contains(c.Expect.Articles, first) {
			mark = "+"
		}
	}
	return mark + " " + a.Verdict + " " + first + " (wanted " + strings.Join(c.Expect.Articles, ", ") + ")"
}
