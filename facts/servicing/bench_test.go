package servicing

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"testing"
)

// Read is meant to take no more than a few times what reading alone takes:
//
//	go test -bench . -benchtime 10x ./facts/servicing

// bigLog is 64 MB of CBS.log as a busy machine writes it: mostly lines that
// mean nothing, noise with codes, and now and then a failed session.
var bigLog = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < 64<<20; i++ {
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
	}
	return b.Bytes()
})

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
