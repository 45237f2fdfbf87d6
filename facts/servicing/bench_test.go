package servicing

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Read is meant to take no more than a few times what reading alone takes:
//
//	go test -bench . -benchtime 10x ./facts/servicing

var bigLog = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	writeLog(&b, 64<<20)
	return b.Bytes()
})

// writeLog makes size bytes of CBS.log as a busy machine writes it: mostly lines
// that mean nothing, noise with codes, and now and then a failed session.
func writeLog(w io.Writer, size int) {
	var b bytes.Buffer
	for i := 0; size > 0; i++ {
		b.Reset()
		stamp := fmt.Sprintf("2026-05-%02d %02d:%02d:%02d, ", 1+i/86400%28, i/3600%24, i/60%60, i%60)
		line := func(level, component, format string, args ...any) {
			fmt.Fprintf(&b, "%s%-21s %-6s %s\r\n", stamp, level, component, fmt.Sprintf(format, args...))
		}
		line("Info", "CBS", "Session: 31%06d_%09d initialized by client WindowsUpdateAgent, external staging directory: (null), external registry directory: (null)", i, i*7)
		for k := range 12 {
			line("Info", "CBS", "Read out cached applicability from TiLight for package: Package_for_KB%d~31bf3856ad364e35~amd64~~10.0.1.%d, ApplicableState: 112, CurrentState:112", 5000000+i%99999, k)
			line("Info", "CSI", "%08x CSI Transaction @0x%012x initialized for deployment engine {d16d444c-56d8-11d5-882d-0080c847b195} with flags 00000000 and client id 'TI5.%d'", i, i*4096, i)
			line("Info", "CBS", "Plan: Package: Microsoft-Windows-Hello-Face-Package~31bf3856ad364e35~amd64~~10.0.19041.1202, current: Installed, pending: Default, start: Installed, applicable: Absent, targeted: Absent, limit: Absent")
		}
		line("Info", "CSI", "%08x@2026/5/%d:%d:%d:%d.333 CSI Transaction @0x198dfcad460 destroyed", i, 1+i/86400%28, i/3600%24, i/60%60, i%60)
		line("Info", "CBS", "Failed to internally open package. [HRESULT = 0x800f0805 - CBS_E_INVALID_PACKAGE]")
		if i%2000 == 1999 {
			line("Error", "CSI", "%08x (F) Failed execution of queue item Installer: HTTP Installer ({a}) with HRESULT HRESULT_FROM_WIN32(1058).  Failure will not be ignored", i)
			line("Info", "CBS", "Setting original failure status: 0x800f0922, last forward execute state: CbsExecuteStateResolvePending")
			line("Info", "CBS", "Session: 31%06d_%09d finalized. Reboot required: no [HRESULT = 0x800f0922 - CBS_E_INSTALLERS_FAILED]", i, i*7)
		} else {
			line("Info", "CBS", "Session: 31%06d_%09d finalized. Reboot required: no [HRESULT = 0x00000000 - S_OK]", i, i*7)
		}
		size -= b.Len()
		w.Write(b.Bytes())
	}
}

// plain hides what a bytes.Reader could do beyond reading.
type plain struct{ io.Reader }

func BenchmarkReadAlone(b *testing.B) {
	log := bigLog()
	b.SetBytes(int64(len(log)))
	buf := make([]byte, bufferSize)
	for b.Loop() {
		r := plain{bytes.NewReader(log)}
		for {
			if _, err := r.Read(buf); err != nil {
				break
			}
		}
	}
}

func BenchmarkLinesAlone(b *testing.B) {
	log := bigLog()
	b.SetBytes(int64(len(log)))
	for b.Loop() {
		l := newLineReader(plain{bytes.NewReader(log)})
		for l.next() != nil {
		}
	}
}

