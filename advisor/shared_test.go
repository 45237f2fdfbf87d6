package advisor_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/patchmedic/patchmedic/advisor"
	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
)

func TestShared(t *testing.T) {
	dir := filepath.Join("..", "..", "shared", "data", "cases")
	f, err := os.Open(filepath.Join(dir, "diagnosis.jsonl"))
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	lib, err := kb.Load(content.Files())
	if err != nil {
		t.Fatal(err)
	}
	adv := advisor.New(lib)
	raw := map[string]json.RawMessage{}
	b, _ := os.ReadFile(filepath.Join(dir, "backgrounds.json"))
	json.Unmarshal(b, &raw)
	bg := map[string]*facts.Report{"bare": {}}
	for k, v := range raw {
		bg[k], err = facts.DecodePatch(v)
		if err != nil {
			t.Fatal(k, err)
		}
	}
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var c struct {
			ID, Title string
			Facts     json.RawMessage
			Expect    struct {
				Articles, Remedies_any, Remedies_not []string
				None                                 bool
			}
		}
		json.Unmarshal(sc.Bytes(), &c)
		r, _, err := facts.Decode(c.Facts)
		if err != nil {
			t.Error(c.ID, err)
			continue
		}
		ours := c.Expect.None
		for _, a := range c.Expect.Articles {
			if _, ok := lib.Article(a); ok {
				ours = true
			}
		}
		for _, k := range []string{"bare", "home", "managed"} {
			m := facts.Merge(bg[k], r)
			m.Schema = facts.Schema
			a := adv.Advise(m, advisor.Options{Lang: kb.English})
			first, conf, rem := "", 0.0, ""
			if len(a.Diagnoses) > 0 {
				d := a.Diagnoses[0]
				first, conf = d.Article, d.Confidence
				if len(d.Remedies) > 0 {
					rem = d.Remedies[0].Action
				}
			}
			mark := " "
			if ours && (slices.Contains(c.Expect.Articles, first) || c.Expect.None && conf < .5) {
				mark = "+"
			} else if ours {
				mark = "-"
			} else if conf >= .5 {
				mark = "!"
			}
			q := ""
			if len(a.Questions) > 0 {
				q = a.Questions[0].ID
			}
			t.Logf("%s %s %-7s %-11s %-40s %.2f none %.2f %-20s ask %-25s want %v", mark, c.ID, k, a.Verdict, first, conf, a.None, rem, q, c.Expect.Articles)
		}
	}
}
