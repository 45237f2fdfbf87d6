package collector

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/patchmedic/patchmedic/collector/eventlog/eventlogtest"
	"github.com/patchmedic/patchmedic/collector/hive/hivetest"
)

// BenchmarkCollect reads a machine with as many packages as a Windows 11 has
// after some years, and a full event log.
func BenchmarkCollect(b *testing.B) {
	pc := host(b, "loop-before")
	var reg strings.Builder
	reg.WriteString("; written 2026-01-01T00:00:00Z\n[Microsoft\\Windows NT\\CurrentVersion]\n\"CurrentBuildNumber\"=\"26100\"\n")
	for i := range 12_000 {
		fmt.Fprintf(&reg, "[%s\\Packages\\Package_%d_for_KB%d~31bf3856ad364e35~amd64~~26100.1.1.1]\n\"CurrentState\"=dword:00000070\n", cbs, i%40, 5000000+i/40)
		fmt.Fprintf(&reg, "[Classes\\Example.%d]\n@=\"x\"\n", i)
	}
	software, err := hivetest.Make(reg.String())
	if err != nil {
		b.Fatal(err)
	}
	pc[config+"SOFTWARE"] = &fstest.MapFile{Data: software}
	var events strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&events, `<Event><System><Provider Name="Service Control Manager"/><EventID>7036</EventID><TimeCreated SystemTime="2026-01-01T00:00:00Z"/>
			<Channel>System</Channel><Computer>PC</Computer></System><EventData><Data Name="param1">Service %d</Data><Data Name="param2">running</Data></EventData></Event>`, i)
	}
	log, err := eventlogtest.Make([]byte("<Events>" + events.String() + "</Events>"))
	if err != nil {
		b.Fatal(err)
	}
	pc["Windows/System32/winevt/Logs/System.evtx"] = &fstest.MapFile{Data: log}
	b.SetBytes(int64(len(software) + len(log)))
	for b.Loop() {
		if r := collect(b, pc); r.OS.V.Build.V != 26100 {
			b.Fatal("no build")
		}
	}
}
