package servicing

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"time"
	"unicode/utf16"

	"github.com/patchmedic/patchmedic/facts"
)

const failing = "2026-05-13 22:50:08, Error                 CBS    Startup: Failed to process advanced operation queue, Größe Ü 𝄞. [HRESULT = 0x800f0922 - CBS_E_INSTALLERS_FAILED]\r\n"

func toUTF16(s string, order binary.AppendByteOrder, mark bool) []byte {
	var out []byte
	if mark {
		out = order.AppendUint16(out, 0xfeff)
	}
	for _, u := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

func read(t *testing.T, data []byte, name string, opt Options) Result {
	t.Helper()
	res, err := Read(bytes.NewReader(data), name, opt)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestEncodings(t *testing.T) {
	ansi := strings.NewReplacer("Größe Ü 𝄞", "Gr\xf6\xdfe \x80").Replace(failing)
	for name, c := range map[string]struct {
		data []byte
		text string
	}{
		"utf-8":                  {[]byte(failing), "Größe Ü 𝄞"},
		"utf-8 with mark":        {[]byte("\ufeff" + failing), "Größe Ü 𝄞"},
		"lf":                     {[]byte(strings.ReplaceAll(failing, "\r\n", "\n")), "Größe Ü 𝄞"},
		"no line end":            {[]byte(strings.TrimSuffix(failing, "\r\n")), "Größe Ü 𝄞"},
		"ansi":                   {[]byte(ansi), "Größe €"},
		"ansi after utf-8":       {[]byte("\ufeff2026-05-13 22:50:07, Info                  CBS    Größe\r\n" + ansi), "Größe €"},
		"utf-16le":               {toUTF16(failing, binary.LittleEndian, false), "Größe Ü 𝄞"},
		"utf-16le with mark":     {toUTF16(failing, binary.LittleEndian, true), "Größe Ü 𝄞"},
		"utf-16be":               {toUTF16(failing, binary.BigEndian, false), "Größe Ü 𝄞"},
		"utf-16be with mark":     {toUTF16(failing, binary.BigEndian, true), "Größe Ü 𝄞"},
		"utf-16le, odd byte":     {append(toUTF16(failing, binary.LittleEndian, true), 'x'), "Größe Ü 𝄞"},
		"block of nuls":          {append(make([]byte, 3*bufferSize), failing...), "Größe Ü 𝄞"},
		"block of nuls, in line": {[]byte(strings.Replace(failing, "Error", strings.Repeat("\x00", 300000)+"Error", 1)), "Größe Ü 𝄞"},
	} {
		for _, r := range []io.Reader{bytes.NewReader(c.data), iotest.OneByteReader(bytes.NewReader(c.data)), iotest.DataErrReader(bytes.NewReader(c.data))} {
			res, err := Read(r, "CBS.log", Options{})
			if err != nil || len(res.Lines) != 1 || res.Lines[0].Code.V.Value != 0x800f0922 || !strings.Contains(res.Lines[0].Text.V, c.text) {
				t.Errorf("%s: got %+v, %v", name, res, err)
			}
		}
	}
}

// TestCutAnywhere cuts a log at every byte: what stands before stays readable.
func TestCutAnywhere(t *testing.T) {
	log, err := os.ReadFile("testdata/CBS--rollback.log")
	if err != nil {
		t.Fatal(err)
	}
	for i := range log {
		if res := read(t, log[:i], "CBS.log", Options{}); i > 2200 && len(res.Lines) == 0 {
			t.Fatalf("nothing before byte %d", i)
		}
		if res := read(t, log[i:], "CBS.log", Options{}); i < len(log)-600 && len(res.Lines) == 0 {
			t.Fatalf("nothing after byte %d", i)
		}
	}
}

func TestHugeLines(t *testing.T) {
	huge := strings.Repeat("x", 5<<20)
	for _, log := range []string{
		huge + "\n" + failing,
		failing + huge,
		"2026-05-13 22:50:08, Info                  CBS    " + huge + "\r\n" + failing + huge + "\n" + failing,
	} {
		res := read(t, []byte(log), "CBS.log", Options{})
		if len(res.Lines) != 1 || !res.Truncated || len(res.Warnings) != 1 {
			t.Errorf("got %d lines, truncated %v, %q", len(res.Lines), res.Truncated, res.Warnings)
		}
	}
	long := strings.Replace(failing, "Größe", strings.Repeat("é", 3000), 1)
	if l := read(t, []byte(long), "CBS.log", Options{MaxText: 101}).Lines; len(l) != 1 || len(l[0].Text.V) > 101 || strings.ContainsRune(l[0].Text.V, '\ufffd') {
		t.Errorf("got %+v, want one line with 101 bytes of text", l)
	}
}

// endless yields failing sessions, each with its own package, for n bytes.
type endless struct {
	left, session int
	held          []byte
}

func (e *endless) Read(p []byte) (int, error) {
	for len(e.held) < len(p) && e.left > 0 {
		e.session++
		from := len(e.held)
		e.held = fmt.Appendf(e.held, "2026-05-13 22:50:08, Info                  CBS    Session: 3_%d initialized by client X, external\r\n", e.session)
		for i := range 40 {
			e.held = fmt.Appendf(e.held, "2026-05-13 22:50:08, Error                 CSI    00000001 (F) Failed execution %c%c of queue item Installer: I%c ({a}) with HRESULT 80070005\r\n", 'a'+i%26, 'a'+e.session%26, 'a'+i%20)
			e.held = fmt.Appendf(e.held, "2026-05-13 22:50:08, Info                  CSI    00000001 [SR] Cannot repair member file [l:1]'f%d.dll' of X, version\r\n", e.session*40+i)
		}
		e.held = fmt.Appendf(e.held, "2026-05-13 22:50:08, Info                  CBS    Session: 3_%d finalized. [HRESULT = 0x80070005 - X]\r\n", e.session)
		e.left -= len(e.held) - from
	}
	n := copy(p, e.held)
	e.held = append(e.held[:0], e.held[n:]...)
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func TestMemoryIsBounded(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	res, err := Read(&endless{left: 32 << 20}, "CBS.log", Options{})
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if len(res.Lines) > 200 || len(res.Lines) < 100 || !res.Truncated {
		t.Errorf("got %d lines, truncated %v", len(res.Lines), res.Truncated)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("%d bytes are held for 32 MB of failures", grown)
	}
	runtime.KeepAlive(res)
}

func TestUnknownContent(t *testing.T) {
	for _, data := range []string{"", "hello\nworld\n", "\x00\x00\x00", "\xff\xfe"} {
		if res := read(t, []byte(data), "notes.txt", Options{}); len(res.Lines) != 0 || len(res.Warnings) != 1 {
			t.Errorf("%q: got %+v", data, res)
		}
	}
}

func TestReaderFails(t *testing.T) {
	broken := errors.New("disk gone")
	res, err := Read(io.MultiReader(strings.NewReader(failing), iotest.ErrReader(broken)), "CBS.log", Options{})
	if !errors.Is(err, broken) || len(res.Lines) != 1 {
		t.Errorf("got %d lines and %v, want what was read and the error", len(res.Lines), err)
	}
	if _, err := Read(iotest.ErrReader(broken), "x", Options{}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestTimes(t *testing.T) {
	if l := read(t, []byte(failing), "CBS.log", Options{}).Lines[0]; l.FirstAt.State() != facts.Absent {
		t.Errorf("got %v, want none: no zone is known", l.FirstAt.V)
	}
	zone := time.FixedZone("", 5*3600+1800)
	got := read(t, []byte(failing), "CBS.log", Options{Location: zone}).Lines[0].FirstAt
	if want := time.Date(2026, 5, 13, 17, 20, 8, 0, time.UTC); got.V != want {
		t.Errorf("got %v, want %v", got.V, want)
	}
}

func TestNoiseOfCaller(t *testing.T) {
	asked := 0
	res := read(t, []byte(strings.Repeat(failing, 50)), "CBS.log", Options{Noise: func(l *facts.LogLine) bool {
		asked++
		return l.File.V == "cbs.log" && strings.HasPrefix(l.Text.V, "Startup:")
	}})
	if len(res.Lines) != 0 || asked == 0 {
		t.Errorf("got %+v after %d questions", res.Lines, asked)
	}
}

func TestReadAll(t *testing.T) {
	file := func(name string) *fstest.MapFile {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return &fstest.MapFile{Data: data}
	}
	good := bytes.SplitN(file("CBS--later-success.log").Data, []byte("2026-05-13 22:55:00"), 2)[1]
	dir := fstest.MapFS{
		"Windows/Logs/CBS/CbsPersist_20260513225500.log":                    file("CBS--rollback.log"),
		"Windows/Logs/CBS/CbsPersist_20260501000000.cab":                    {Data: []byte("MSCF")},
		"Windows/Logs/CBS/CBS.log":                                          {Data: append([]byte("2026-05-13 22:55:00"), good...)},
		"Windows/Logs/DISM/dism.log":                                        file("dism--source.log"),
		"$Windows.~BT/Sources/Panther/setupact.log":                         file("setupact--upgrade.log"),
		"$Windows.~BT/Sources/Panther/setuperr.log":                         file("setupact--upgrade.log"),
		"Windows/System32/Sysprep/Panther/setuperr.log":                     file("setuperr--sysprep.log"),
		"Windows/SoftwareDistribution/ReportingEvents.log":                  file("ReportingEvents--history.log"),
		"Windows/SoftwareDistribution/Download/x/CBS.log":                   file("CBS--rollback.log"),
		"Windows/WindowsUpdate.log":                                         file("WindowsUpdate--tabs.log"),
		"Windows/INF/setupapi.dev.log":                                      file("setupapi.dev--driver.log"),
		"Windows/Logs/SetupDiag/SetupDiagResults.xml":                       file("SetupDiagResults--xml.log"),
		"Windows/WinSxS/Temp/setupact.log":                                  file("setupact--upgrade.log"),
		"Windows/Logs/other.log":                                            {Data: []byte("x")},
		"Windows/Logs/CBS/" + strings.Repeat("deep/", maxDepth) + "CBS.log": file("CBS--rollback.log"),
	}
	res, err := ReadAll(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range res.Sessions {
		got = append(got, s.File)
	}
	want := []string{"dism.log", "setupact.log", "setuperr.log", "windowsupdate.log", "reportingevents.log", "setupapi.dev.log", "setupdiag"}
	if !slices.Equal(got, want) {
		t.Errorf("got sessions %v, want %v: the rollback was made good in the log after it", got, want)
	}
	sum := 0
	for _, s := range res.Sessions {
		sum += s.Lines
	}
	if sum != len(res.Lines) || len(res.Warnings) != 1 {
		t.Errorf("got %d lines, %d in sessions; warnings %q", len(res.Lines), sum, res.Warnings)
	}
	again, _ := ReadAll(dir, Options{})
	if fmt.Sprint(again) != fmt.Sprint(res) {
		t.Error("two readings differ")
	}
	if _, err := ReadAll(os.DirFS("testdata/none"), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v for a root that is not there", err)
	}
}

// TestFactsOfAll reads a volume: each fact is the newest statement of whichever
// log has one, and those of a replaced Windows do not count.
func TestFactsOfAll(t *testing.T) {
	change := func(day int, name, state string) string {
		return fmt.Sprintf("2026-05-%02d 09:31:00, Info                  CBS    Reporting package change for package: Package_for_RollupFix~31bf3856ad364e35~amd64~~%s, current: %s, pending: Default, start: Staged, applicable: Installed, target: Installed, limit: Installed, status: 0x0, failure source: Not Failed, initiated offline: False\r\n", day, name, state)
	}
	const sls = "2026/05/%02d 08:00:00.1000000 4972  12948 SLS             Path used for cache lookup: /SLS/{9482F4B4-E343-43B6-B170-9A65BC822C77}/x64/10.0.%s/0?CH=901\r\n"
	for name, c := range map[string]struct {
		cbs, wu, old string
		want         string
	}{
		"a rollup of one build":              {cbs: change(12, "17763.5576.1.7", "Installed"), want: "17763.5576"},
		"a rollup of several":                {cbs: change(12, "19041.4291.1.6", "Installed"), want: ""},
		"the agent tells which":              {cbs: change(12, "19041.4291.1.6", "Installed"), wu: fmt.Sprintf(sls, 10, "19045.4170"), want: "19045.4291"},
		"the agent later":                    {cbs: change(12, "19041.4291.1.6", "Installed"), wu: fmt.Sprintf(sls, 14, "19045.4355"), want: "19045.4355"},
		"another Windows later":              {cbs: change(12, "19041.4291.1.6", "Installed"), wu: fmt.Sprintf(sls, 14, "26100.4061"), want: "26100.4061"},
		"another Windows before":             {cbs: change(12, "26100.4061.1.8", "Installed"), wu: fmt.Sprintf(sls, 10, "19045.4170"), want: ""},
		"the newest rollup":                  {cbs: change(12, "17763.5576.1.7", "Installed") + change(12, "17763.5458.1.5", "Superseded"), want: "17763.5576"},
		"a rollup that waits":                {cbs: change(12, "17763.5576.1.7", "Staged"), want: ""},
		"a rollup that was removed":          {cbs: change(12, "17763.5576.1.7", "Installed") + change(13, "17763.5576.1.7", "Absent"), want: ""},
		"a rollup of the Windows before":     {old: change(12, "17763.5576.1.7", "Installed"), want: ""},
		"the servicing stack is no revision": {cbs: "2026-05-12 09:31:00, Info                  CBS    Loaded Servicing Stack v10.0.17763.5568 with Core: C:\\x\\cbscore.dll\r\n", want: ""},
	} {
		dir := fstest.MapFS{
			"Windows/Logs/CBS/CBS.log":             {Data: []byte(c.cbs)},
			"Windows/WindowsUpdate.log":            {Data: []byte(c.wu)},
			"Windows.old/Windows/Logs/CBS/CBS.log": {Data: []byte(c.old)},
		}
		res, err := ReadAll(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		os := res.Facts.OS.V
		if got := (facts.Build{Number: os.Build.V, Revision: os.Revision.V}); got.String() != c.want && (got.Number != 0 || c.want != "") {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

// TestFactsAreBounded reads more attempts and packages than are kept: the
// newest stay.
func TestFactsAreBounded(t *testing.T) {
	var events, cbs strings.Builder
	for i := range 1000 {
		at := time.Date(2026, 1, 1, 0, i, 0, 0, time.UTC)
		fmt.Fprintf(&events, "{2C3C39FA-0000-4000-8000-000000000001}\t%s:000+0000\t1\t183 [AGENT_INSTALLING_SUCCEEDED]\t101\t{4E95DCBD-E67C-46AF-985B-%012d}\t1\t0\tX\tSuccess\tContent Install\tDone: Update (KB5%06d)\tcv\r\n", at.Format(time.DateTime), i, i)
		fmt.Fprintf(&cbs, "%s, Info                  CBS    Reporting package change for package: Package_for_KB5%06d~31bf3856ad364e35~amd64~~1.1.1.1, current: Installed, pending: Default, status: 0x0, failure source: X\r\n", at.Format(time.DateTime), i)
	}
	history := read(t, []byte(events.String()), "ReportingEvents.log", Options{}).Facts.Updates.V.History.V
	if len(history) != maxHistory || history[0].KB.V != 5000800 || history[maxHistory-1].KB.V != 5000999 {
		t.Errorf("got %d attempts, want the newest %d, the oldest first", len(history), maxHistory)
	}
	packages := read(t, []byte(cbs.String()), "CBS.log", Options{}).Facts.Packages.V
	if len(packages) != maxPackages || packages[0].KB.V != 5000800 {
		t.Errorf("got %d packages, want the newest %d", len(packages), maxPackages)
	}
}

// TestFewLines leaves the cause and the end of the newest chain.
func TestFewLines(t *testing.T) {
	log, err := os.ReadFile("testdata/CBS--rollback.log")
	if err != nil {
		t.Fatal(err)
	}
	var roles []string
	res := read(t, log, "CBS.log", Options{MaxLines: 3})
	for _, l := range res.Lines {
		roles = append(roles, l.Role.V)
	}
	if want := []string{"first", "original_status", "result"}; !slices.Equal(roles, want) || !res.Truncated {
		t.Errorf("got %v, truncated %v, want %v", roles, res.Truncated, want)
	}
}

// TestStoreRepairedLater reads a report of a damaged store and, from another
// session, that of the repair.
func TestStoreRepairedLater(t *testing.T) {
	var log []byte
	for _, name := range []string{"CBS--store-broken.log", "CBS--store-repaired.log"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, "2026-05-13 22:00:00, Info                  CBS    TI: --- Initializing Trusted Installer ---\r\n"...)
		log = append(log, data...)
	}
	if res := read(t, log, "CBS.log", Options{}); len(res.Lines) != 0 {
		t.Errorf("got %+v, want nothing", res.Lines)
	}
}

// TestRenamedLogs reads what people call their logs, where that is asked for.
func TestRenamedLogs(t *testing.T) {
	utf16 := toUTF16(failing, binary.LittleEndian, true)
	dir := fstest.MapFS{
		"PC7-CBS.log":  {Data: []byte(failing)},
		"b/error.TXT":  {Data: utf16},
		"notes.txt":    {Data: []byte("It fails every Tuesday.")},
		"picture.jpg":  {Data: []byte(failing)},
		"link.log":     {Data: []byte(failing), Mode: fs.ModeSymlink},
		"c/setup.log":  {},
		"c/setup2.log": {Data: []byte("\x00")},
	}
	if res, err := ReadAll(dir, Options{}); err != nil || len(res.Sessions) != 0 || len(res.Warnings) != 0 {
		t.Errorf("got %d sessions, warnings %q, %v, want nothing", len(res.Sessions), res.Warnings, err)
	}
	res, err := ReadAll(dir, Options{Renamed: true})
	want := []string{"c/setup.log", "c/setup2.log", "notes.txt"}
	if err != nil || len(res.Sessions) != 2 || !slices.EqualFunc(res.Warnings, want, strings.HasPrefix) {
		t.Errorf("got %d sessions, warnings %q, %v, want 2 sessions and warnings of %q", len(res.Sessions), res.Warnings, err, want)
	}
	for i := range 2 * maxSniffed {
		dir[fmt.Sprintf("a/%03d.log", i)] = &fstest.MapFile{Data: []byte("x")}
	}
	if res, err := ReadAll(dir, Options{Renamed: true}); err != nil || len(res.Sessions) != 1 {
		t.Errorf("got %d sessions and %v, want that of the log before the many", len(res.Sessions), err)
	}
}

func FuzzRead(f *testing.F) {
	logs, _ := filepath.Glob("testdata/*.log")
	for _, log := range logs {
		data, err := os.ReadFile(log)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, filepath.Base(log))
	}
	f.Add([]byte("[Device Install Log]\n>>>  [x]\n!!!\n!! :\n<<<  [Exit status: FAILURE(0xe000024b)]"), "x")
	f.Add(toUTF16(failing, binary.BigEndian, true), "CBS.log")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		for _, name := range []string{name, "CBS.log", "dism.log", "setupact.log", "WindowsUpdate.log", "ReportingEvents.log", "setupapi.dev.log", "SetupDiagResults.xml", "Report.wer"} {
			res, err := Read(bytes.NewReader(data), name, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(res.Lines) > 200 {
				t.Errorf("%d lines", len(res.Lines))
			}
			stated, err := json.Marshal(res.Facts)
			if err != nil {
				t.Fatal(err)
			}
			if _, unknown, err := facts.Decode(stated); err != nil || len(unknown) > 0 {
				t.Errorf("facts that cannot be read: %v %v", err, unknown)
			}
			for _, l := range res.Lines {
				if len(l.Text.V) > 400 || l.Role.V == "" || l.File.V == "" {
					t.Errorf("%+v", l)
				}
			}
		}
	})
}
