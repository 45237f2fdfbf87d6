package kb_test

import (
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/kb"
)

var related = regexp.MustCompile(`(?m)^related: .*$`)

// small is the bundled content with two of its articles and the remedies that
// they name, as files that can be changed.
func small(tb testing.TB) fstest.MapFS {
	tb.Helper()
	out := fstest.MapFS{}
	keep := []string{"http-service-disabled", "app-readiness-disabled"}
	err := fs.WalkDir(content.Files(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rest, isArticle := strings.CutPrefix(name, "articles/")
		if id, _, _ := strings.Cut(rest, "/"); isArticle && !slices.Contains(keep, id) {
			return nil
		}
		data, err := fs.ReadFile(content.Files(), name)
		for _, other := range keep { // what was left out must not be named
			if isArticle && !strings.HasPrefix(rest, other) {
				data = related.ReplaceAll(data, []byte("related: ["+other+"]"))
			}
		}
		out[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	maps.DeleteFunc(out, func(name string, _ *fstest.MapFile) bool {
		rest, isRemedy := strings.CutPrefix(name, "remedies/")
		action, _, _ := strings.Cut(rest, "/")
		return isRemedy && !slices.ContainsFunc(keep, func(id string) bool {
			return strings.Contains(string(out["articles/"+id+"/article.yaml"].Data), action)
		})
	})
	dropUnnamed(out)
	return out
}

// dropUnnamed leaves only the files of signals that the rest names, and of the
// releases the first: every step of the test reads all of them.
func dropUnnamed(files fstest.MapFS) {
	var rest strings.Builder
	for name, f := range files {
		if strings.HasSuffix(name, ".yaml") && (strings.HasPrefix(name, "articles/") || strings.HasPrefix(name, "remedies/")) {
			rest.Write(f.Data)
		}
	}
	named := func(m []string) bool {
		return regexp.MustCompile(`[ \[]` + m[1] + `[,\]}\n]`).MatchString(rest.String())
	}
	for name, f := range files {
		if strings.HasPrefix(name, "signals/") && slices.ContainsFunc(signalID.FindAllStringSubmatch(string(f.Data), -1), named) {
			for _, m := range signalRef.FindAllString(string(f.Data), -1) {
				rest.WriteString(" " + m + "\n") // what one of them rests on
			}
		}
	}
	maps.DeleteFunc(files, func(name string, f *fstest.MapFile) bool {
		return strings.HasPrefix(name, "cases/") ||
			strings.HasPrefix(name, "signals/") && !slices.ContainsFunc(signalID.FindAllStringSubmatch(string(f.Data), -1), named)
	})
	const table = "releases/windows.yaml"
	rows := strings.SplitAfter(string(files[table].Data), "\n")
	head := slices.Index(rows, "releases:\n")
	files[table] = &fstest.MapFile{Data: []byte(strings.Join(rows[:head+10], ""))}
}

var (
	signalID  = regexp.MustCompile(`(?m)^- id: (\S+)$`)
	signalRef = regexp.MustCompile(`\{signal: [^}]+\}`)
)

// changes are what may happen to the text of a file.
var changes = map[string]func(text string) string{
	"break":     func(text string) string { return text + "\ncolour: red\n" },
	"heading":   func(text string) string { return text + "\n## More\n" },
	"sentence":  func(text string) string { return text + "\nA word more.\n" },
	"name":      func(text string) string { return text + "\n0x80070306, ERROR_INVALID_HANDLE: so it is.\n" },
	"retire":    func(text string) string { return restated(text, "retired") },
	"draft":     func(text string) string { return restated(text, "draft") },
	"publish":   func(text string) string { return restated(text, "published") },
	"comment":   func(text string) string { return text + "# a comment\n" },
	"parameter": func(text string) string { return strings.Replace(text, "required: true", "required: false", 1) },
	"word":      func(text string) string { return strings.Replace(text, "usually", "mostly", 1) },
	"signal": func(text string) string {
		return strings.Replace(text, "http-service-disabled", "http-service-gone", 1)
	},
	"empty": func(string) string { return "" },
}

// restated writes a status into a YAML file.
func restated(text, status string) string {
	lines := slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return strings.HasPrefix(l, "status:") })
	return "status: " + status + "\n" + strings.Join(lines, "\n")
}

// TestWithIsLint changes files at random: what is made of a Library and of what
// changed is, with all faults, what is made of all files.
func TestWithIsLint(t *testing.T) {
	original := small(t)
	start, err := kb.Lint(original)
	if err != nil {
		t.Fatal(err)
	}
	faultless, faulty := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		files, lib := maps.Clone(original), start
		changed := map[string]bool{} // since lib
		for range rapid.IntRange(1, 3).Draw(t, "steps") {
			for _, name := range step(t, original, files) {
				changed[name] = true
			}
			want, wantErr := kb.Lint(files)
			got, gotErr := lib.With(files, slices.Sorted(maps.Keys(changed))...)
			if diff := cmp.Diff(text(gotErr), text(wantErr)); diff != "" {
				t.Fatalf("faults after %v: -got +want\n%s", slices.Sorted(maps.Keys(changed)), diff)
			}
			if wantErr != nil {
				faulty++
				continue
			}
			faultless++
			if diff := cmp.Diff(outline(got), outline(want)); diff != "" {
				t.Fatalf("-got +want\n%s", diff)
			}
			lib, changed = got, map[string]bool{}
		}
	})
	if start.Revision() != load(t, original).Revision() {
		t.Error("the first Library changed")
	}
	if least := (faultless + faulty) / 8; faultless < least || faulty < least {
		t.Errorf("%d contents without faults and %d with some: the test sees one side only", faultless, faulty)
	}
}

