package kb

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb/signal"
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
	l := &loader{fsys: fsys, prose: prose, sum: sha256.New(), lib: &Library{
		article: map[string]*Article{}, remedy: map[string]*Remedy{}, signal: map[string]*Signal{},
		releases: &Releases{}, noise: &Noise{}, meanings: map[uint32]Meaning{}, synonyms: map[Lang][][]string{},
	}, positions: map[string]position{}, broken: map[string]bool{}}
	for _, step := range []func() error{l.signals, l.remedies, l.articles, l.releases, l.noise, l.meanings, l.synonyms} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	l.lint()
	if len(l.problems) > 0 {
		l.problems.sort()
		return nil, l.problems
	}
	l.lib.index()
	l.lib.revision = hex.EncodeToString(l.sum.Sum(nil))[:12]
	return l.lib, nil
}

type loader struct {
	fsys      fs.FS
	prose     bool // check prose too
	lib       *Library
	sum       hash.Hash
	problems  Problems
	broken    map[string]bool     // files that could not be decoded
	positions map[string]position // of articles, remedies ("remedy:" + action) and signals ("signal:" + id)
}

// position is where a thing was written.
type position struct {
	file  string
	lines lines
}

func (p position) problem(detail string, at ...any) Problem {
	return Problem{p.file, p.lines.at(at...), detail}
}

// read returns a file's bytes; a missing file is a problem, not an error.
func (l *loader) read(name string) ([]byte, bool, error) {
	data, err := fs.ReadFile(l.fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		l.problems = append(l.problems, Problem{File: name, Detail: "this file is missing: write it"})
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("content: %w", err)
	}
	fmt.Fprintf(l.sum, "%s\x00%d\x00", name, len(data))
	l.sum.Write(data) // a hash's Write never fails
	return data, true, nil
}

// decode reads YAML strictly into a value and returns its lines. What follows
// from a fault is no fault of its own: the rest of such a file is not linted.
func (l *loader) decode(name string, data []byte, into any) lines {
	var root yaml.Node
	ln := lines{}
	if err := yaml.Unmarshal(data, &root); err == nil {
		ln.root = &root
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("the file is empty")
		}
		for _, p := range yamlProblems(name, err) {
			if p.Line == 0 {
				p.Line = ln.ofValue(p.Detail)
			}
			l.problems = append(l.problems, p)
		}
		l.broken[name] = true
	}
	return ln
}

// folders returns the names of the folders in dir.
func (l *loader) folders(dir string) ([]string, error) {
	entries, err := fs.ReadDir(l.fsys, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("content: %w", err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		} else if !strings.HasPrefix(e.Name(), ".") {
			l.problems = append(l.problems, Problem{File: path.Join(dir, e.Name()), Detail: "only folders belong here"})
		}
	}
	return names, nil
}

func (l *loader) signals() error {
	files, err := fs.Glob(l.fsys, "signals/*.yaml")
	if err != nil {
		return fmt.Errorf("content: %w", err)
	}
	for _, file := range files {
		data, ok, err := l.read(file)
		if err != nil || !ok {
			return err
		}
		var list []*Signal
		ln := l.decode(file, data, &list)
		for i, s := range list {
			l.addSignal(s, position{file, lines{child(documentOf(ln.root), i)}})
		}
	}
	for _, s := range l.lib.signal {
		l.lib.signals = append(l.lib.signals, s)
	}
	sortBy(l.lib.signals, func(s *Signal) string { return s.ID })
	for _, s := range l.lib.signals {
		l.compile(s)
	}
	return nil
}

func documentOf(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		return n.Content[0]
	}
	if n == nil {
		return &yaml.Node{}
	}
	return n
}

func (l *loader) addSignal(s *Signal, at position) {
	if s == nil || s.ID == "" {
		l.problems = append(l.problems, at.problem("a signal needs an id"))
		return
	}
	if before, ok := l.positions["signal:"+s.ID]; ok {
		l.problems = append(l.problems, at.problem("the signal "+s.ID+" stands in "+before.file+" already: choose another id"))
		return
	}
	l.lib.signal[s.ID] = s
	l.positions["signal:"+s.ID] = at
}

