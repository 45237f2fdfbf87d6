package audit

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"

	"github.com/patchmedic/patchmedic/kb"
)

// Check returns the faults of a library that was linted, with the cases that
// stand beside it in fsys. The error says that a case could not be read.
func Check(lib *kb.Library, fsys fs.FS) (kb.Problems, error) {
	a := auditor{lib: lib}
	cases, err := Cases(fsys)
	if err != nil {
		return nil, err
	}
	a.cases(cases)
	a.signals()
	a.evidence()
	a.prose()
	slices.SortStableFunc(a.problems, func(x, y kb.Problem) int {
		return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line))
	})
	return a.problems, nil
}

type auditor struct {
	lib      *kb.Library
	problems kb.Problems
}

func (a *auditor) fault(file string, line int, format string, args ...any) {
	a.problems = append(a.problems, kb.Problem{File: file, Line: line, Detail: fmt.Sprintf(format, args...)})
}

func articleFile(id string) string { return "articles/" + id + "/article.yaml" }

// published returns the articles that are advised.
func (a *auditor) published() []*kb.Article {
	return slices.DeleteFunc(slices.Clone(a.lib.Articles()), func(x *kb.Article) bool { return x.Status != "published" })
}
