package cases

import (
	"io"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/facts/servicing"
)

// Logs makes facts of servicing logs.
type Logs struct{ Editions Editions }

// Read reads one log of any size in one pass. The name tells its kind where the
// content does not. The report holds its findings and what else it states,
// scrubbed, and can be merged into another or sent for advice; the result's own
// lines and facts are not scrubbed and are left out. The error is that of the reader.
func (l *Logs) Read(r io.Reader, name string) (*facts.Report, servicing.Result, error) {
	noise := l.Editions.Current().Library.Noise()
	found, err := servicing.Read(r, name, servicing.Options{Noise: noise.Line})
	if err != nil {
		return nil, servicing.Result{}, err
	}
	report, told := reportOf(found)
	return report, told, nil
}

// reportOf makes a scrubbed report of what logs say, and leaves the rest.
func reportOf(found servicing.Result) (*facts.Report, servicing.Result) {
	report := &found.Facts
	if len(found.Lines) > 0 {
		report.Logs = facts.Some(found.Lines)
	}
	facts.NewScrubber().Report(report)
	return report, servicing.Result{Sessions: found.Sessions, Truncated: found.Truncated, Warnings: found.Warnings}
}
