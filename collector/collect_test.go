package collector

import (
	"archive/zip"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchmedic/patchmedic/collector/eventlog/eventlogtest"
	"github.com/patchmedic/patchmedic/facts"
)

const config = "Windows/System32/config/"

func file(data []byte) *fstest.MapFile { return &fstest.MapFile{Data: data} }

// errorsOf lists a report's errors, one a line.
func errorsOf(r *facts.Report) string {
	var out strings.Builder
	for _, e := range r.Errors.V {
		fmt.Fprintf(&out, "%s: %s\n", e.Source.V, e.Error.V)
	}
	return out.String()
}

// TestOddPlaces: however a source is copied, it is found.
func TestOddPlaces(t *testing.T) {
	pc := host(t, "loop-before")
	software, system := pc[config+"SOFTWARE"], pc[config+"SYSTEM"]
	events := pc["Windows/System32/winevt/Logs/System.evtx"]
	old := host(t, "french")
	for name, files := range map[string]fstest.MapFS{
		"bare files":          {"SOFTWARE": software, "SYSTEM": system, "System.evtx": events},
		"lower case":          {"windows/system32/config/software": software, "windows/system32/config/system": system, "logs/system.evtx": events},
		"saved by reg.exe":    {"x/software.hiv": software, "x/System.HIV": system, "x/SYSTEM.evtx": events},
		"below two folders":   {"a/b/Windows/System32/config/SOFTWARE": software, "a/b/Windows/System32/config/SYSTEM": system, "a/b/System.evtx": events},
		"beside Windows.old":  {config + "SOFTWARE": software, config + "SYSTEM": system, "Windows.old/" + config + "SOFTWARE": old[config+"SOFTWARE"], "System.evtx": events},
		"beside old backups":  {config + "SOFTWARE": software, config + "SYSTEM": system, config + "RegBack/SOFTWARE": file(nil), "System.evtx": events},
		"with a damaged copy": {"a/SOFTWARE": software, "a/SYSTEM": system, "SYSTEM": file([]byte("garbage")), "System.evtx": events},
	} {
		r := collect(t, files)
		if r.OS.V.Build.V != 26100 || r.OS.V.Architecture.V != "amd64" || len(r.Updates.V.History.V) != 3 {
			t.Errorf("%s: build %d, %s, %d attempts; errors: %s", name, r.OS.V.Build.V, r.OS.V.Architecture.V, len(r.Updates.V.History.V), errorsOf(r))
		}
	}
}

// TestUnreadableIsUnknown: garbage in the place of a source is an error and no
// fact.
func TestUnreadableIsUnknown(t *testing.T) {
	for name, garbage := range map[string]string{"garbage": "garbage", "empty": "", "hive cut off": string(host(t, "healthy")[config+"SYSTEM"].Data[:4200])} {
		pc := host(t, "loop-before")
		for path := range pc {
			pc[path] = file([]byte(garbage))
		}
		r := collect(t, pc)
		got := errorsOf(r)
		for _, source := range []string{"registry:SOFTWARE", "registry:SYSTEM", "events:Windows/System32/winevt/Logs/System.evtx", "file:Windows/System32/Recovery/ReAgent.xml"} {
			if !strings.Contains(got, source+": ") {
				t.Errorf("%s: no error of %s in\n%s", name, source, got)
			}
		}
		if known := []facts.State{r.OS.State(), r.Services.State(), r.Reboot.State(), r.Policy.State(), r.Recovery.State(), r.Machine.State()}; fmt.Sprint(known) != "[absent absent absent absent absent absent]" {
			t.Errorf("%s: facts of nothing: %v", name, known)
		}
	}
}

// TestDamagedHive: what stands behind the damage is unknown, not missing.
func TestDamagedHive(t *testing.T) {
	pc := host(t, "healthy")
	data := pc[config+"SOFTWARE"].Data
	for i := 4096; i+2 < len(data); i++ { // every list of keys
		if string(data[i:i+2]) == "lh" {
			copy(data[i:], "xx")
		}
	}
	r := collect(t, pc)
	if r.Policy.State() != facts.Absent || r.Reboot.V.Pending.State() != facts.Absent {
		t.Errorf("policy %v, restart %v: want both absent", r.Policy.State(), r.Reboot.V.Pending.State())
	}
	if got := strings.Count(errorsOf(r), "registry:SOFTWARE: "); got == 0 || got > 10 {
		t.Errorf("%d errors:\n%s", got, errorsOf(r))
	}
}

func TestStaleHive(t *testing.T) {
	pc := host(t, "healthy")
	pc[config+"SOFTWARE.LOG1"] = file(make([]byte, 512))
	pc[config+"SYSTEM.LOG1"] = file(nil)
	got := errorsOf(collect(t, pc))
	if !strings.Contains(got, "registry:SOFTWARE: may be stale") || strings.Contains(got, "SYSTEM") {
		t.Errorf("errors:\n%s", got)
	}
}

