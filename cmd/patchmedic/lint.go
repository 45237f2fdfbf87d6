package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/kb/audit"
)

type lintCommand struct {
	Dir    string `arg:"" optional:"" type:"existingdir" help:"Folder laid over the bundled content; without it the bundled content is checked."`
	Prose  string `help:"Print the prose of a language instead, without commands, for a spelling checker." enum:",fr,en" default:"" placeholder:"LANG"`
	Report bool   `help:"Print what there is too: articles, signals, cases, codes, words."`
}

// Run prints every fault with its file and line.
func (c *lintCommand) Run(s *session) error {
	files := contentFlag{Content: c.Dir}.files()
	if c.Prose != "" {
		lib, err := kb.Load(files)
		if err != nil {
			return err
		}
		return audit.WriteProse(s.out, lib, kb.Lang(c.Prose))
	}
	lib, err := kb.Lint(files)
	var problems kb.Problems
	if err == nil {
		if problems, err = audit.Check(lib, files); err != nil {
			return err
		}
	} else if !errors.As(err, &problems) {
		return err
	}
	for _, p := range problems {
		p.File = c.place(p.File)
		fmt.Fprintln(s.out, p)
	}
	if lib != nil && c.Report {
		r, err := audit.Count(lib, files)
		if err != nil {
			return err
		}
		printReport(s.out, r)
	}
	if len(problems) > 0 {
		return fmt.Errorf("faults: %d", len(problems))
	}
	fmt.Fprintf(s.out, "no faults in %d articles, %d remedies and %d signals\n", len(lib.Articles()), len(lib.Remedies()), len(lib.Signals()))
	return nil
}

// printReport prints counts, one subject a line.
func printReport(out io.Writer, r *audit.Report) {
	line := func(what, format string, args ...any) {
		fmt.Fprintf(out, "%-16s %s\n", what, fmt.Sprintf(format, args...))
	}
	var categories []string
	for name, n := range r.Categories {
		categories = append(categories, fmt.Sprintf("%s %d", name, n))
	}
	slices.Sort(categories)
	line("articles", "%d in %d languages (%s)", r.Articles, len(kb.Langs()), strings.Join(categories, ", "))
	line("remedies", "%d", r.Remedies)
	line("signals", "%d, of an article: %d to %d, median %d", r.Signals, r.Evidence[0], r.Evidence[2], r.Evidence[1])
	line("questions", "%d; signals a person could answer without one: %d %s", r.Questions, len(r.Unasked), strings.Join(r.Unasked, " "))
	line("cases", "%d", r.Cases)
	line("releases", "%d", r.Releases)
	line("words", "%d French, %d English", r.Words[kb.French], r.Words[kb.English])
	line("codes", "%d, of several causes %d", r.Codes, len(r.Ambiguous))
	for _, a := range r.Ambiguous {
		line("  "+a.Code.String(), "%d: %s", len(a.Causes), strings.Join(a.Causes, " "))
	}
	line("contradictions", "%d (told apart by their evidence)", len(r.Contradictions))
	for _, c := range r.Contradictions {
		line("  "+c.Code.String(), "%s | %s: %s", c.One, c.Other, c.What)
	}
}

// place names a file as the author can open it.
func (c *lintCommand) place(file string) string {
	if c.Dir != "" {
		if name := filepath.Join(c.Dir, file); exists(name) {
			return name
		}
	}
	if f, err := content.Files().Open(file); err == nil {
		f.Close()
		return "bundled:" + file
	}
	return filepath.Join(c.Dir, file)
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
