package audit

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/patchmedic/patchmedic/facts"
)

// Case is a machine and what must be advised for it: a file of cases/.
type Case struct {
	// Name is the file's, without its ending.
	Name string `yaml:"-" json:"-"`
	// Title is what the person saw.
	Title string `yaml:"title" json:"title"`
	// Facts is a part of a report; its schema may be left out.
	Facts map[string]any `yaml:"facts" json:"facts"`
	// Only names the backgrounds that the case runs in: bare, home, managed.
	// Empty means all of them.
	Only []string `yaml:"only" json:"only,omitempty"`
	Want Want     `yaml:"want" json:"want"`
}

// Want is what a case's advice must show; what is absent may be anything.
type Want struct {
	Verdict    Words     `yaml:"verdict" json:"verdict,omitempty"`       // one of
	Article    string    `yaml:"article" json:"article,omitempty"`       // of the first diagnosis
	Confidence []float64 `yaml:"confidence" json:"confidence,omitempty"` // of the first diagnosis, lowest and highest
	Level      string    `yaml:"level" json:"level,omitempty"`           // of the first diagnosis
	Articles   []string  `yaml:"articles" json:"articles,omitempty"`     // all among the diagnoses
	Remedies   []string  `yaml:"remedies" json:"remedies,omitempty"`     // of the first diagnosis, in order from the first
	// RemediesNot are nowhere among the remedies of the first diagnosis.
	RemediesNot []string          `yaml:"remedies_not" json:"remedies_not,omitempty"`
	Skipped     []string          `yaml:"skipped" json:"skipped,omitempty"` // all left out of the first diagnosis with a reason
	States      map[string]string `yaml:"states" json:"states,omitempty"`   // of updates
	Question    string            `yaml:"question" json:"question,omitempty"`
	Questions   []string          `yaml:"questions" json:"questions,omitempty"` // all asked
}

// Words is one word or a list of words.
type Words []string

// UnmarshalYAML reads a word or a list.
func (w *Words) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*w = Words{n.Value}
		return nil
	}
	return n.Decode((*[]string)(w))
}

// Names reports whether the case is about an article.
func (c *Case) Names(article string) bool {
	return c.Want.Article == article || slices.Contains(c.Want.Articles, article)
}

// Report returns the case's facts.
func (c *Case) Report() (*facts.Report, error) {
	text, err := json.Marshal(c.Facts)
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", c.Name, err)
	}
	r, err := facts.DecodePatch(text)
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", c.Name, err)
	}
	return r, nil
}

// Cases reads the cases beside content, sorted by name. Content without any is
// not an error.
func Cases(fsys fs.FS) ([]*Case, error) {
	files, err := fs.Glob(fsys, "cases/*.yaml")
	if err != nil {
		return nil, err
	}
	out := make([]*Case, 0, len(files))
	for _, file := range files {
		text, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, err
		}
		c := &Case{Name: strings.TrimSuffix(path.Base(file), ".yaml")}
		d := yaml.NewDecoder(strings.NewReader(string(text)))
		d.KnownFields(true)
		if err := d.Decode(c); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		out = append(out, c)
	}
	return out, nil
}

// cases holds that every published cause has a case, and that cases speak of
// causes that exist, in facts that a report can hold.
func (a *auditor) cases(cases []*Case) {
	named := map[string]bool{}
	for _, c := range cases {
		file := "cases/" + c.Name + ".yaml"
		if c.Title == "" {
			a.fault(file, 0, "a case needs a title: what did the person see?")
		}
		if _, err := c.Report(); err != nil {
			a.fault(file, 0, "%v", err)
		}
		for _, id := range append(slices.Clone(c.Want.Articles), c.Want.Article) {
			if _, ok := a.lib.Article(id); !ok && id != "" {
				a.fault(file, 0, "there is no article %q", id)
			}
			named[id] = true
		}
	}
	for _, article := range a.published() {
		if !named[article.ID] {
			a.fault(articleFile(article.ID), 0, "no case wants this article: write cases/%s.yaml, the facts of a machine that has the cause", article.ID)
		}
	}
}
