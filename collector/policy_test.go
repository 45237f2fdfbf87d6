package collector

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/patchmedic/patchmedic/collector/hive"
	"github.com/patchmedic/patchmedic/collector/hive/hivetest"
)

// registryOf makes a part of a registry of the text that regedit exports.
func registryOf(t testing.TB, g *gathering, name, reg string) *registry {
	t.Helper()
	data, err := hivetest.Make(reg)
	if err != nil {
		t.Fatal(err)
	}
	h, err := hive.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	root, err := h.Key("")
	if err != nil {
		t.Fatal(err)
	}
	r := g.newRegistry(name, hiveKey{root})
	if name == "SYSTEM" {
		r.enterControlSet()
	}
	return r
}

func jsonOf(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), `"`, "")
}

func TestPolicy(t *testing.T) {
	const group, mdm = `[Policies\Microsoft\Windows\WindowsUpdate]`, `[Microsoft\PolicyManager\current\device\Update]`
	for _, tt := range []struct{ name, reg, want string }{
		{"nothing is set", "[Policies]", "{use_wsus:false,block_microsoft_update:false,access_disabled:false}"},
		{"a management service", mdm + `
"UpdateServiceUrl"="https://wsus.example:8531"
"DeferQualityUpdatesPeriodInDays"=dword:00000005
"TargetReleaseVersion"="24H2"
"SetDisableUXWUAccess"=dword:00000001
"PauseQualityUpdatesStartTime"="2026-01-01"
[Microsoft\PolicyManager\current\device\DeliveryOptimization]
"DODownloadMode"=dword:00000063`,
			"{wsus_server:https://wsus.example:8531,use_wsus:true,block_microsoft_update:false,access_disabled:true,target_version:24H2,deferral_days:5,pause_until:2026-02-05T00:00:00Z,delivery_optimization:99}"},
		{"group policy goes before it", group + `
"DeferQualityUpdatesPeriodInDays"=dword:00000000
"WUServer"="http://group.example"
"TargetReleaseVersion"=dword:00000001
"TargetReleaseVersionInfo"="23H2"
[Policies\Microsoft\Windows\DeliveryOptimization]
"DODownloadMode"=dword:00000064
` + mdm + `
"DeferQualityUpdatesPeriodInDays"=dword:00000005
"UpdateServiceUrl"="https://mdm.example"
"TargetReleaseVersion"="24H2"
[Microsoft\PolicyManager\current\device\DeliveryOptimization]
"DODownloadMode"=dword:00000063`,
			"{wsus_server:http://group.example,use_wsus:false,block_microsoft_update:false,access_disabled:false,target_version:23H2,deferral_days:0,delivery_optimization:100}"},
		{"an older policy", group + "\n\"DisableWindowsUpdateAccess\"=dword:00000001", "{use_wsus:false,block_microsoft_update:false,access_disabled:true}"},
		{"the later pause counts", group + "\n\"PauseQualityUpdatesStartTime\"=\"2026-01-01\"\n[Microsoft\\WindowsUpdate\\UX\\Settings]\n\"PauseUpdatesExpiryTime\"=\"2026-03-01T10:00:00Z\"",
			"{use_wsus:false,block_microsoft_update:false,access_disabled:false,pause_until:2026-03-01T10:00:00Z}"},
		{"holds in a list", `[Microsoft\Windows NT\CurrentVersion\AppCompatFlags\TargetVersionUpgradeExperienceIndicators\GE24H2]
"GatedBlockId"=multi_sz:41332279|None|40667045`, "{use_wsus:false,block_microsoft_update:false,access_disabled:false,safeguard_ids:[41332279,40667045]}"},
		{"no day", group + "\n\"PauseQualityUpdatesStartTime\"=\"soon\"", "{use_wsus:false,block_microsoft_update:false,access_disabled:false}"},
		{"a flag of another type", group + "\n\"SetDisableUXWUAccess\"=\"yes\"", "{use_wsus:false,block_microsoft_update:false}"},
	} {
		g := newGathering(&Source{FS: fstest.MapFS{}})
		g.readPolicy(registryOf(t, g, "SOFTWARE", tt.reg))
		if diff := cmp.Diff(tt.want, jsonOf(t, g.report.Policy.V)); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
	g := newGathering(&Source{FS: fstest.MapFS{}})
	g.readPolicy(nil)
	if got := jsonOf(t, g.report.Policy.V); got != "{}" {
		t.Errorf("without a registry: %s", got)
	}
}
