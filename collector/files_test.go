package collector

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

const (
	ready    = `<?xml version="1.0" encoding="UTF-16"?><Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task"><Settings><Hidden>true</Hidden></Settings></Task>`
	disabled = `<?xml version="1.0" encoding="UTF-16"?><Task><Settings><Enabled>false</Enabled></Settings></Task>`
)

// wide writes a text as Windows writes the files of tasks.
func wide(text string) *fstest.MapFile {
	data := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		data = binary.LittleEndian.AppendUint16(data, unit)
	}
	return file(data)
}

// taskRegistry has these tasks of the update system, all but the last with both
// their entries.
func taskRegistry(names ...string) string {
	const cache = `[Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\`
	out := cache + "Tasks]\n" + cache + "Tree\\Microsoft\\Windows\\UpdateOrchestrator]\n"
	for i, name := range names {
		out += fmt.Sprintf("%sTree\\Microsoft\\Windows\\UpdateOrchestrator\\%s]\n\"Id\"=\"{%d}\"\n", cache, name, i)
		if i < len(names)-1 {
			out += fmt.Sprintf("%sTasks\\{%d}]\n\"Path\"=\"x\"\n", cache, i)
		}
	}
	return out
}

func TestTasks(t *testing.T) {
	const folder = "Windows/System32/Tasks/Microsoft/Windows/"
	const all = `[{path:\\Microsoft\\Windows\\UpdateOrchestrator\\Half,state:damaged}`
	for _, tt := range []struct {
		name  string
		files fstest.MapFS
		want  string
		fault bool
	}{
		{"no folder of tasks", fstest.MapFS{"Windows/System32/x": file(nil)}, "null", false},
		{"folders of which nothing was copied", fstest.MapFS{folder + "Other/X": wide(ready)}, all + "]", false},
		{"all there", fstest.MapFS{folder + "UpdateOrchestrator/Half": wide(ready), folder + "UpdateOrchestrator/Schedule Scan": wide(ready), folder + "UpdateOrchestrator/reboot": wide(disabled)},
			all + `,{path:\\Microsoft\\Windows\\UpdateOrchestrator\\Reboot,state:disabled},{path:\\Microsoft\\Windows\\UpdateOrchestrator\\Schedule Scan,state:ready}]`, false},
		{"a file is gone, another destroyed", fstest.MapFS{folder + "UpdateOrchestrator/Reboot": file(make([]byte, 600))},
			all + `,{path:\\Microsoft\\Windows\\UpdateOrchestrator\\Reboot,state:damaged},{path:\\Microsoft\\Windows\\UpdateOrchestrator\\Schedule Scan,state:damaged}]`, false},
		{"not for this user", fstest.MapFS{folder + "UpdateOrchestrator/Reboot": wide(ready)}, "null", true},
	} {
		var src fs.FS = tt.files
		if tt.fault {
			src = denying{src, []string{folder + "UpdateOrchestrator"}}
		}
		g := newGathering(&Source{FS: fstest.MapFS{}})
		g.src = src
		g.look()
		g.noted.tasks = registryOf(t, g, "SOFTWARE", taskRegistry("Reboot", "Schedule Scan", "Half")).tasks()
		g.readTasks()
		if diff := cmp.Diff(tt.want, jsonOf(t, g.report.Tasks.V)); diff != "" || tt.fault != (len(g.faults) > 0) {
			t.Errorf("%s: %s\nfaults: %v", tt.name, diff, g.faults)
		}
	}
}

func TestTempFiles(t *testing.T) {
	g := newGathering(&Source{FS: fstest.MapFS{
		"Windows/Temp/cab_1234_2": file(make([]byte, 100)), "Windows/Temp/a/b.tmp": file(make([]byte, 20)), "Windows/Logs/x.log": file(make([]byte, 7)),
		"Windows.old/Windows/Temp/old.tmp": file(make([]byte, 7)),
	}})
	g.look()
	g.readTempFiles()
	if got := jsonOf(t, g.report.Machine.V); got != "{temp_files:{count:2,bytes:120}}" {
		t.Error(got)
	}
	g = newGathering(&Source{FS: fstest.MapFS{"Windows/Logs/x.log": file(nil)}})
	g.look()
	g.readTempFiles()
	if got := jsonOf(t, g.report.Machine.V); got != "{}" {
		t.Errorf("without the folder: %s", got)
	}
}

const (
	panther   = "$Windows.~BT/Sources/Panther/"
	driverXML = `<DriverPackages><DriverPackage Inf="oem1.inf" BlockMigration="False"/><DriverPackage Inf="oem7.inf" BlockMigration="True" HasSignedBinaries="True"/></DriverPackages>`
	hardXML   = `<Programs><Program Name="Contoso Soft"><CompatibilityInfo BlockingType="None"/></Program><Program Name="Contoso Guard"><CompatibilityInfo BlockingType="Hard"/></Program></Programs>`
)

func TestCompat(t *testing.T) {
	report := func(inner string) *fstest.MapFile {
		return file([]byte(`<?xml version="1.0" encoding="UTF-8"?><CompatReport>` + inner + `</CompatReport>`))
	}
	for _, tt := range []struct {
		name    string
		files   fstest.MapFS
		blocked bool
		want    string
	}{
		{"a driver", fstest.MapFS{panther + "CompatData_2026_01_02_10_00_00_1_00.xml": report(driverXML)}, false, "{blocker:oem7.inf}"},
		{"a program goes before it", fstest.MapFS{panther + "CompatData_2026_01_02_10_00_00_1_00.xml": report(driverXML + hardXML)}, false, "{blocker:Contoso Guard}"},
		{"the newest counts", fstest.MapFS{panther + "CompatData_2026_01_02_10_00_00_1_00.xml": report(hardXML), panther + "CompatData_2026_02_02_10_00_00_1_00.xml": report(""), panther + "ScanResult.xml": report(hardXML)}, false, "{}"},
		{"the scan alone", fstest.MapFS{panther + "ScanResult.xml": report(hardXML)}, false, "{blocker:Contoso Guard}"},
		{"the newest is damaged", fstest.MapFS{panther + "CompatData_2026_02_02.xml": file([]byte("<x")), panther + "CompatData_2026_01_02.xml": report(driverXML)}, false, "{blocker:oem7.inf}"},
		{"SetupDiag has named it", fstest.MapFS{panther + "ScanResult.xml": report(hardXML)}, true, "{}"},
		{"an upgrade that is over", fstest.MapFS{"Windows/Panther/CompatData_2026_01_02.xml": report(hardXML), "Windows/x": file(nil)}, false, "{}"},
		{"a hard block of no program", fstest.MapFS{panther + "ScanResult.xml": report(`<Programs/><CompatibilityInfo BlockingType="Hard"/>`)}, false, "{}"},
	} {
		g := newGathering(&Source{FS: fstest.MapFS{}})
		g.src = tt.files
		g.look()
		g.noted.blocked = tt.blocked
		g.readCompat()
		if got := jsonOf(t, g.report.Setup.V); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// FuzzXML gives any bytes as a task and as a scan of Setup.
func FuzzXML(f *testing.F) {
	f.Add([]byte(ready))
	f.Add(wide(disabled).Data)
	f.Add([]byte(`<CompatReport>` + driverXML + hardXML + `</CompatReport>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		g := newGathering(&Source{FS: fstest.MapFS{}})
		g.src = fstest.MapFS{"x": file(data)}
		state := g.taskState(task{name: "x", listed: found}, ".", map[string]string{"x": "x"})
		if state != "ready" && state != "disabled" && state != "damaged" {
			t.Errorf("a task is %q", state)
		}
		if blocker, err := readBlocker(g.src, "x"); err != nil && blocker != "" {
			t.Errorf("%q and %v", blocker, err)
		}
	})
}
