package kb_test

import (
	"testing"

	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
)

func TestEnded(t *testing.T) {
	lib, err := kb.Load(content.Files())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, facts, want string }{
		{"Pro 24H2 after its last day", `{"collected_at":"2026-11-22T09:00:00Z","os":{"product":"Windows 11","version":"24H2","edition":"Professional"}}`, "yes"},
		{"on its last day", `{"collected_at":"2026-10-13T20:00:00Z","os":{"product":"Windows 11","version":"24H2","edition":"Professional"}}`, "no"},
		{"Enterprise 24H2 goes on", `{"collected_at":"2026-11-22T09:00:00Z","os":{"product":"Windows 11","version":"24H2","edition":"Enterprise"}}`, "no"},
		{"LTSC 2024 goes on", `{"collected_at":"2029-10-01T09:00:00Z","os":{"product":"Windows 11","version":"24H2","edition":"EnterpriseS"}}`, "no"},
		{"IoT LTSC longer still", `{"collected_at":"2031-10-01T09:00:00Z","os":{"product":"Windows 11","version":"24H2","edition":"IoTEnterpriseS"}}`, "no"},
		{"an edition nobody named, where editions differ", `{"collected_at":"2026-11-22T09:00:00Z","os":{"product":"Windows 11","version":"24H2"}}`, "unknown"},
		{"Windows 10 22H2: what is paid for does not count", `{"collected_at":"2026-11-22T09:00:00Z","os":{"product":"Windows 10","version":"22H2","edition":"Core"}}`, "yes"},
		{"a server in extended support", `{"collected_at":"2026-11-22T09:00:00Z","os":{"product":"Windows Server 2022","version":"21H2","edition":"ServerStandard"}}`, "no"},
		{"no day", `{"os":{"product":"Windows 11","version":"22H2","edition":"Core"}}`, "unknown"},
		{"a version nobody knows", `{"collected_at":"2026-11-22T09:00:00Z","os":{"product":"Windows 12","version":"27H1"}}`, "unknown"},
	} {
		r, err := facts.DecodePatch([]byte(tt.facts))
		if err != nil {
			t.Fatal(tt.name, err)
		}
		if got := lib.Releases().Ended(r).String(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
