package eventlog

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestRealLog reads a log that Windows wrote, the Security.evtx among the samples of
// the module www.velocidex.com/golang/evtx, whose folder PATCHMEDIC_EVTX names. Two
// other readers, evtxexport and the module itself, find 739 events in it.
func TestRealLog(t *testing.T) {
	module := os.Getenv("PATCHMEDIC_EVTX")
	if module == "" {
		if slices.Contains(strings.Split(os.Getenv("PATCHMEDIC_REQUIRE"), ","), "evtx") {
			t.Fatal("PATCHMEDIC_REQUIRE wants a real log: set PATCHMEDIC_EVTX")
		}
		t.Skip("PATCHMEDIC_EVTX names no folder with a real log")
	}
	f, err := os.Open(filepath.Join(module, "testdata", "Security.evtx"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	signIns := 0
	count, err := Read(f, func(e *Event) {
		if e.Channel != "Security" || !strings.HasPrefix(e.Provider, "Microsoft-Windows-") || e.Computer == "" || e.At.Year() != 2019 {
			t.Errorf("event %d of %q in %q on %q at %v", e.ID, e.Provider, e.Channel, e.Computer, e.At)
		}
		if e.ID != 4624 {
			return
		}
		signIns++
		if _, err := strconv.Atoi(e.Data["LogonType"]); err != nil || e.Data["TargetUserName"] == "" || len(e.Data) != len(e.Values) {
			t.Errorf("a sign-in with the data %v", e.Data)
		}
	})
	if signIns == 0 {
		t.Error("nobody signed in")
	}
	if err != nil || count.Events != 739 || count.Damaged != 0 {
		t.Errorf("%+v, %v", count, err)
	}
}
