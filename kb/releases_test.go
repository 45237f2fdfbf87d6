package kb_test

import (
	"testing"

	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
)

func TestPatchState(t *testing.T) {
	lib, err := kb.Load(content.Files())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, facts string
		kb          facts.KB
		want        string
	}{
		{"the build of the update", `{"os":{"product":"Windows 11","build":26100,"revision":4061}}`, 5058411, "installed"},
		{"the build counts more than the list", `{"os":{"product":"Windows 11","build":26100,"revision":3775},"updates":{"installed":[{"kb":"KB5058411"}]}}`, 5058411, "missing"},
		{"a later update contains it", `{"os":{"product":"Windows 11","build":26100,"revision":4349}}`, 5058411, "superseded"},
		{"later, and still listed", `{"os":{"product":"Windows 11","build":26100,"revision":4349},"updates":{"installed":[{"kb":"KB5058411"}]}}`, 5058411, "installed"},
		{"25H2 takes the same update", `{"os":{"product":"Windows 11","build":26200,"revision":6584}}`, 5065426, "installed"},
		{"made for other builds", `{"os":{"product":"Windows 10","build":19045,"revision":5854}}`, 5058411, "not_applicable"},
		{"no revision", `{"os":{"product":"Windows 11","build":26100}}`, 5058411, "unknown"},
		{"no build, but listed", `{"updates":{"installed":[{"kb":"KB5058411"}]}}`, 5058411, "installed"},
		{"no build, staged in the store", `{"packages":[{"name":"p","kb":"KB5058411","state":"staged"}]}`, 5058411, "missing"},
		{"an update nobody knows", `{"os":{"product":"Windows 11","build":26100,"revision":4061}}`, 5999999, "unknown"},
		{"a hotpatched machine below its month", `{"os":{"product":"Windows Server 2025","type":"server","build":26100,"revision":3981,"hotpatch":true}}`, 5058411, "unknown"},
		{"the hotpatch itself", `{"os":{"product":"Windows Server 2025","type":"server","build":26100,"revision":3981,"hotpatch":true}}`, 5058497, "installed"},
		{"a server's revision says nothing of a client's update", `{"os":{"product":"Windows Server 2025","type":"server","build":26100,"revision":32230}}`, 5077181, "not_applicable"},
		{"withdrawn and not there", `{"os":{"product":"Windows 11","build":26200,"revision":8039}}`, 5079391, "not_applicable"},
		{"withdrawn, and there", `{"os":{"product":"Windows 11","build":26200,"revision":8116}}`, 5079391, "installed"},
		{"Windows 10, by the build it shares", `{"os":{"product":"Windows 10","build":19045,"revision":2486}}`, 5022282, "installed"},
		{"Server 2016", `{"os":{"product":"Windows Server 2016","type":"server","build":14393,"revision":5648}}`, 5022838, "missing"},
		{"nothing known", `{}`, 5058411, "unknown"},
	}
	for _, tt := range tests {
		r, err := facts.DecodePatch([]byte(tt.facts))
		if err != nil {
			t.Fatal(tt.name, err)
		}
		got := lib.Releases().State(r, tt.kb)
		if got.State != tt.want {
			t.Errorf("%s: %s is %s (%s), want %s", tt.name, tt.kb, got.State, got.Why.EN, tt.want)
		}
		if !got.Why.Complete() {
			t.Errorf("%s: the reason lacks a language: %+v", tt.name, got.Why)
		}
	}
}

// TestReleasesGrow holds what the table means: within a build and a train a later
// cumulative update brings a higher revision.
func TestReleasesGrow(t *testing.T) {
	lib, err := kb.Load(content.Files())
	if err != nil {
		t.Fatal(err)
	}
	type line struct {
		build int64
		train string
	}
	last := map[line]kb.Release{}
	for _, r := range lib.Releases().Releases {
		if r.Revision == 0 || r.Kind == "hotpatch" {
			continue
		}
		at := line{build: r.Build, train: r.Train}
		if before, ok := last[at]; ok && (r.Revision <= before.Revision || r.Released < before.Released) {
			t.Errorf("%s (%s, revision %d) stands after %s (%s, revision %d)", r.KB, r.Released, r.Revision, before.KB, before.Released, before.Revision)
		}
		last[at] = r
	}
}
