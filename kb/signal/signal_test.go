package signal_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb/signal"
)

// reaches knows one update: KB5058411 brings 26100.4061.
func reaches(r *facts.Report, kb facts.KB) signal.Answer {
	revision, ok := r.OS.V.Revision.Get()
	switch {
	case !ok || kb != 5058411:
		return signal.Unknown
	case revision >= 4061:
		return signal.Yes
	}
	return signal.No
}

// madeFor knows one update: KB5058411 is for build 26100.
func madeFor(r *facts.Report, kb facts.KB) signal.Answer {
	build, ok := r.OS.V.Build.Get()
	switch {
	case !ok || kb != 5058411:
		return signal.Unknown
	case build == 26100:
		return signal.Yes
	}
	return signal.No
}

// ended knows one version: 23H2 is over.
func ended(r *facts.Report) signal.Answer {
	version, ok := r.OS.V.Version.Get()
	switch {
	case !ok:
		return signal.Unknown
	case version == "23H2":
		return signal.Yes
	}
	return signal.No
}

func TestConditions(t *testing.T) {
	data, err := os.ReadFile("testdata/conditions.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var groups []struct {
		Name  string
		When  signal.Condition
		Cases []struct {
			Facts map[string]any
			NoKB  bool `yaml:"no_kb"`
			Want  string
			At    []string
		}
	}
	if err := yaml.Unmarshal(data, &groups); err != nil {
		t.Fatal(err)
	}
	predicates := map[string]bool{}
	for _, g := range groups {
		predicates[g.When.Predicate] = true
		compiled, err := signal.Compile(g.When, nil)
		if err != nil {
			t.Errorf("%s: %v", g.Name, err)
			continue
		}
		for _, c := range g.Cases {
			text, err := json.Marshal(c.Facts)
			if err != nil {
				t.Fatal(err)
			}
			report, err := facts.DecodePatch(text)
			if err != nil {
				t.Errorf("%s: %s: %v", g.Name, text, err)
				continue
			}
			in := signal.Case{Report: report, KB: 5058411, Reaches: reaches, MadeFor: madeFor, Ended: ended}
			if c.NoKB {
				in.KB = 0
			}
			got := compiled.Eval(in)
			if got.Answer.String() != c.Want {
				t.Errorf("%s: %s: got %s, want %s", g.Name, text, got.Answer, c.Want)
			}
			var at []string
			for _, w := range got.Witnesses {
				at = append(at, w.Path)
			}
			if c.At != nil && !cmp.Equal(at, c.At) || c.Want == "unknown" && at != nil {
				t.Errorf("%s: %s: witnesses %v, want %v", g.Name, text, at, c.At)
			}
		}
	}
	for _, p := range signal.Predicates() {
		if !predicates[p.Name] {
			t.Errorf("no case for the predicate %s", p.Name)
		}
	}
}

// TestCompileRefuses holds that a condition which nothing could ever answer does
// not compile, and that the error says what to write.
func TestCompileRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`{fact: os.biuld, op: eq, value: 1}`:                                          "no field \"biuld\"",
		`{fact: os.build, op: eq, value: many}`:                                       "is a number",
		`{fact: os.build, op: is, value: 1}`:                                          "there is no op",
		`{fact: os.build, op: eq}`:                                                    "takes one value",
		`{fact: os.build, op: in, value: 1}`:                                          "takes a list",
		`{fact: os.build, op: present, value: 1}`:                                     "takes no value",
		`{fact: os.type, op: eq, value: desktop}`:                                     "is one of client, server",
		`{fact: os.product, op: lt, value: x}`:                                        "needs a number or a time",
		`{fact: os.build, op: match, value: '1'}`:                                     "needs a text",
		`{fact: os.product, op: match, value: '('}`:                                   "not an RE2",
		`{fact: 'services[].start', where: {nam: x}, op: eq, value: manual}`:          "no field \"nam\"",
		`{fact: 'services[].start', where: {name: {like: x}}, op: eq, value: manual}`: "there is no op",
		`{fact: os.build, where: {type: client}, op: eq, value: 1}`:                   "no list",
		`{fact: services, op: present}`:                                               "which is a list",
		`{fact: 'services[]', op: eq, value: x}`:                                      "name one of its fields",
		`{fact: os.product, op: eq, value: $os.build}`:                                "different kinds",
		`{fact: os.build, op: eq, value: $kb}`:                                        "cannot be compared",
		`{predicate: nonsense}`:                                                       "there is no predicate",
		`{predicate: kb_succeeded, kb: x}`:                                            "KB number",
		`{signal: other}`:                                                             "there is no signal",
		`{}`:                                                                          "exactly one of",
		`{fact: os.build, op: eq, value: 1, predicate: rollup_staged}`:                "exactly one of",
	} {
		var c signal.Condition
		err := yaml.Unmarshal([]byte(text), &c)
		if err == nil {
			_, err = signal.Compile(c, nil)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", text, err, want)
		}
	}
}

func TestSignalsThatReferToThemselves(t *testing.T) {
	loop := signal.Condition{Signal: "a"}
	_, err := signal.Compile(loop, func(string) (signal.Condition, bool) { return loop, true })
	if err == nil || !strings.Contains(err.Error(), "refer to itself") {
		t.Errorf("got %v", err)
	}
}
