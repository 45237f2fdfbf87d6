package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/kb"
)

type lintCommand struct {
	Dir string `arg:"" optional:"" type:"existingdir" help:"Folder laid over the bundled content; without it the bundled content is checked."`
}

// Run prints every fault with its file and line.
func (c *lintCommand) Run(s *session) error {
	lib, err := kb.Lint(contentFlag{Content: c.Dir}.files())
	var problems kb.Problems
	if errors.As(err, &problems) {
		for _, p := range problems {
			p.File = c.place(p.File)
			fmt.Fprintln(s.out, p)
		}
		return fmt.Errorf("faults: %d", len(problems))
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "no faults in %d articles, %d remedies and %d signals\n", len(lib.Articles()), len(lib.Remedies()), len(lib.Signals()))
	return nil
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
