package facts_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/patchmedic/patchmedic/facts"
)

func decode(t *testing.T, text string) *facts.Report {
	t.Helper()
	r, err := facts.DecodePatch([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return r
}

// TestEveryFieldHasAPath walks the Report type: each field is in the full sample
// and can be addressed, so that no fact is out of a condition's reach.
func TestEveryFieldHasAPath(t *testing.T) {
	data, err := os.ReadFile("testdata/full.json")
	if err != nil {
		t.Fatal(err)
	}
	r, _, err := facts.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range leaves(reflect.TypeFor[facts.Report](), "") {
		p, err := facts.ParsePath(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		n, state := 1, facts.Known
		if p.IsList() {
			n, state = p.List(r).Len(), p.List(r).State()
		}
		if state != facts.Known {
			t.Errorf("%s: the sample does not state it", name)
		}
		for i := range n {
			if c := p.At(r, i); c.State != facts.Known {
				t.Errorf("%s: element %d is %s", name, i, c.State)
			}
		}
	}
}

// leaves lists the paths of all facts below a type.
func leaves(t reflect.Type, prefix string) []string {
	var out []string
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		name = prefix + name
		inner := f.Type
		if strings.HasPrefix(inner.Name(), "Maybe[") {
			inner = inner.Field(0).Type
		}
		if inner.Kind() == reflect.Slice {
			inner, name = inner.Elem(), name+"[]"
		}
		if inner.Kind() == reflect.Struct && inner.NumField() > 0 && inner.Field(0).Tag.Get("json") != "" {
			out = append(out, leaves(inner, name+".")...)
		} else {
			out = append(out, name)
		}
	}
	return out
}

func TestPathErrorsNameWhatIsThere(t *testing.T) {
	for path, want := range map[string]string{
		"os.biuld":          "it has product, type, edition",
		"services.start":    "write services[], which is a list",
		"os[].build":        "write os, which is no list",
		"os.build.number":   "build has no fields of its own",
		"":                  "no field \"\"",
		"services[].start.": "start has no fields",
	} {
		if _, err := facts.ParsePath(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParsePath(%q) = %v, want an error with %q", path, err, want)
		}
	}
}

func TestPathStates(t *testing.T) {
	r := decode(t, `{"os":{"build":null},"machine":null,"services":[{"name":"a"}],"volumes":null,"reboot":{"reasons":[]}}`)
	for path, want := range map[string]facts.State{
		"os.build": facts.Null, "os.revision": facts.Absent, "machine.memory": facts.Null, "network.vpn": facts.Absent,
		"services[].start": facts.Absent, "services[].name": facts.Known,
	} {
		p, err := facts.ParsePath(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.At(r, 0).State; got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
	for path, want := range map[string]facts.State{"volumes[].free": facts.Null, "packages[].name": facts.Absent, "reboot.reasons[]": facts.Known} {
		p, _ := facts.ParsePath(path)
		if got := p.List(r).State(); got != want {
			t.Errorf("list of %s is %s, want %s", path, got, want)
		}
	}
}

func TestMerge(t *testing.T) {
	tests := []struct{ name, base, patch, want string }{
		{"an absent fact stays", `{"os":{"build":1}}`, `{"os":{"revision":2}}`, `{"schema":"","os":{"build":1,"revision":2}}`},
		{"a fact is replaced", `{"os":{"build":1}}`, `{"os":{"build":3}}`, `{"schema":"","os":{"build":3}}`},
		{"null replaces", `{"os":{"build":1}}`, `{"os":{"build":null}}`, `{"schema":"","os":{"build":null}}`},
		{"an element is found by its key without case", `{"services":[{"name":"http","state":"running"},{"name":"b"}]}`, `{"services":[{"name":"HTTP","start":"disabled"}]}`,
			`{"schema":"","services":[{"name":"HTTP","state":"running","start":"disabled"},{"name":"b"}]}`},
		{"a new element is appended", `{"services":[{"name":"a"}]}`, `{"services":[{"name":"b"}]}`, `{"schema":"","services":[{"name":"a"},{"name":"b"}]}`},
		{"a word stands once", `{"complete":["services"]}`, `{"complete":["services","volumes"]}`, `{"schema":"","complete":["services","volumes"]}`},
		{"attempts have no key", `{"updates":{"history":[{"kb":"KB5058411"}]}}`, `{"updates":{"history":[{"kb":"KB5058411"}]}}`,
			`{"schema":"","updates":{"history":[{"kb":"KB5058411"},{"kb":"KB5058411"}]}}`},
	}
	for _, tt := range tests {
		base, patch := decode(t, tt.base), decode(t, tt.patch)
		before := mustJSON(t, base)
		if got := mustJSON(t, facts.Merge(base, patch)); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
		if after := mustJSON(t, base); after != before {
			t.Errorf("%s: the base was changed to %s", tt.name, after)
		}
	}
}
