package schema

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/patchmedic/patchmedic/content"
)

// compiled returns the schemas by name, ready to judge.
func compiled(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	files, err := Files("../../..")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*jsonschema.Schema{}
	for name, data := range files {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		if err := c.AddResource(name, doc); err != nil {
			t.Fatal(err)
		}
		if out[strings.TrimSuffix(name, ".schema.json")], err = c.Compile(name); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// schemaOf names the schema of a file of the content, "" for prose.
func schemaOf(name string) string {
	switch {
	case path.Ext(name) != ".yaml":
		return ""
	case path.Base(name) == "article.yaml", path.Base(name) == "remedy.yaml":
		return strings.TrimSuffix(path.Base(name), ".yaml")
	case strings.HasPrefix(name, "cases/"):
		return "case"
	case strings.HasPrefix(name, "noise/"), strings.HasPrefix(name, "meanings/"), strings.HasPrefix(name, "signals/"), strings.HasPrefix(name, "releases/"):
		return path.Dir(name)
	}
	return "?"
}

// decode reads YAML as an editor's validator does: dates stay text.
func decode(t *testing.T, data []byte) any {
	t.Helper()
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	untag(&root)
	var v any
	if err := root.Decode(&v); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func untag(n *yaml.Node) {
	if n.Tag == "!!timestamp" {
		n.Tag = "!!str"
	}
	for _, child := range n.Content {
		untag(child)
	}
}

func TestTheContentFollowsItsSchemas(t *testing.T) {
	schemas := compiled(t)
	used := map[string]bool{}
	err := fs.WalkDir(content.Files(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || schemaOf(name) == "" {
			return err
		}
		s := schemas[schemaOf(name)]
		if s == nil {
			t.Errorf("%s: no schema", name)
			return nil
		}
		used[schemaOf(name)] = true
		data, err := fs.ReadFile(content.Files(), name)
		if err != nil {
			return err
		}
		if err := s.Validate(decode(t, data)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range schemas {
		if name != "facts-v1" && !used[name] {
			t.Errorf("nothing in the content uses the schema %s", name)
		}
	}
}

func TestSchemasFindWhatIsWrong(t *testing.T) {
	schemas := compiled(t)
	for _, test := range []struct{ name, schema, yaml string }{
		{"a word that is not listed", "facts-v1", `{schema: patchmedic.facts/v1, reboot: {reasons: [tea]}}`},
		{"a number as text", "facts-v1", `{schema: patchmedic.facts/v1, os: {build: "26100"}}`},
		{"another schema", "facts-v1", `{schema: patchmedic.facts/v2}`},
		{"no schema", "facts-v1", `{}`},
		{"an unknown field", "remedy", `{schema: patchmedic.remedy/v1, cost: {minutes: [1, 2], restarts: 0, risk: low, reversible: true, data_loss: none}, who: l1, steps: [], stepps: []}`},
		{"a frequency that nobody has", "article", `{schema: patchmedic.article/v1, category: disk, status: published, reviewed: 2026-11-22, frequency: hourly, evidence: [], remedies: [], verify: [], sources: []}`},
		{"two conditions in one", "signals", `[{id: x, when: {fact: os.build, op: eq, value: 1, signal: y}, otherwise: rarely, group: g, text: {en: a, fr: b}}]`},
		{"a language that nobody reads", "meanings", `{schema: patchmedic.meanings/v1, meanings: [{code: "0x80070306", en: a, fr: b, phrases: {de: [c]}}]}`},
	} {
		if err := schemas[test.schema].Validate(decode(t, []byte(test.yaml))); err == nil {
			t.Errorf("%s: %s takes %s", test.name, test.schema, test.yaml)
		}
	}
	for _, good := range []string{
		`{schema: patchmedic.facts/v1, policy: {wsus_server: null}, symptoms: {codes: ["0x80070306", -2147024122]}, reboot: {reasons: []}, services: null}`,
		`{schema: patchmedic.facts/v1, something: new, os: {type: null}}`,
	} {
		if err := schemas["facts-v1"].Validate(decode(t, []byte(good))); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
}
