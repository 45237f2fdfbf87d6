package cases

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/facts/servicing"
)

// mostNamed bounds the files that a warning names.
const mostNamed = 10

// ReadAll reads every log below a root as one machine's. The report and the
// result are those of [Logs.Read]; a warning names the files that are none of
// the logs. The error joins those of logs that ended in the middle: what was
// read of them until then is in the report, and a warning says so. There is no
// report when the root itself cannot be read.
func (l *Logs) ReadAll(fsys fs.FS) (*facts.Report, servicing.Result, error) {
	noise := l.Editions.Current().Library.Noise()
	watched := &opened{FS: fsys, names: map[string]bool{}}
	found, faults := servicing.ReadAll(watched, servicing.Options{Noise: noise.Line, Renamed: true})
	others, err := watched.others()
	if err != nil {
		return nil, servicing.Result{}, err
	}
	if len(others) > 0 {
		found.Warnings = append(found.Warnings, notRead(others))
	}
	report, told := reportOf(found)
	return report, told, faults
}

// notRead says which files were left out. The setuperr.log beside a setupact.log
// is one of them.
func notRead(names []string) string {
	more := ""
	if left := len(names) - mostNamed; left > 0 {
		names, more = names[:mostNamed], fmt.Sprintf(" and %d more", left)
	}
	return "not read, because they are no servicing logs or another says the same: " + strings.Join(names, ", ") + more
}

// opened is a file system that remembers what was opened.
type opened struct {
	fs.FS
	names map[string]bool
}

func (o *opened) Open(name string) (fs.File, error) {
	o.names[name] = true
	return o.FS.Open(name)
}

// others returns the files that were not opened.
func (o *opened) others() ([]string, error) {
	var out []string
	err := fs.WalkDir(o.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !o.names[name] {
			out = append(out, name)
		}
		return err
	})
	return out, err
}
