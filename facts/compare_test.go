package facts_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"

	"github.com/patchmedic/patchmedic/facts"
)

// TestCompare runs the files of testdata/compare: two reports without their
// schema, and the differences, one a line.
func TestCompare(t *testing.T) {
	files, err := filepath.Glob("testdata/compare/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil || len(archive.Files) != 3 {
				t.Fatalf("want before.json, after.json and want, %v", err)
			}
			changes, more := facts.Compare(decode(t, string(archive.Files[0].Data)), decode(t, string(archive.Files[1].Data)))
			want := strings.Split(strings.TrimSpace(string(archive.Files[2].Data)), "\n")
			if diff := cmp.Diff(want, written(changes)); diff != "" || more != 0 {
				t.Errorf("-want +got, %d more:\n%s", more, diff)
			}
		})
	}
}

func written(changes []facts.Change) []string {
	var out []string
	for _, c := range changes {
		out = append(out, fmt.Sprintf("%s %s: %q -> %q", c.Kind, c.Path, c.Before, c.After))
	}
	return out
}

// TestSame: time, room, how often a line was seen, and what a machine in good
// health does every day are no news; what failed, or became unknown, is.
func TestSame(t *testing.T) {
	const before = `{"collected_at":"2026-11-22T08:00:00Z","collector":{"version":"1"},"os":{"build":26100,"uptime_s":60},
		"machine":{"power":"ac","user_signed_in":true},"network":{"vpn":false,"metered":false},
		"updates":{"history":[{"kb":"KB2267602","operation":"install","result":"succeeded","at":"2026-11-22T06:00:00Z"}],"offered":[]},
		"services":[{"name":"bits","state":"running","start":"manual"},{"name":"CryptSvc","state":"running","start":"automatic"}],
		"volumes":[{"role":"system","free":5}],"logs":[{"file":"cbs.log","code":"0x800f0922","count":1}]}`
	const after = `{"collected_at":"2026-11-23T08:00:00Z","collector":{"version":"2"},"os":{"build":26100},
		"machine":{"power":"battery","user_signed_in":false},"network":{"vpn":true,"metered":true},
		"updates":{"history":[{"kb":"KB2267602","operation":"install","result":"succeeded","at":"2026-11-23T06:00:00Z"}],"offered":[{"kb":"KB2267602"}]},
		"services":[{"name":"bits","state":"stopped","start":"manual"},{"name":"CryptSvc","state":"running","start":"automatic"}],
		"volumes":[{"role":"system","free":6}],"logs":[{"file":"cbs.log","code":"0x800f0922","count":2,"last_at":"2026-11-23T07:00:00Z"}]}`
	for _, test := range []struct {
		old, new string // in after
		want     bool
	}{
		{"", "", true},
		{"0922", "0831", false},
		{`"build":26100`, `"revision":1`, false},
		{`"succeeded"`, `"failed"`, false},
		{`[{"kb":"KB2267602"}]`, `[{"kb":"KB5058411"}]`, false},
		{`"manual"`, `"disabled"`, false},
		{`"stopped","start":"manual"`, `"missing","start":"manual"`, false},
		{`"running","start":"automatic"`, `"stopped","start":"automatic"`, false},
	} {
		a, b := decode(t, before), decode(t, strings.Replace(after, test.old, test.new, 1))
		whole := mustJSON(t, b)
		if got := facts.Same(a, b); got != test.want || facts.Same(b, a) != got {
			t.Errorf("with %s: %v and %v, want %v", test.new, got, facts.Same(b, a), test.want)
		}
		if left := mustJSON(t, b); left != whole {
			t.Errorf("it changed the report to %s", left)
		}
	}
}

// TestCompareIsBounded holds that a report with thousands of differences, or with
// a very long text, makes an answer of bounded size that says what is left out.
func TestCompareIsBounded(t *testing.T) {
	var services []string
	for i := range 5000 {
		services = append(services, fmt.Sprintf(`{"name":"service%d"}`, i))
	}
	b := decode(t, `{"symptoms":{"text":"`+strings.Repeat("é", 100_000)+`"},"services":[`+strings.Join(services, ",")+`]}`)
	changes, more := facts.Compare(decode(t, `{}`), b)
	if len(changes)+more != 5001 || len(changes) > 1000 {
		t.Errorf("%d changes and %d more", len(changes), more)
	}
	for _, c := range changes {
		if len(c.After) > 1000 || strings.Contains(c.After, "\ufffd") {
			t.Errorf("%s: %d bytes", c.Path, len(c.After))
		}
	}
}