// TestNamesOfFiles: folders above Windows and copies are named after people.
func TestNamesOfFiles(t *testing.T) {
	garbage := file([]byte("garbage"))
	src := &Source{Warnings: []string{
		"Jeanne: sauvegarde/photos.zip: an archive in the archive, not opened: send what it holds",
		"/Jeanne/CBS.log: not read, its path is empty or absolute", "Jeanne/DISM/dism.log: not readable: open Jeanne/DISM/dism.log: permission denied",
		"read Jeanne/CBS.log: read Jeanne/CBS.log: input/output error", "9 more are not named",
	}, FS: fstest.MapFS{
		"PC de Jeanne/SYSTEM":                          garbage,
		"Jeanne/logs/Windows/System32/config/SOFTWARE": garbage,
		"other/System.evtx":                            garbage,
		"other/jeanne-windowsupdateclient.evtx":        garbage,
		"other/CBS-Jeanne.log":                         garbage,
		"other/CbsPersist_Jeanne.cab":                  garbage,
	}}
	want := `events:*.evtx: no event log: unexpected EOF
events:System.evtx: no event log: unexpected EOF
log:*.cab: not readable: no cabinet
registry:SOFTWARE: Windows/System32/config/SOFTWARE: no registry hive
registry:SYSTEM: SYSTEM: no registry hive
zip:*.zip: an archive in the archive, not opened: send what it holds
zip:.: 9 more are not named
zip:.: a file is not readable
zip:CBS.log: not read, its path is empty or absolute
zip:dism.log: permission denied`
	got := strings.Split(strings.TrimSpace(errorsOf(Collect(src, Options{}))), "\n")
	slices.Sort(got)
	if diff := cmp.Diff(want, strings.Join(got, "\n")); diff != "" {
		t.Error(diff)
	}
}

