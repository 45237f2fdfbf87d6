package main

import "os"

type backupCommand struct {
	dataFlag
	File string `arg:"" help:"File to write, for this user alone; - writes to the standard output." placeholder:"FILE"`
}

// Run writes a backup. A file of the same name is replaced when the new one is
// whole.
func (c *backupCommand) Run(s *session) error {
	return c.with(false, func(r records) error {
		if c.File == "-" {
			return r.backup(s, s.out)
		}
		return replace(c.File, func(f *os.File) error { return r.backup(s, f) })
	})
}

type restoreCommand struct {
	dataFlag
	File string `arg:"" help:"Backup to read; - reads it from the standard input." placeholder:"FILE"`
}

// Run puts a backup in the place of all records, or changes nothing.
func (c *restoreCommand) Run(s *session) error {
	in := s.in
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	return c.with(true, func(r records) error { return r.restore(s, in) })
}
