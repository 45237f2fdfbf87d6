package collector

import (
	"encoding/xml"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
)

// isCompat reports whether a path in lower case is that of what Setup found to be
// in its way, in an upgrade that did not come to its end.
func isCompat(name string) bool {
	base := path.Base(name)
	return strings.HasSuffix(path.Dir(name), "$windows.~bt/sources/panther") &&
		(strings.HasPrefix(base, "compatdata") && strings.HasSuffix(base, ".xml") || base == "scanresult.xml")
}

// readCompat reads what blocked an upgrade, in the newest scan: its name has the
// time. What SetupDiag named comes from nearer to the end, and stays.
func (g *gathering) readCompat() {
	if g.noted.blocked {
		return
	}
	newest := func(name string) string { // the result of a scan alone comes last
		return strings.TrimPrefix(strings.ToLower(path.Base(name)), "scanresult.xml")
	}
	names := slices.SortedFunc(slices.Values(g.found.compat), func(a, b string) int { return strings.Compare(newest(b), newest(a)) })
	for _, name := range names[:min(len(names), maxCopies)] {
		blocker, err := readBlocker(g.src, name)
		if err != nil {
			g.fault("file:"+shortPath(name), reason(err))
			continue
		}
		if blocker != "" {
			s := g.report.Setup.V
			s.Blocker = facts.Some(clip(blocker))
			g.report.Setup = facts.Some(s)
		}
		return
	}
}

var driverFile = regexp.MustCompile(`(?i)^[a-z0-9_.-]{1,60}\.inf$`)

// readBlocker returns the first program that blocks an upgrade, or else the first
// driver that cannot be taken along; "" without any.
func readBlocker(src fs.FS, name string) (string, error) {
	d, err := openXML(src, name)
	if err != nil {
		return "", err
	}
	driver, program := "", ""
	for {
		token, err := d.Token()
		if err == io.EOF {
			return driver, nil
		}
		if err != nil {
			return "", err
		}
		if end, ok := token.(xml.EndElement); ok && end.Name.Local == "Program" {
			program = ""
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch attribute := attributes(e); e.Name.Local {
		case "Program":
			program = attribute["Name"]
		case "CompatibilityInfo":
			if attribute["BlockingType"] == "Hard" && program != "" {
				return program, nil
			}
		case "DriverPackage":
			if driver == "" && strings.EqualFold(attribute["BlockMigration"], "true") && driverFile.MatchString(attribute["Inf"]) {
				driver = attribute["Inf"]
			}
		}
	}
}

func attributes(e xml.StartElement) map[string]string {
	out := make(map[string]string, len(e.Attr))
	for _, a := range e.Attr {
		out[a.Name.Local] = a.Value
	}
	return out
}