// step changes something in files and returns the names of what changed.
func step(t *rapid.T, original, files fstest.MapFS) []string {
	name := rapid.SampledFrom(slices.Sorted(maps.Keys(original))).Draw(t, "file")
	switch rapid.SampledFrom([]string{"change", "change", "change", "change", "back", "delete", "folder", "copy", "stray"}).Draw(t, "what") {
	case "change":
		if f, ok := files[name]; ok {
			kind := rapid.SampledFrom(slices.Sorted(maps.Keys(changes))).Draw(t, "kind")
			files[name] = &fstest.MapFile{Data: []byte(changes[kind](string(f.Data)))}
		}
	case "back":
		files[name] = original[name]
	case "delete":
		delete(files, name)
	case "folder":
		dir, _, _ := cutLast(name)
		var gone []string
		for _, n := range slices.Sorted(maps.Keys(files)) {
			if strings.HasPrefix(n, dir) {
				gone = append(gone, n)
				delete(files, n)
			}
		}
		return gone
	case "copy":
		var made []string
		for _, file := range []string{"article.yaml", "fr.md", "en.md"} {
			name := "articles/a-copy/" + file
			files[name] = original["articles/http-service-disabled/"+file]
			made = append(made, name)
		}
		return made
	case "stray":
		name = "articles/stray"
		files[name] = &fstest.MapFile{}
	}
	return []string{name}
}

func cutLast(name string) (dir, file string, ok bool) {
	i := strings.LastIndexByte(name, '/')
	return name[:i+1], name[i+1:], i > 0
}

func text(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

func load(tb testing.TB, files fs.FS) *kb.Library {
	tb.Helper()
	lib, err := kb.Load(files)
	if err != nil {
		tb.Fatal(err)
	}
	return lib
}

// outline is what a reader may see of a Library.
func outline(lib *kb.Library) []string {
	out := []string{lib.Revision()}
	for _, r := range lib.Remedies() {
		found, _ := lib.Remedy(r.Action)
		out = append(out, r.Action, found.Revision(), r.Status, r.Files().Revision())
	}
	for _, a := range lib.Articles() {
		found, _ := lib.Article(a.ID)
		out = append(out, a.ID, found.Revision(), a.Text(kb.French).Title)
		for _, c := range a.Codes {
			for _, listing := range lib.Listing(c) {
				out = append(out, c.String(), listing.ID, listing.Revision())
			}
		}
	}
	for _, s := range lib.Signals() {
		out = append(out, s.ID, fmt.Sprint(s.Facts()))
	}
	return out
}

// TestEdited holds that edits are what files of the same content would be.
func TestEdited(t *testing.T) {
	files := small(t)
	lib := load(t, files)
	a, _ := lib.Article("http-service-disabled")
	r, _ := lib.Remedy("enable-service")
	retired := func(f kb.Files) kb.Files { f.YAML = restated(f.YAML, "retired"); return f }
	for _, docs := range [][]kb.Document{
		{{Kind: kb.ArticleKind, ID: a.ID, Files: retired(a.Files())}},
		{{Kind: kb.ArticleKind, ID: "another", Files: a.Files()}},
		{{Kind: kb.RemedyKind, ID: r.Action, Files: retired(r.Files())}},
		{{Kind: kb.RemedyKind, ID: r.Action, Files: retired(r.Files())}, {Kind: kb.ArticleKind, ID: a.ID, Files: retired(a.Files())}},
		{{Kind: kb.ArticleKind, ID: "Not an id", Files: a.Files()}},
		{{Kind: kb.ArticleKind, ID: a.ID, Files: kb.Files{YAML: "colour: red", FR: a.Files().FR, EN: ""}}},
	} {
		changed := maps.Clone(files)
		for _, d := range docs {
			for lang, text := range map[kb.Lang]string{"": d.YAML, kb.French: d.FR, kb.English: d.EN} {
				changed[d.File(lang)] = &fstest.MapFile{Data: []byte(text)}
			}
		}
		want, wantErr := kb.Lint(changed)
		got, gotErr := lib.Edited(docs...)
		if diff := cmp.Diff(text(gotErr), text(wantErr)); diff != "" {
			t.Errorf("faults: -got +want\n%s", diff)
		}
		if wantErr == nil && got.Revision() != want.Revision() {
			t.Errorf("revision %s, want %s", got.Revision(), want.Revision())
		}
	}
}
