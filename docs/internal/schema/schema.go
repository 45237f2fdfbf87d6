// Package schema makes JSON Schemas (draft 2020-12) of the types of the program:
// of the facts that machines send and of the files that people write. Names,
// permitted words and descriptions come from the types, their tags and comments,
// so that nothing is said twice.
package schema

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/kb/audit"
)

// folders hold the types that schemas are made of.
var folders = []string{"facts", "kb", "kb/audit", "kb/signal"}

// Files returns the schemas by file name, for the folder docs/schema. root is
// the folder of the module, whose source has the comments.
func Files(root string) (map[string][]byte, error) {
	docs, err := readComments(root, folders...)
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for _, f := range []struct {
		name, title string
		typ         reflect.Type
		strict      bool
	}{
		{"facts-v1", "Facts of one machine", reflect.TypeFor[facts.Report](), false},
		{"article", "articles/*/article.yaml", reflect.TypeFor[kb.Article](), true},
		{"remedy", "remedies/*/remedy.yaml", reflect.TypeFor[kb.Remedy](), true},
		{"signals", "signals/*.yaml", reflect.TypeFor[[]kb.Signal](), true},
		{"releases", "releases/windows.yaml", reflect.TypeFor[kb.Releases](), true},
		{"noise", "noise/logs.yaml", reflect.TypeFor[noiseFile](), true},
		{"meanings", "meanings/windows.yaml", reflect.TypeFor[meaningsFile](), true},
		{"case", "cases/*.yaml", reflect.TypeFor[audit.Case](), true},
	} {
		m := &maker{strict: f.strict, ref: "#/$defs/", name: reflect.Type.Name, docs: docs, defs: object{}}
		data, err := document(m, f.title, f.typ)
		if err != nil {
			return nil, fmt.Errorf("schema %s: %w", f.name, err)
		}
		out[f.name+".schema.json"] = data
	}
	return out, nil
}

// noiseFile and meaningsFile are the files whose outer form package kb keeps to
// itself.
type noiseFile struct {
	Schema string         `json:"schema" jsonschema:"enum=patchmedic.noise/v1"`
	Lines  []kb.NoiseLine `json:"lines"`
}

type meaningsFile struct {
	Schema   string       `json:"schema" jsonschema:"enum=patchmedic.meanings/v1"`
	Meanings []kb.Meaning `json:"meanings"`
}

func document(m *maker, title string, t reflect.Type) ([]byte, error) {
	root := m.of(t)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$comment"] = "Code generated from the types of the program; DO NOT EDIT."
	root["title"] = title
	root["$defs"] = m.defs
	return Marshal(root)
}

// Components returns the schemas of a report for an OpenAPI document: the
// report's own is "Facts", those of its parts have names that begin so.
func Components(root string) (map[string]any, error) {
	docs, err := readComments(root, folders...)
	if err != nil {
		return nil, err
	}
	m := &maker{ref: "#/components/schemas/", docs: docs, defs: object{}, name: func(t reflect.Type) string {
		return "Facts" + strings.TrimPrefix(t.Name(), "Report")
	}}
	m.of(reflect.TypeFor[facts.Report]())
	return m.defs, nil
}

// Marshal writes a generated document: indented, keys in order, a line feed at
// the end.
func Marshal(v any) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return []byte(b.String()), nil
}
