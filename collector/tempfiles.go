package collector

import (
	"fmt"
	"io/fs"

	"github.com/patchmedic/patchmedic/facts"
)

// maxTempFiles bounds the files that are counted. From 65,536 on Windows finds no
// name for a further one.
const maxTempFiles = 100_000

// readTempFiles counts the files below Windows' own folder for temporary ones: some
// tools leave there what they cannot pack, until the disk is full.
func (g *gathering) readTempFiles() {
	if len(g.found.temp) == 0 || place(g.found.temp[0]) == 2 {
		return
	}
	root := g.found.temp[0]
	var count, size int64
	err := fs.WalkDir(g.src, root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !d.Type().IsRegular():
			return nil
		case count == maxTempFiles:
			g.fault("folder:"+shortFolder(root), fmt.Sprintf("more than %d files, the others were not counted", maxTempFiles))
			return fs.SkipAll
		}
		info, err := d.Info()
		if err != nil { // it is gone, as such files go
			return nil
		}
		count++
		size += info.Size()
		return nil
	})
	if err != nil {
		g.fault("folder:"+shortFolder(root), "not readable: "+reason(err))
		return
	}
	m := g.report.Machine.V
	m.TempFiles = facts.Some(facts.TempFiles{Count: facts.Some(count), Bytes: facts.Some(size)})
	g.report.Machine = facts.Some(m)
}