// damaged leaves out parts of a document, makes others null, and turns lists round.
func damaged(t *rapid.T, v any, often int) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, name := range sortedNames(v) {
			switch rapid.IntRange(0, often).Draw(t, name) {
			case 1:
			case 2:
				if name != "schema" {
					out[name] = nil
				}
			default:
				out[name] = damaged(t, v[name], often)
			}
		}
		return out
	case []any:
		if len(v) == 0 {
			return v
		}
		out := []any{}
		for _, item := range rapid.Permutation(v).Draw(t, "order") {
			if rapid.IntRange(0, often).Draw(t, "item") != 1 {
				out = append(out, damaged(t, item, often))
			}
		}
		return out
	}
	return v
}

func sortedNames(m map[string]any) []string {
	var out []string
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// TestCompareProperties damages a full report in two ways: a report is like
// itself in another order, the other direction tells the same the other way
// round, and the same two reports are always told in the same way.
func TestCompareProperties(t *testing.T) {
	data, err := os.ReadFile("testdata/full.json")
	if err != nil {
		t.Fatal(err)
	}
	var full map[string]any
	if err := json.Unmarshal(data, &full); err != nil {
		t.Fatal(err)
	}
	full["services"] = append(full["services"].([]any), map[string]any{"name": "bits", "state": "stopped"}, map[string]any{"name": "HTTP"})
	full["volumes"] = append(full["volumes"].([]any), map[string]any{"role": "data", "mount": "D:"}, map[string]any{"role": "data", "mount": "E:", "free": 5})
	rapid.Check(t, func(t *rapid.T) {
		a, b := report(t, damaged(t, full, 12)), report(t, damaged(t, full, 12))
		again, _ := facts.Compare(a, b)
		there, _ := facts.Compare(a, b)
		if diff := cmp.Diff(there, again); diff != "" {
			t.Fatalf("told in two ways:\n%s", diff)
		}
		back, _ := facts.Compare(b, a)
		if diff := cmp.Diff(turned(there), sorted(back)); diff != "" {
			t.Fatalf("the other direction is not the opposite:\n%s", diff)
		}
		var document any
		if err := json.Unmarshal([]byte(marshal(t, a)), &document); err != nil {
			t.Fatal(err)
		}
		if got, _ := facts.Compare(a, report(t, damaged(t, document, 0))); len(got) > 0 {
			t.Fatalf("a report differs from itself in another order: %v", written(got))
		}
	})
}

func report(t rapid.TB, document any) *facts.Report {
	r, err := facts.DecodePatch([]byte(marshal(t, document)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func marshal(t rapid.TB, v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func sorted(changes []facts.Change) []string {
	out := written(changes)
	slices.Sort(out)
	return out
}

// turned returns the changes as they are from after to before.
func turned(changes []facts.Change) []string {
	opposite := map[string]string{facts.Added: facts.Removed, facts.Removed: facts.Added, facts.Changed: facts.Changed,
		facts.BecameKnown: facts.NoLongerKnown, facts.NoLongerKnown: facts.BecameKnown}
	var out []facts.Change
	for _, c := range changes {
		out = append(out, facts.Change{Path: c.Path, Before: c.After, After: c.Before, Kind: opposite[c.Kind]})
	}
	return sorted(out)
}

// FuzzCompare holds that any report is like itself.
func FuzzCompare(f *testing.F) {
	data, err := os.ReadFile("testdata/full.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(data))
	f.Add(`{"volumes":[{"role":"data"},{},{"role":"data"}],"services":[{"name":""},{"name":null}],"logs":[{"count":1},{"count":2}],"recovery":{}}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := facts.DecodePatch([]byte(text))
		if err != nil {
			t.Skip()
		}
		if got, more := facts.Compare(r, r); len(got)+more > 0 {
			t.Errorf("%s differs from itself: %v", text, written(got))
		}
	})
}