func BenchmarkRead(b *testing.B) {
	log := bigLog()
	b.SetBytes(int64(len(log)))
	b.ReportAllocs()
	for b.Loop() {
		res, err := Read(plain{bytes.NewReader(log)}, "CBS.log", Options{})
		if err != nil || len(res.Lines) == 0 {
			b.Fatal(len(res.Lines), err)
		}
	}
}

// signatures are the literals by which the reader decides that a line of
// CBS.log is worth parsing.
var signatures = []string{
	"[HRESULT = ", ", Error ", " (F) ", "[SR] ", "Session: ", "Setting original failure status", "Store corruption", "Exec: Processing", "WER: Generating",
	"Doqe: ", "INSTALL index", "Operation result", "Total Detected", "Total Repaired", "TI: ---", "Universal Time is", "CheckSur: hrStatus", "Repair failed",
	"FC: ", "(p)", "(f)", "Reporting package change for package: Package_for_", "Plan: Package: Package_for_",
}

// BenchmarkLarge reads 500 MB of CBS.log from a file in the page cache: reading
// alone, into facts, and counting the lines of the same signatures with
// ripgrep, where there is one.
func BenchmarkLarge(b *testing.B) {
	if testing.Short() {
		b.Skip("500 MB are generated")
	}
	const size = 500 << 20
	name := filepath.Join(b.TempDir(), "CBS.log")
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	writeLog(f, size)
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	b.Run("reading", func(b *testing.B) { benchmarkReading(b, name, size) })
	b.Run("facts", func(b *testing.B) { benchmarkFacts(b, name, size) })
	b.Run("ripgrep", func(b *testing.B) { benchmarkRipgrep(b, name, size) })
}

func benchmarkReading(b *testing.B, name string, size int64) {
	b.SetBytes(size)
	buf := make([]byte, bufferSize)
	for b.Loop() {
		withFile(b, name, func(f *os.File) {
			for {
				if _, err := f.Read(buf); err != nil {
					return
				}
			}
		})
	}
}

func benchmarkFacts(b *testing.B, name string, size int64) {
	b.SetBytes(size)
	for b.Loop() {
		withFile(b, name, func(f *os.File) {
			if res, err := Read(f, name, Options{}); err != nil || len(res.Lines) == 0 {
				b.Fatal(len(res.Lines), err)
			}
		})
	}
	if peak := peakOfReader(b, name); peak > 0 {
		b.ReportMetric(peak, "peak-MB")
	}
}

func benchmarkRipgrep(b *testing.B, name string, size int64) {
	rg, err := exec.LookPath("rg")
	if err != nil {
		b.Skip("no ripgrep (rg) here")
	}
	args := []string{"--no-config", "-c", "-F"}
	for _, s := range signatures {
		args = append(args, "-e", s)
	}
	b.SetBytes(size)
	for b.Loop() {
		if out, err := exec.Command(rg, append(args, name)...).CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
	}
}

func withFile(b *testing.B, name string, do func(*os.File)) {
	b.Helper()
	f, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	do(f)
}

const readerEnv = "PATCHMEDIC_TEST_LOG" // the log that TestPeakOfReader reads

// peakOfReader is the most memory, in MB, that a process takes which does
// nothing but read the log; 0 where the system does not tell.
func peakOfReader(b *testing.B, name string) float64 {
	b.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestPeakOfReader$", "-test.v")
	cmd.Env = append(os.Environ(), readerEnv+"="+name)
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	_, rest, _ := strings.Cut(string(out), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kb, err := strconv.ParseFloat(fields[0], 64)
	if err != nil {
		return 0
	}
	return kb / 1024
}

// TestPeakOfReader is the process that [peakOfReader] starts.
func TestPeakOfReader(t *testing.T) {
	name := os.Getenv(readerEnv)
	if name == "" {
		t.Skip("only for the benchmark")
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := Read(f, name, Options{}); err != nil {
		t.Fatal(err)
	}
	status, _ := os.ReadFile("/proc/self/status")
	fmt.Printf("%s\n", status)
}
