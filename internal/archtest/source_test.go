package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const (
	module = "github.com/patchmedic/patchmedic"
	root   = "../.."
)

// goFile is what a file imports. Files for every system count, whatever this
// test runs on.
type goFile struct {
	name, pkg string // relative to the module's root
	test      bool
	ours      []string // relative to the module's path
	theirs    []string
}

// source parses the imports of all files of the module. Opening the files also
// tells the go command that this test's result depends on them.
func source(t *testing.T) []goFile {
	t.Helper()
	var out []goFile
	err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			if name != root && skip(name, e.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".go" {
			return nil
		}
		f, err := parse(name)
		if err == nil {
			out = append(out, f)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 50 {
		t.Fatalf("only %d files in %s", len(out), root)
	}
	return out
}

// skip leaves out what the go command leaves out, and other modules.
func skip(dir, base string) bool {
	if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" || base == "node_modules" {
		return true
	}
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func parse(name string) (goFile, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return goFile{}, err
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), name, data, parser.ImportsOnly)
	if err != nil {
		return goFile{}, err
	}
	relative, err := filepath.Rel(root, name)
	if err != nil {
		return goFile{}, err
	}
	relative = filepath.ToSlash(relative)
	f := goFile{name: relative, pkg: path.Dir(relative), test: strings.HasSuffix(relative, "_test.go")}
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return goFile{}, err
		}
		first, _, _ := strings.Cut(imported, "/")
		if inner, ok := strings.CutPrefix(imported, module+"/"); ok {
			f.ours = append(f.ours, inner)
		} else if strings.Contains(first, ".") {
			f.theirs = append(f.theirs, imported)
		}
	}
	return f, nil
}
