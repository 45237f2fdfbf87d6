package archtest

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the lists of modules in testdata")

// TestModules holds the modules that a binary or a library is made of. A new
// one is code that runs at our users': it is seen in review, with its reason in
// docs/adr.
func TestModules(t *testing.T) {
	source(t) // the result depends on every file
	for _, test := range []struct {
		golden, system string
		packages       []string
	}{
		{"patchmedic", "linux", []string{"./cmd/patchmedic"}},
		{"collect", "windows", []string{"./cmd/patchmedic-collect"}},
	} {
		t.Run(test.golden, func(t *testing.T) {
			got := modules(t, test.system, test.packages)
			name := filepath.Join("testdata", test.golden+".golden")
			if *update {
				if err := os.WriteFile(name, []byte(strings.Join(got, "\n")+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.Fields(string(data))
			for _, m := range got {
				if !slices.Contains(want, m) {
					t.Errorf("%s is new in %v; if that is wanted: go test ./internal/archtest -update, and say why in docs/adr", m, test.packages)
				}
			}
			for _, m := range want {
				if !slices.Contains(got, m) {
					t.Errorf("%s is gone from %v: go test ./internal/archtest -update", m, test.packages)
				}
			}
		})
	}
}

// TestCollectorStaysSmall bans by name what would come in through the back door
// of an updated list.
func TestCollectorStaysSmall(t *testing.T) {
	source(t)
	got := modules(t, "windows", []string{"./cmd/patchmedic-collect"})
	for _, heavy := range []string{"gin", "bleve", "yaml", "goldmark", "bluemonday", "kong", "prometheus", "bbolt"} {
		for _, m := range got {
			if strings.Contains(m, heavy) {
				t.Errorf("the collector needs %s, and would carry it to every failing machine", m)
			}
		}
	}
}

// modules returns the paths of the modules that packages need, sorted, on the
// system that they are made for: the image's, or that of the failing machines.
func modules(t *testing.T, system string, packages []string) []string {
	t.Helper()
	for _, name := range []string{"go.mod", "go.sum"} { // the result depends on them
		if _, err := os.ReadFile(filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command("go", append([]string{"list", "-deps", "-tags", "nomsgpack", "-f", "{{with .Module}}{{.Path}}{{end}}"}, packages...)...)
	command.Dir = root
	command.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0", "GOWORK=off")
	var problems bytes.Buffer
	command.Stderr = &problems
	data, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", command, err, &problems)
	}
	out := strings.Fields(string(data))
	slices.Sort(out)
	out = slices.Compact(out)
	return slices.DeleteFunc(out, func(m string) bool { return m == module })
}
