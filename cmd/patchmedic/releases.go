package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/patchmedic/patchmedic/kb"
)

type releasesCommand struct {
	Add addReleasesCommand `cmd:"" help:"Add a month's updates to the table of releases."`
}

type addReleasesCommand struct {
	Table string `arg:"" type:"existingfile" help:"CSV whose first line names its columns: kb,product,version,build,revision,released,kind,supersedes,withdrawn."`

	contentFlag `embed:""`
}

// releasesFile is where the table lies in a content folder.
const releasesFile = "releases/windows.yaml"

// Run writes DIR/releases/windows.yaml, which begins as the bundled one where
// the folder has none. Nothing is written when a line is wrong.
func (c *addReleasesCommand) Run(s *session) error {
	if c.Content == "" {
		return misuse{fmt.Errorf("--content names the folder whose %s is to grow; in a checkout: --content content", releasesFile)}
	}
	table, err := os.Open(c.Table)
	if err != nil {
		return err
	}
	defer table.Close()
	rows, err := kb.ReadReleases(table)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Table, err)
	}
	before, err := fs.ReadFile(c.files(), releasesFile)
	if err != nil {
		return err
	}
	after, added, err := kb.AddReleases(string(before), rows)
	if err != nil {
		return fmt.Errorf("nothing was written:\n%w", err)
	}
	name := filepath.Join(c.Content, filepath.FromSlash(releasesFile))
	if err := replaceFile(name, after); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s: %d rows added, %d were there\n", name, added, len(rows)-added)
	return nil
}

// replaceFile writes beside the file and renames, so that a reader sees the old
// or the new one.
func replaceFile(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(name+".new", []byte(text), 0o644); err != nil {
		os.Remove(name + ".new") // half of a table, when the disk is full
		return err
	}
	return os.Rename(name+".new", name)
}
