package collector

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/patchmedic/patchmedic/collector/hosttest"
	"github.com/patchmedic/patchmedic/facts"
)

var update = flag.Bool("update", false, "rewrite the reports of testdata/hosts")

const hosts = "testdata/hosts"

// host makes the files of a machine of testdata/hosts, as its README says.
func host(t testing.TB, name string) fstest.MapFS {
	t.Helper()
	files, err := hosttest.Files(filepath.Join(hosts, name))
	if err != nil {
		t.Fatal(name, err)
	}
	return files
}

func hostNames(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(hosts)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

func collect(t testing.TB, files fs.FS) *facts.Report {
	t.Helper()
	return Collect(&Source{FS: files}, Options{Version: "0.0.0", SiteKey: "testdata"})
}

func encode(t testing.TB, r *facts.Report) []byte {
	t.Helper()
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// golden compares a report with a file of testdata/hosts, or writes that.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	name = filepath.Join(hosts, name)
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestHosts(t *testing.T) {
	for _, name := range hostNames(t) {
		t.Run(name, func(t *testing.T) {
			got := encode(t, collect(t, host(t, name)))
			golden(t, name+".json", got)
			r, unknown, err := facts.Decode(got)
			if err != nil || len(unknown) > 0 {
				t.Fatalf("a service would refuse it: %v %v", unknown, err)
			}
			for _, e := range r.Updates.V.History.V {
				if e.At.V.After(r.CollectedAt.V) {
					t.Errorf("collected at %s, before %s of its history", r.CollectedAt.V, e.At.V)
				}
			}
		})
	}
}

// planted are the names and secrets that stand in a machine's files; none for
// a machine that has no list of them.
func planted(t testing.TB, host string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(hosts, host, "planted.txt"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return strings.FieldsFunc(strings.ToLower(string(data)), func(r rune) bool { return r == '\n' })
}

// TestNothingPlantedLeaves walks the bytes that would be sent.
func TestNothingPlantedLeaves(t *testing.T) {
	for _, name := range hostNames(t) {
		files := host(t, name)
		for _, key := range []string{"", "testdata"} {
			sent := strings.ToLower(string(encode(t, Collect(&Source{FS: files}, Options{SiteKey: key, Symptom: "Zoé Martin, COMPTA-07 : KB5079473 échoue"}))))
			for _, secret := range planted(t, name) {
				if i := strings.Index(sent, secret); i >= 0 {
					t.Errorf("%s with the key %q: %s is sent: ...%s...", name, key, secret, sent[max(0, i-60):min(len(sent), i+60)])
				}
			}
		}
	}
}

// TestPlantedWouldLeave: without scrubbing every one of them would be sent, so
// that the test above can fail.
func TestPlantedWouldLeave(t *testing.T) {
	for name, least := range map[string]int{"french": 30, "office": 30, "wsus-broken": 12, "setup-rolled-back": 9} {
		secrets := planted(t, name)
		if len(secrets) < least {
			t.Errorf("%s: %d names and secrets", name, len(secrets))
		}
		g := newGathering(&Source{FS: host(t, name)})
		sent := strings.ToLower(string(encode(t, g.gather(Options{}))))
		for _, secret := range secrets {
			if !strings.Contains(sent, strings.ReplaceAll(secret, `\`, `\\`)) {
				t.Errorf("%s: %s is in no fact: nothing is proved by its absence", name, secret)
			}
		}
	}
}
