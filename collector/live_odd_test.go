package collector

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/patchmedic/patchmedic/collector/eventlog"
	"github.com/patchmedic/patchmedic/facts"
)

// maxReport is what a service takes, in bytes.
const maxReport = 4 << 20

// TestLiveOdd: whatever Windows answers, a service takes the report, and no probe
// panics.
func TestLiveOdd(t *testing.T) {
	const odd = "a\x00b\xff\xfe\u202e\u2028\x1b[2J" // no text that a person wrote
	for name, change := range map[string]func(*fakeWindows){
		"nothing": func(w *fakeWindows) { *w = fakeWindows{files: w.files, ends: w.ends} },
		"clock of 1601": func(w *fakeWindows) {
			w.Clock = time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC)
			w.Attempts = []Attempt{{Title: "KB5058411", At: w.Clock, Result: 4, Code: 0x80070005}}
		},
		"clock of 2100": func(w *fakeWindows) { w.Clock = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC) },
		"no volume C":   func(w *fakeWindows) { w.Mounted = w.Mounted[1:] },
		"sizes below 0": func(w *fakeWindows) {
			w.Mounted[0].Total, w.Mounted[0].Free = new(int64(-1)), new(int64(math.MinInt64))
		},
		"other numbers":   oddNumbers,
		"half of answers": halfAnswers,
		"no texts": func(w *fakeWindows) {
			w.Problems = []Device{{odd, odd, odd, 28}}
			w.Attempts = []Attempt{{Title: odd, Operation: 1, Result: 4, Code: 0x80070005}}
			w.Offers = []Offer{{Title: odd, KBs: []string{odd}}, {KBs: []string{""}}}
			w.Mounted[0].Mount, w.Mounted[0].Filesystem, w.BootDisk.Style = odd, odd, odd
			w.Rows = map[string][]Row{"Win32_QuickFixEngineering": {{"HotFixID": odd, "InstalledOn": odd}, {}}, "Win32_OptionalFeature": {{"Name": odd, "InstallState": odd}, nil},
				"SoftwareLicensingProduct": {{"Name": odd, "LicenseStatus": odd, "ProductKeyChannel": odd}}}
			w.Versions = map[string]string{`Windows\System32\ntoskrnl.exe`: odd}
			w.Fails = map[string]string{"disk": odd, "state": odd}
		},
		"very many": veryMany,
	} {
		t.Run(name, func(t *testing.T) {
			w := liveHost(t, "healthy")
			w.Net = nil
			change(w)
			r := liveReport(t, w, Options{})
			body := encode(t, r)
			if _, unknown, err := facts.Decode(body); err != nil || len(unknown) > 0 {
				t.Errorf("a service would refuse it: %v %v", unknown, err)
			}
			if len(body) > maxReport {
				t.Errorf("%d bytes", len(body))
			}
			if faults := errorsOf(r); strings.Contains(faults, "a fault of this program") {
				t.Error(faults)
			}
		})
	}
}

func oddNumbers(w *fakeWindows) {
	w.Encryption = -1
	w.Attempts = []Attempt{{Title: "KB5058411", Operation: -1, Result: 99, Code: math.MaxUint32}}
	w.Problems = []Device{{Description: "x", Problem: math.MinInt}}
	w.About = State{Memory: new(int64(-1)), PageFiles: new(int64(math.MaxInt64)), Uptime: new(time.Duration(math.MinInt64)), TPM: new(77)}
	for name := range w.Running {
		w.Running[name] = 1000
	}
}

// halfAnswers: what was found before an error stands beside it.
func halfAnswers(w *fakeWindows) {
	w.Fails = map[string]string{}
	for _, method := range []string{"state", "services", "volumes", "disk", "devices", "connection", "history", "search", "query", "events"} {
		w.Fails[method] = "broke off"
	}
}

func veryMany(w *fakeWindows) {
	long := strings.Repeat("Mise à jour très longue ", 1000)
	for i := range 50_000 {
		w.Problems = append(w.Problems, Device{Description: long[:2000], Provider: fmt.Sprint(i), Problem: 28})
		w.Attempts = append(w.Attempts, Attempt{Title: fmt.Sprintf("KB%d %s", 5000000+i, long[:500]), At: w.Clock.Add(-time.Duration(i) * time.Minute), Operation: 1, Result: 4, Code: 0x80070005})
	}
	for i := range 10_000 {
		w.Offers = append(w.Offers, Offer{Title: fmt.Sprint(i, long), KBs: []string{fmt.Sprint(5000000 + i)}, Hidden: i%2 == 0})
		w.Mounted = append(w.Mounted, VolumeState{Mount: "D:", Filesystem: "NTFS"})
	}
	for class, key := range map[string]string{"Win32_QuickFixEngineering": "HotFixID", "Win32_OptionalFeature": "Name"} {
		for i := range 20_000 {
			w.Rows[class] = append(w.Rows[class], Row{key: fmt.Sprintf("KB%d", 5000000+i), "InstallState": "1"})
		}
	}
	w.happens = func(each func(*eventlog.Event)) {
		for i := range 100_000 {
			each(&eventlog.Event{Channel: systemLog, Provider: updateClient, ID: 20, At: w.Clock.Add(-time.Duration(i) * time.Second), Computer: fmt.Sprintf("PC-%d.contoso.example", i),
				Data: map[string]string{"errorCode": fmt.Sprintf("0x%08x", 0x80070000+i), "updateTitle": long[:200]}})
		}
	}
}

// FuzzLive changes what Windows answers: there is a report, a service takes it, and no
// probe panics.
func FuzzLive(f *testing.F) {
	for _, name := range []string{"french", "wsus-broken"} {
		data, err := os.ReadFile(filepath.Join(hosts, name, "windows.json"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	files := host(f, "french")
	f.Fuzz(func(t *testing.T, answers []byte) {
		w := &fakeWindows{files: files, ends: t.Context().Done()}
		if json.Unmarshal(answers, w) != nil {
			t.Skip("no answers")
		}
		for method, fault := range w.Fails {
			if fault == "hangs" {
				delete(w.Fails, method)
			}
		}
		w.Net = nil
		r := Live(t.Context(), w, Options{SiteKey: "testdata"})
		if _, unknown, err := facts.Decode(encode(t, r)); err != nil || len(unknown) > 0 {
			t.Errorf("a service would refuse it: %v %v", unknown, err)
		}
		if faults := errorsOf(r); strings.Contains(faults, "a fault of this program") {
			t.Error(faults)
		}
	})
}