func (l *loader) compile(s *Signal) {
	at := l.positions["signal:"+s.ID]
	compiled, err := signal.Compile(s.When, func(id string) (signal.Condition, bool) {
		other, ok := l.lib.signal[id]
		if !ok {
			return signal.Condition{}, false
		}
		return other.When, true
	})
	if err != nil {
		for _, line := range strings.Split(err.Error(), "\n") {
			l.problems = append(l.problems, at.problem("signal "+s.ID+": "+line, "when"))
		}
		compiled = &signal.Compiled{}
		delete(l.lib.signal, s.ID)
	}
	s.compiled = compiled
}

func (l *loader) remedies() error {
	names, err := l.folders("remedies")
	if err != nil {
		return err
	}
	for _, name := range names {
		file := path.Join("remedies", name, "remedy.yaml")
		data, ok, err := l.read(file)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		r := &Remedy{Action: name}
		ln := l.decode(file, data, r)
		r.texts, r.revision, err = l.texts(path.Dir(file), data)
		if err != nil {
			return err
		}
		l.lib.remedy[name] = r
		l.lib.remedies = append(l.lib.remedies, r)
		l.positions["remedy:"+name] = position{file, ln}
	}
	return nil
}

func (l *loader) articles() error {
	names, err := l.folders("articles")
	if err != nil {
		return err
	}
	for _, name := range names {
		file := path.Join("articles", name, "article.yaml")
		data, ok, err := l.read(file)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		a := &Article{ID: name}
		ln := l.decode(file, data, a)
		a.texts, a.revision, err = l.texts(path.Dir(file), data)
		if err != nil {
			return err
		}
		l.lib.article[name] = a
		l.lib.articles = append(l.lib.articles, a)
		l.positions[name] = position{file, ln}
	}
	return nil
}

// texts reads the prose of a folder and makes the revision of the whole.
func (l *loader) texts(dir string, yamlFile []byte) (map[Lang]*Text, string, error) {
	sum := sha256.New()
	sum.Write(yamlFile)
	out := map[Lang]*Text{}
	for _, lang := range Langs() {
		file := path.Join(dir, string(lang)+".md")
		data, ok, err := l.read(file)
		if err != nil {
			return nil, "", err
		}
		text, faults := parseProse(file, lang, data)
		if ok {
			l.problems = append(l.problems, faults...)
		}
		l.broken[file] = !ok
		out[lang] = text
		sum.Write(data)
	}
	return out, hex.EncodeToString(sum.Sum(nil))[:12], nil
}

func (l *loader) releases() error {
	const file = "releases/windows.yaml"
	data, ok, err := l.read(file)
	if err != nil || !ok {
		return err
	}
	ln := l.decode(file, data, l.lib.releases)
	l.lib.releases.index()
	l.positions["releases"] = position{file, ln}
	return nil
}

func (l *loader) noise() error {
	const file = "noise/logs.yaml"
	data, ok, err := l.read(file)
	if err != nil || !ok {
		return err
	}
	var doc struct {
		Schema string      `yaml:"schema"`
		Lines  []NoiseLine `yaml:"lines"`
	}
	l.decode(file, data, &doc)
	l.lib.noise.lines = doc.Lines
	return nil
}

func (l *loader) meanings() error {
	const file = "meanings/windows.yaml"
	data, ok, err := l.read(file)
	if err != nil || !ok {
		return err
	}
	var doc struct {
		Schema   string    `yaml:"schema"`
		Meanings []Meaning `yaml:"meanings"`
	}
	at := position{file, l.decode(file, data, &doc)}
	for i, m := range doc.Meanings {
		if _, twice := l.lib.meanings[m.Code.Value]; twice {
			l.problems = append(l.problems, at.problem("the meaning of "+m.Code.String()+" stands here twice", "meanings", i))
		}
		if m.EN == "" || m.FR == "" {
			l.problems = append(l.problems, at.problem("the meaning of "+m.Code.String()+" needs en and fr", "meanings", i))
		}
		l.lib.meanings[m.Code.Value] = m
	}
	return nil
}

func (l *loader) synonyms() error {
	for _, lang := range Langs() {
		file := "synonyms/" + string(lang) + ".txt"
		data, ok, err := l.read(file)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		groups, faults := parseSynonyms(file, string(data))
		l.problems = append(l.problems, faults...)
		l.lib.synonyms[lang] = groups
	}
	return nil
}

// answersFacts decodes the facts of an answer for a made-up case.
func answersFacts(a Answer) (*facts.Report, error) {
	var code facts.Code
	if err := code.UnmarshalText([]byte("0x80070306")); err != nil {
		return nil, err
	}
	return a.Facts.Report(5058411, code)
}
