package collector

import (
	"io/fs"
	"path"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/facts/servicing"
)

// readLogs reads the servicing logs into a report.
func (g *gathering) readLogs() *facts.Report {
	res, err := servicing.ReadAll(g.src, servicing.Options{Location: g.zone})
	for _, warning := range res.Warnings { // the errors are among them
		g.warning("log", warning)
	}
	if err != nil && len(res.Warnings) == 0 {
		g.fault("log:.", reason(err))
	}
	report := &res.Facts
	report.Logs = list(res.Lines)
	return report
}

// readFiles reads the facts of files that are no logs.
func (g *gathering) readFiles() {
	g.readRecovery()
	g.readTasks()
	g.readCompat()
	g.readTempFiles() // last, since there may be many
}

// readRecovery reads whether there is a recovery environment, and whether
// servicing waits for a restart with its list of operations.
func (g *gathering) readRecovery() {
	for _, name := range g.found.recovery {
		enabled, err := readReAgent(g.src, name)
		if err != nil {
			g.fault("file:"+shortPath(name), reason(err))
			continue
		}
		g.report.Recovery = facts.Some(facts.Recovery{WinREEnabled: facts.Some(enabled)})
		break
	}
	for _, folder := range g.found.store {
		_, err := fs.Stat(g.src, path.Join(folder, "pending.xml"))
		if place(folder) == 2 { // of the Windows before
			continue
		}
		g.report.ComponentStore = facts.Some(facts.ComponentStore{PendingXML: facts.Some(err == nil)})
		break
	}
}

func readReAgent(src fs.FS, name string) (enabled bool, err error) {
	d, err := openXML(src, name)
	if err != nil {
		return false, err
	}
	var config struct {
		Install struct {
			State int `xml:"state,attr"`
		} `xml:"InstallState"`
	}
	if err := d.Decode(&config); err != nil {
		return false, err
	}
	return config.Install.State == 1, nil
}
