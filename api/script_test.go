package api

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestScripts runs the cases of testdata/*.txt; testdata/README.md says how they
// are written.
func TestScripts(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	c := start(t, nil)
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			for _, s := range parseScript(t, sample(t, filepath.Base(name))) {
				t.Run(s.method+" "+s.target, func(t *testing.T) { s.run(t, c) })
			}
		})
	}
}

// script is one case.
type script struct {
	method, target string
	headers        []string
	body           []string
	checks         []string
}

func parseScript(t *testing.T, text string) []*script {
	var out []*script
	for line := range strings.SplitSeq(text, "\n") {
		verb, rest, _ := strings.Cut(line, " ")
		switch verb {
		case "", "#":
		case "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS":
			out = append(out, &script{method: verb, target: rest})
		case ">":
			name, value, _ := strings.Cut(rest, ": ")
			s := out[len(out)-1]
			s.headers = append(s.headers, name, value)
		case "|":
			out[len(out)-1].body = append(out[len(out)-1].body, rest)
		case "status", "header", "body", "json":
			out[len(out)-1].checks = append(out[len(out)-1].checks, line)
		default:
			t.Fatalf("a line that says nothing: %q", line)
		}
	}
	return out
}

func (s *script) run(t *testing.T, c caller) {
	got := c.send(t, s.method, s.target, strings.Join(s.body, "\n"), s.headers...)
	for _, check := range s.checks {
		if !holds(t, check, got) {
			t.Errorf("%s %s: not so: %s\ngot %d %v\n%s", s.method, s.target, check, got.status, got.header, got.body)
		}
	}
}

func holds(t *testing.T, check string, got answered) bool {
	words := strings.SplitN(check, " ", 4)
	subject := words[0]
	switch subject {
	case "status":
		return compare(t, "is", float64(got.status), true, words[1])
	case "body":
		verb, want, _ := strings.Cut(strings.TrimPrefix(check, "body "), " ")
		return compare(t, verb, got.body, true, want)
	}
	if len(words) < 3 {
		t.Fatalf("half a line: %q", check)
	}
	want := ""
	if len(words) == 4 {
		want = words[3]
	}
	if subject == "header" {
		value := strings.Join(got.header.Values(words[1]), ", ")
		if words[2] == "is" {
			return value == want
		}
		return compare(t, words[2], value, value != "", want)
	}
	value, ok := got.json(t, words[1])
	return compare(t, words[2], value, ok, want)
}

func compare(t *testing.T, verb string, value any, there bool, want string) bool {
	switch verb {
	case "is":
		var wanted any
		if err := json.Unmarshal([]byte(want), &wanted); err != nil {
			t.Fatalf("%q is no JSON: %v", want, err)
		}
		return there && reflect.DeepEqual(value, wanted)
	case "has":
		v := reflect.ValueOf(value)
		switch v.Kind() {
		case reflect.Slice, reflect.Map, reflect.String:
			return want == jsonOf(v.Len())
		}
		return false
	case "contains", "lacks":
		text, ok := value.(string)
		return ok && strings.Contains(text, want) == (verb == "contains")
	case "present", "missing":
		return there == (verb == "present")
	}
	t.Fatalf("there is no check %q", verb)
	return false
}

func jsonOf(v any) string {
	data, _ := json.Marshal(v) // of plain values
	return string(data)
}
