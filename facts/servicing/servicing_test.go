package servicing

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/patchmedic/patchmedic/facts"
)

var update = flag.Bool("update", false, "rewrite testdata/*.want")

// want1 is a line as *.want files have it.
func want1(l facts.LogLine) string {
	code := "-"
	if c, ok := l.Code.Get(); ok {
		code = c.String()
	}
	at := func(m facts.Maybe[time.Time]) string {
		if v, ok := m.Get(); ok {
			return v.Format(time.RFC3339)
		}
		return "-"
	}
	or := func(m facts.Maybe[string]) string {
		if m.V == "" {
			return "-"
		}
		return m.V
	}
	return fmt.Sprintf("%s | %s | %s | %s | %s | %s | %s | %s | x%d %s %s | %s", or(l.File), or(l.Session), or(l.Role), or(l.Level), or(l.Component), code,
		or(l.Installer), or(l.Package), l.Count.V, at(l.FirstAt), at(l.LastAt), l.Text.V)
}

// wantFacts is a report as *.want files have it: one known fact, or one element
// of a list, a line.
func wantFacts(t *testing.T, r *facts.Report) string {
	t.Helper()
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	var walk func(path string, v json.RawMessage)
	walk = func(path string, v json.RawMessage) {
		var object map[string]json.RawMessage
		var list []json.RawMessage
		switch {
		case json.Unmarshal(v, &object) == nil && (path == "" || strings.Count(path, ".") == 0):
			for _, key := range slices.Sorted(maps.Keys(object)) {
				if key != "schema" {
					walk(strings.TrimPrefix(path+"."+key, "."), object[key])
				}
			}
		case json.Unmarshal(v, &list) == nil:
			for _, element := range list {
				fmt.Fprintf(&out, "fact: %s[] %s\n", path, element)
			}
		default:
			fmt.Fprintf(&out, "fact: %s %s\n", path, v)
		}
	}
	walk("", data)
	return out.String()
}

func codes(res Result) []string {
	var out []string
	for _, l := range res.Lines {
		if c, ok := l.Code.Get(); ok {
			out = append(out, c.String())
		}
	}
	return out
}

// TestLogs reads testdata/*.log and compares with the *.want file beside each.
// The first part of a name, up to "--", is the name the log is read under.
func TestLogs(t *testing.T) {
	logs, _ := filepath.Glob("testdata/*.log")
	if len(logs) == 0 {
		t.Fatal("no logs")
	}
	for _, log := range logs {
		t.Run(filepath.Base(log), func(t *testing.T) {
			data, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			name, _, _ := strings.Cut(filepath.Base(log), "--")
			res, err := Read(bytes.NewReader(data), name+".log", Options{})
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, l := range res.Lines {
				fmt.Fprintln(&got, want1(l))
			}
			got.WriteString(wantFacts(t, &res.Facts))
			for _, w := range res.Warnings {
				fmt.Fprintln(&got, "warning:", w)
			}
			file := strings.TrimSuffix(log, ".log") + ".want"
			if *update {
				if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("got\n%swant\n%s", got.String(), want)
			}
		})
	}
}
