package collector

import (
	"testing"
	"testing/fstest"
)

// TestVolume: of a Windows volume only the places are looked through, of a copy
// everything.
func TestVolume(t *testing.T) {
	log := host(t, "esp-full")["Logs/CBS/CBS.log"]
	pc := host(t, "healthy")
	delete(pc, "Windows/Logs/CBS/CBS.log")
	pc["Data/Logs of another machine/CBS.log"] = log
	if r := collect(t, pc); len(r.Logs.V) == 0 {
		t.Error("a copy: the log outside of Windows is not read")
	}
	pc["Windows/System32/ntoskrnl.exe"] = file([]byte("MZ"))
	if r := collect(t, pc); len(r.Logs.V) > 0 || r.OS.V.Build.V != 26100 {
		t.Errorf("a volume: %d lines of another machine's log, build %d", len(r.Logs.V), r.OS.V.Build.V)
	}
	pc["Windows/Logs/CBS/CBS.log"] = log
	if r := collect(t, pc); len(r.Logs.V) == 0 || len(r.Updates.V.History.V) == 0 || r.Recovery.V.WinREEnabled.V != true {
		t.Error("a volume: what lies where Windows keeps it is not read")
	}
	upgrade := fstest.MapFS{"Windows/System32/ntoskrnl.exe": file([]byte("MZ"))}
	for name, f := range host(t, "setup-rolled-back") {
		upgrade[name] = f
	}
	if a, b := string(encode(t, collect(t, upgrade))), string(encode(t, collect(t, host(t, "setup-rolled-back")))); a != b {
		t.Error("as a volume the upgrade tells something else than as a copy")
	}
}