// TestCollectedAt: a file's time counts only where nothing states one.
func TestCollectedAt(t *testing.T) {
	copied := time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)
	log := &fstest.MapFile{Data: []byte("nothing"), ModTime: copied}
	for name, test := range map[string]struct {
		files fstest.MapFS
		want  string
	}{
		"a log without lines": {fstest.MapFS{"CBS.log": log}, "2026-05-06T07:08:09Z"},
		"a hive beside it":    {fstest.MapFS{"CBS.log": log, "SOFTWARE": host(t, "healthy")[config+"SOFTWARE"]}, "2025-05-16T08:00:00Z"},
		"nothing":             {fstest.MapFS{"notes.txt": log}, ""},
	} {
		got := ""
		if at, ok := collect(t, test.files).CollectedAt.Get(); ok {
			got = at.Format(time.RFC3339)
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// TestEventsAreBounded: the newest of each kind stay.
func TestEventsAreBounded(t *testing.T) {
	var events strings.Builder
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 300 {
		fmt.Fprintf(&events, `<Event><System><Provider Name="Microsoft-Windows-WindowsUpdateClient"/><EventID>20</EventID><TimeCreated SystemTime="%s"/><Channel>System</Channel></System>
			<EventData><Data Name="errorCode">0x80070643</Data><Data Name="updateTitle">Update (KB5034441)</Data><Data Name="updateGuid">{%d}</Data></EventData></Event>`,
			begin.Add(time.Duration(i)*time.Hour).Format(time.RFC3339), i)
	}
	data, err := eventlogtest.Make([]byte("<Events>" + events.String() + "</Events>"))
	if err != nil {
		t.Fatal(err)
	}
	r := collect(t, fstest.MapFS{"System.evtx": file(data)})
	if got, want := r.Events.V, begin.Add(299*time.Hour); len(got) != maxAlike || !got[maxAlike-1].At.V.Equal(want) {
		t.Errorf("%d events, the last of %v; want %d, %v", len(got), got[len(got)-1].At.V, maxAlike, want)
	}
	if got := r.Updates.V.History.V; len(got) != maxHistory || !got[maxHistory-1].At.V.Equal(begin.Add(299*time.Hour)) {
		t.Errorf("%d attempts", len(got))
	}
}

func TestFailed(t *testing.T) {
	for name, want := range map[string]bool{"healthy": false, "loop-before": true, "loop-repaired": false, "esp-full": true, "french": true} {
		if got := Failed(collect(t, host(t, name))); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// TestDevice: the key hides the machine's number; a name alone is hashed with a
// key only.
func TestDevice(t *testing.T) {
	both, named := identity{"guid", "pc-1"}, identity{"", "pc-1"}
	for _, test := range []struct {
		id   identity
		opt  Options
		want string // the beginning
	}{
		{both, Options{}, "g1-"}, {both, Options{SiteKey: "a"}, "k1-"}, {both, Options{SiteKey: "a", Device: "poste-12"}, "poste-12"},
		{named, Options{}, ""}, {named, Options{SiteKey: "a"}, "k1-"}, {identity{}, Options{SiteKey: "a"}, ""},
	} {
		if got := test.id.device(test.opt); !strings.HasPrefix(got, test.want) || test.want == "" && got != "" {
			t.Errorf("%+v %+v: %q, want %q", test.id, test.opt, got, test.want)
		}
	}
	if both.device(Options{SiteKey: "a"}) == both.device(Options{SiteKey: "b"}) {
		t.Error("the id does not depend on the key")
	}
	if renamed := (identity{"guid", "pc-2"}); renamed.device(Options{SiteKey: "a"}) != both.device(Options{SiteKey: "a"}) {
		t.Error("another name makes another machine")
	}
}

// TestZone: the rules of Paris, as the fixture has them, give the times of
// Paris.
func TestZone(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Skip("no time zones on this machine")
	}
	g := newGathering(&Source{FS: host(t, "loop-before")})
	g.look()
	g.readHives()
	if g.zone == nil {
		t.Fatal("no zone")
	}
	for at := time.Date(2024, 1, 1, 0, 30, 0, 0, time.UTC); at.Year() < 2028; at = at.Add(time.Hour) {
		if got, want := at.In(g.zone).Format(time.DateTime), at.In(paris).Format(time.DateTime); got != want {
			t.Fatalf("%v is %s, want %s", at, got, want)
		}
	}
}

// TestOpen: a folder does not lead out of itself, and a zip is one too.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	inside, outside := filepath.Join(dir, "inside"), filepath.Join(dir, "outside")
	software := host(t, "healthy")[config+"SOFTWARE"].Data
	for _, folder := range []string{inside, outside} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(outside, "SOFTWARE"), software, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join("..", "outside", "SOFTWARE"), filepath.Join(inside, "SOFTWARE")); err != nil {
		t.Skip(err)
	}
	if build := openAndCollect(t, inside).OS.V.Build; build.State() != facts.Absent {
		t.Errorf("a link leads out of the folder: build %d", build.V)
	}
	name := filepath.Join(dir, "pc.zip")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for _, entry := range []string{"SOFTWARE", "../SYSTEM"} {
		w, err := z.Create(entry)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(software)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	r := openAndCollect(t, name)
	if r.OS.V.Build.V != 26100 || !strings.Contains(errorsOf(r), "zip:") {
		t.Errorf("build %d, errors:\n%s", r.OS.V.Build.V, errorsOf(r))
	}
}

func openAndCollect(t *testing.T, name string) *facts.Report {
	t.Helper()
	source, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	return Collect(source, Options{})
}

// FuzzCollect damages one file of a machine in one place: there is a report, and
// a service takes it.
func FuzzCollect(f *testing.F) {
	pc := host(f, "french")
	var names []string
	fs.WalkDir(pc, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	f.Add(uint8(0), uint32(5000), []byte{0xff})
	f.Add(uint8(3), uint32(4128), []byte("lh\x00\xff"))
	f.Fuzz(func(t *testing.T, which uint8, at uint32, change []byte) {
		name := names[int(which)%len(names)]
		data := append([]byte(nil), pc[name].Data...)
		if len(data) > 0 {
			copy(data[int(at)%len(data):], change)
		}
		damaged := fstest.MapFS{}
		for n, file := range pc {
			damaged[n] = file
		}
		damaged[name] = file(data)
		if _, unknown, err := facts.Decode(encode(t, collect(t, damaged))); err != nil || len(unknown) > 0 {
			t.Errorf("a service would refuse it: %v %v", unknown, err)
		}
	})
}

// TestBlank tells a source without anything to read from a machine that is well.
func TestBlank(t *testing.T) {
	some := func(name, text string) fstest.MapFS {
		return fstest.MapFS{name: {Data: []byte(text), ModTime: time.Date(2025, 5, 22, 8, 0, 0, 0, time.UTC)}}
	}
	tests := []struct {
		name    string
		files   fstest.MapFS
		symptom string
		blank   bool
	}{
		{name: "an empty folder", files: fstest.MapFS{}, blank: true},
		{name: "no file of Windows", files: some("photo.jpg", "x"), blank: true},
		{name: "nothing but a damaged hive", files: some("SOFTWARE", "x"), blank: true},
		{name: "no file, and a person's words", files: fstest.MapFS{}, symptom: "0x80070306"},
		{name: "a log without a failure", files: some("CBS.log", "2025-05-22 08:00:00, Info                  CBS    TI: --- Initializing Trusted Installer ---\r\n")},
	}
	for _, tt := range tests {
		if got := Blank(Collect(&Source{FS: tt.files}, Options{Symptom: tt.symptom})); got != tt.blank {
			t.Errorf("%s: blank is %v", tt.name, got)
		}
	}
}
