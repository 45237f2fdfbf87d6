package collector

import (
	"testing"
	"testing/fstest"

	"github.com/patchmedic/patchmedic/facts"
)

func TestTLS(t *testing.T) {
	client := func(version, values string) string {
		return `[ControlSet001\Control\SecurityProviders\SCHANNEL\Protocols\TLS ` + version + "\\Client]\n" + values + "\n"
	}
	const off, hidden, on, shown = `"Enabled"=dword:00000000`, `"DisabledByDefault"=dword:00000001`, `"Enabled"=dword:ffffffff`, `"DisabledByDefault"=dword:00000000`
	for _, tt := range []struct {
		name  string
		build int64
		reg   string
		want  string
	}{
		{"Windows 11", 26100, "", "[1.2,1.3]"},
		{"Server 2022", 20348, "", "[1.2,1.3]"},
		{"Windows 10", 19045, "", "[1.2]"},
		{"Windows 10 has none of the newer", 19045, client("1.3", on), "[1.2]"},
		{"Windows 7", 7601, "", "[]"},
		{"Windows 7 that was told to", 7601, client("1.2", on+"\n"+shown), "[1.2]"},
		{"Windows 7 that was told half", 7601, client("1.2", on), "[]"},
		{"switched off", 19045, client("1.2", off), "[]"},
		{"not offered", 26100, client("1.2", hidden), "[1.3]"},
		{"both stated", 26100, client("1.2", on+"\n"+shown), "[1.2,1.3]"},
		{"no number", 26100, client("1.2", `"Enabled"="1"`), "null"},
		{"no build", 0, "", "null"},
	} {
		g := newGathering(&Source{FS: fstest.MapFS{}})
		if tt.build != 0 {
			g.report.OS = facts.Some(facts.OS{Build: facts.Some(tt.build)})
		}
		g.readTLS(registryOf(t, g, "SYSTEM", "[Select]\n\"Current\"=dword:00000001\n"+tt.reg))
		got := "null"
		if tls, ok := g.report.Network.V.TLS.Get(); ok {
			got = jsonOf(t, tls)
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestFramework(t *testing.T) {
	const there = "[Microsoft\\NET Framework Setup\\NDP\\v3.5]\n\"Install\"=dword:00000001"
	for _, tt := range []struct {
		build int64
		reg   string
		want  string
	}{
		{26100, there, "[{name:NetFx3,state:enabled}]"},
		{26100, "[Microsoft]", "null"}, // not known to be off
		{7601, there, "null"},
	} {
		g := newGathering(&Source{FS: fstest.MapFS{}})
		g.report.OS = facts.Some(facts.OS{Build: facts.Some(tt.build)})
		g.readFramework(registryOf(t, g, "SOFTWARE", tt.reg))
		if got := jsonOf(t, g.report.Features.V); got != tt.want {
			t.Errorf("%d: %s, want %s", tt.build, got, tt.want)
		}
	}
}
