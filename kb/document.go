package kb

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Kind tells the two kinds of documents apart.
type Kind string

// What people write: a cause, and a thing that a person does.
const (
	ArticleKind Kind = "article"
	RemedyKind  Kind = "remedy"
)

// kinds are all kinds in the order in which they are read: articles name
// remedies.
func kinds() []Kind { return []Kind{RemedyKind, ArticleKind} }

// folder is where the documents of a kind stand, each in a folder of its own.
func (k Kind) folder() string {
	if k == RemedyKind {
		return "remedies"
	}
	return "articles"
}

// Document is an article or a remedy as it is written.
type Document struct {
	Kind Kind
	// ID is the id of an article or the action of a remedy.
	ID string
	Files
}

// File names one of the document's files, by its language or "" for the YAML,
// as the content and the lint do.
func (d Document) File(lang Lang) string {
	name := string(d.Kind) + ".yaml"
	if lang != "" {
		name = string(lang) + ".md"
	}
	return d.Kind.folder() + "/" + d.ID + "/" + name
}

// Owns reports whether a file is one of the document's.
func (d Document) Owns(file string) bool {
	return strings.HasPrefix(file, d.Kind.folder()+"/"+d.ID+"/")
}

// Files are the three files of a document.
type Files struct{ YAML, FR, EN string }

// Prose returns the Markdown in a language.
func (f Files) Prose(lang Lang) string {
	if lang == French {
		return f.FR
	}
	return f.EN
}

// Revision identifies the content of the files: it changes with every byte.
func (f Files) Revision() string {
	sum := sha256.New()
	for _, text := range []string{f.YAML, f.FR, f.EN} {
		fmt.Fprintf(sum, "%d\x00%s", len(text), text) // a hash's Write never fails
	}
	return hex.EncodeToString(sum.Sum(nil))[:revisionLength]
}

// revisionLength is how many hexadecimal digits of a hash stand for content.
const revisionLength = 12

// Files returns a document as it is written.
func (l *Library) Files(kind Kind, id string) (Files, bool) {
	if r, ok := l.remedy[id]; ok && kind == RemedyKind {
		return r.Files(), true
	}
	if a, ok := l.article[id]; ok && kind == ArticleKind {
		return a.Files(), true
	}
	return Files{}, false
}

// Files returns the article as it is written.
func (a *Article) Files() Files { return filesOf(a.yaml, a.texts) }

// Files returns the remedy as it is written.
func (r *Remedy) Files() Files { return filesOf(r.yaml, r.texts) }

func filesOf(yaml string, texts map[Lang]*Text) Files {
	return Files{YAML: yaml, FR: texts[French].Source, EN: texts[English].Source}
}

// folders returns the names of the folders of a kind's documents. Names that
// begin with a dot are passed over.
func (l *loader) folders(k Kind) ([]string, error) {
	entries, err := fs.ReadDir(l.fsys, k.folder())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("content: %w", err)
	}
	var names []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// read reads a document anew; where its folder is gone, so is the document.
func (l *loader) read(k Kind, id string) error {
	dir := k.folder() + "/" + id
	info, err := fs.Stat(l.fsys, dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		l.remove(k, id)
		return nil
	case err != nil:
		return fmt.Errorf("content: %w", err)
	case !info.IsDir():
		l.remove(k, id)
		l.add(Problem{File: dir, Detail: "only folders belong here"})
		return nil
	}
	d := Document{Kind: k, ID: id}
	for _, f := range []struct {
		lang Lang
		into *string
	}{{"", &d.YAML}, {French, &d.FR}, {English, &d.EN}} {
		if *f.into, err = l.file(d.File(f.lang)); err != nil {
			return err
		}
	}
	l.put(d)
	return nil
}

// put decodes a document and puts it in the place of the one before.
func (l *loader) put(d Document) {
	if d.Kind == RemedyKind {
		r := &Remedy{Action: d.ID, yaml: d.YAML, revision: d.Revision()}
		l.decode(d.File(""), d.YAML, r)
		if r.Status == "" {
			r.Status = "published"
		}
		r.texts = l.texts(d)
		l.lib.remedy[d.ID] = r
		l.lib.remedies = placed(l.lib.remedies, r, d.ID, (*Remedy).id)
		l.remedies = append(l.remedies, r)
		return
	}
	a := &Article{ID: d.ID, yaml: d.YAML, revision: d.Revision()}
	l.decode(d.File(""), d.YAML, a)
	a.texts = l.texts(d)
	l.lib.article[d.ID] = a
	l.lib.articles = placed(l.lib.articles, a, d.ID, (*Article).id)
	l.articles = append(l.articles, a)
}

func (l *loader) remove(k Kind, id string) {
	if k == RemedyKind {
		delete(l.lib.remedy, id)
		l.lib.remedies = without(l.lib.remedies, id, (*Remedy).id)
		return
	}
	delete(l.lib.article, id)
	l.lib.articles = without(l.lib.articles, id, (*Article).id)
}

func (a *Article) id() string { return a.ID }
func (r *Remedy) id() string  { return r.Action }

// placed puts a thing into a list that is sorted by id, in the place of the one
// with its id.
func placed[T any](list []T, thing T, id string, idOf func(T) string) []T {
	i, found := search(list, id, idOf)
	if found {
		list[i] = thing
		return list
	}
	return slices.Insert(list, i, thing)
}

func without[T any](list []T, id string, idOf func(T) string) []T {
	if i, found := search(list, id, idOf); found {
		return slices.Delete(list, i, i+1)
	}
	return list
}

func search[T any](list []T, id string, idOf func(T) string) (int, bool) {
	return slices.BinarySearchFunc(list, id, func(t T, id string) int { return strings.Compare(idOf(t), id) })
}

// texts reads the prose of a document.
func (l *loader) texts(d Document) map[Lang]*Text {
	out := map[Lang]*Text{}
	for _, lang := range Langs() {
		file := d.File(lang)
		text, faults := parseProse(file, lang, d.Prose(lang))
		if !l.broken[file] {
			l.add(faults...)
		}
		out[lang] = text
	}
	return out
}
