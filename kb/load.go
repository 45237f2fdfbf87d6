package kb

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Load reads all content and checks what the program rests on: fields, words,
// references, conditions, headings. The error is [Problems] when the content is
// at fault, and another error when it could not be read.
func Load(fsys fs.FS) (*Library, error) { return load(fsys, false) }

// Lint checks all that [Load] does, and the prose: what it says of codes against
// the tables, and French typography. It is for authors and for tests; a service
// that starts has no need to read its bundled prose again.
func Lint(fsys fs.FS) (*Library, error) { return load(fsys, true) }

func load(fsys fs.FS, prose bool) (*Library, error) {
	l := newLoader(fsys, &Library{article: map[string]*Article{}, remedy: map[string]*Remedy{}, pages: &rendered{}})
	l.prose = prose
	if err := l.readTables(); err != nil {
		return nil, err
	}
	for _, kind := range kinds() {
		ids, err := l.folders(kind)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if err := l.read(kind, id); err != nil {
				return nil, err
			}
		}
	}
	l.lintTables()
	return l.finish()
}

// With returns the Library that [Lint] makes of fsys, or its faults, where the
// content differs from that of the Library in the named files only. Of articles
// and remedies, those are read that changed, and checked with those that refer
// to them; when anything else changed, all are checked.
func (l *Library) With(fsys fs.FS, changed ...string) (*Library, error) {
	next := newLoader(fsys, l.copy())
	documents, tables := touched(changed)
	if tables {
		if err := next.readTables(); err != nil {
			return nil, err
		}
		next.lintTables()
	}
	for _, kind := range kinds() {
		for _, id := range sortedKeys(documents[kind]) {
			if err := next.read(kind, id); err != nil {
				return nil, err
			}
		}
	}
	if tables {
		next.remedies, next.articles = next.lib.remedies, next.lib.articles
	} else {
		next.addUsers(documents)
	}
	return next.finish()
}

// Edited returns the Library with documents in the place of those with their
// ids, or the faults that [Lint] would find in it.
func (l *Library) Edited(docs ...Document) (*Library, error) {
	if len(docs) == 0 {
		return l, nil
	}
	next := newLoader(nil, l.copy())
	ids := map[Kind]map[string]bool{RemedyKind: {}, ArticleKind: {}}
	for _, d := range docs {
		next.put(d)
		ids[d.Kind][d.ID] = true
	}
	next.addUsers(ids)
	return next.finish()
}

// touched sorts the names of files into documents by kind, and whether anything
// else is among them.
func touched(files []string) (documents map[Kind]map[string]bool, tables bool) {
	documents = map[Kind]map[string]bool{RemedyKind: {}, ArticleKind: {}}
	for _, file := range files {
		top, rest, _ := strings.Cut(file, "/")
		id, _, _ := strings.Cut(rest, "/")
		i := slices.IndexFunc(kinds(), func(k Kind) bool { return k.folder() == top })
		switch {
		case i < 0:
			tables = true
		case id != "" && id[0] != '.':
			documents[kinds()[i]][id] = true
		}
	}
	return documents, tables
}

// copy returns a Library that can be changed without changing this one.
func (l *Library) copy() *Library {
	next := *l
	next.articles, next.remedies = slices.Clone(l.articles), slices.Clone(l.remedies)
	next.article, next.remedy = maps.Clone(l.article), maps.Clone(l.remedy)
	return &next
}

// loader makes one Library.
type loader struct {
	fsys     fs.FS
	prose    bool // check prose too
	lib      *Library
	problems Problems
	broken   map[string]bool // files that could not be read or decoded
	roots    map[string]*yaml.Node
	// remedies and articles are those to check.
	remedies []*Remedy
	articles []*Article
}

func newLoader(fsys fs.FS, lib *Library) *loader {
	return &loader{fsys: fsys, prose: true, lib: lib, broken: map[string]bool{}, roots: map[string]*yaml.Node{}}
}

func (l *loader) add(faults ...Problem) { l.problems = append(l.problems, faults...) }

// addUsers adds what refers to documents to what is checked.
func (l *loader) addUsers(documents map[Kind]map[string]bool) {
	articles, remedies := documents[ArticleKind], documents[RemedyKind]
	for _, r := range l.lib.remedies {
		if !remedies[r.Action] && remedies[r.ReplacedBy] {
			l.remedies = append(l.remedies, r)
		}
	}
	for _, a := range l.lib.articles {
		if !articles[a.ID] && a.refersTo(articles, remedies) {
			l.articles = append(l.articles, a)
		}
	}
}

// finish checks what was read and returns the Library, or all faults.
func (l *loader) finish() (*Library, error) {
	for _, r := range l.remedies {
		l.lintRemedy(r)
	}
	for _, a := range l.articles {
		l.lintArticle(a)
	}
	if len(l.problems) > 0 {
		l.problems.sort()
		return nil, l.problems
	}
	l.lib.index()
	l.lib.revision = l.lib.sum()
	return l.lib, nil
}

// sum returns the revision of the whole content.
func (l *Library) sum() string {
	sum := sha256.New() // its Write never fails
	for _, name := range sortedKeys(l.tables) {
		fmt.Fprintf(sum, "%s\x00%d\x00%s", name, len(l.tables[name]), l.tables[name])
	}
	for _, r := range l.remedies {
		io.WriteString(sum, "remedies/"+r.Action+"\x00"+r.revision+"\x00")
	}
	for _, a := range l.articles {
		io.WriteString(sum, "articles/"+a.ID+"\x00"+a.revision+"\x00")
	}
	return hex.EncodeToString(sum.Sum(nil))[:revisionLength]
}

// file returns what a file holds; a missing file is a problem, not an error, and
// counts as broken.
func (l *loader) file(name string) (string, error) {
	data, err := fs.ReadFile(l.fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		l.add(Problem{File: name, Detail: "this file is missing: write it"})
		l.broken[name] = true
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("content: %w", err)
	}
	return string(data), nil
}

// decode reads YAML strictly into a value. What follows from a fault is no fault
// of its own: the rest of such a file is not linted.
func (l *loader) decode(name, data string, into any) {
	if l.broken[name] {
		return
	}
	d := yaml.NewDecoder(strings.NewReader(data))
	d.KnownFields(true)
	err := d.Decode(into)
	if err == nil {
		return
	}
	if errors.Is(err, io.EOF) {
		err = errors.New("the file is empty")
	}
	for _, p := range yamlProblems(name, err) {
		if p.Line == 0 {
			p.Line = lineOfValue(l.root(name, data), p.Detail)
		}
		l.add(p)
	}
	l.broken[name] = true
}

// root returns the nodes of a YAML file, nil where it has none. They are made
// only to find the line of a fault, since they are many.
func (l *loader) root(name, data string) *yaml.Node {
	root, ok := l.roots[name]
	if !ok {
		var document yaml.Node
		if yaml.Unmarshal([]byte(data), &document) == nil && len(document.Content) > 0 {
			root = document.Content[0]
		}
		l.roots[name] = root
	}
	return root
}
