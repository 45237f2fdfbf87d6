package collector

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

// BenchmarkLive collects from a machine with 300 MB of CBS.log (16 with -short), of
// which servicing writes most when it fails again and again. The floor is to read that
// log. MB-taken is the memory that the program got of the system.
func BenchmarkLive(b *testing.B) {
	size := 300 << 20
	if testing.Short() {
		size = 16 << 20
	}
	const place = "Windows/Logs/CBS/CBS.log"
	dir := b.TempDir()
	writeCBS(b, filepath.Join(dir, place), size)
	disk := os.DirFS(dir)
	b.Run("ReadAlone", func(b *testing.B) {
		b.SetBytes(int64(size))
		for b.Loop() {
			f, err := disk.Open(place)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{f}, make([]byte, 256<<10)); err != nil {
				b.Fatal(err)
			}
			f.Close()
		}
	})
	b.Run("Collect", func(b *testing.B) {
		w := liveHost(b, "healthy")
		w.files = over{w.files, disk}
		b.SetBytes(int64(size))
		for b.Loop() {
			r := liveReport(b, w, Options{})
			if len(r.Logs.V) == 0 {
				b.Fatal("nothing found in the log")
			}
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.Sys-m.HeapReleased)/(1<<20), "MB-taken")
	})
}

// over is files with others laid over them.
type over struct{ under, top fs.FS }

func (o over) Open(name string) (fs.File, error) {
	if f, err := o.top.Open(name); err == nil {
		return f, nil
	}
	return o.under.Open(name)
}

func (o over) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(o.under, name)
	more, fault := fs.ReadDir(o.top, name)
	if fault == nil {
		err = nil
	}
	for _, e := range more {
		if !slices.ContainsFunc(entries, func(have fs.DirEntry) bool { return have.Name() == e.Name() }) {
			entries = append(entries, e)
		}
	}
	return entries, err
}

// writeCBS writes a log of sessions that end well, and now and then one that does not.
func writeCBS(b *testing.B, name string, size int) {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		b.Fatal(err)
	}
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for i := 0; size > 0; i++ {
		var text bytes.Buffer
		at := fmt.Sprintf("2026-05-%02d %02d:%02d:%02d, Info                  ", 1+i/86400%28, i/3600%24, i/60%60, i%60)
		fmt.Fprintf(&text, "%sCBS    Session: 31%06d_%09d initialized by client WindowsUpdateAgent, external staging directory: (null), external registry directory: (null)\r\n", at, i, i)
		for k := range 40 {
			fmt.Fprintf(&text, "%sCBS    Read out cached applicability from TiLight for package: Package_for_KB%d~31bf3856ad364e35~amd64~~10.0.1.%d, ApplicableState: 112, CurrentState:112\r\n", at, 5000000+i%99999, k)
		}
		code := "0x00000000 - S_OK"
		if i%5000 == 1 {
			fmt.Fprintf(&text, "%sCSI    %08x (F) Failed execution of queue item Installer: HTTP Installer ({a}) with HRESULT HRESULT_FROM_WIN32(1058).  Failure will not be ignored\r\n", at, i)
			code = "0x800f0922 - CBS_E_INSTALLERS_FAILED"
		}
		fmt.Fprintf(&text, "%sCBS    Session: 31%06d_%09d finalized. Reboot required: no [HRESULT = %s]\r\n", at, i, i, code)
		n, err := f.Write(text.Bytes())
		if err != nil {
			b.Fatal(err)
		}
		size -= n
	}
}
