package collector

import "github.com/patchmedic/patchmedic/facts"

// tlsVersions are those that update servers take, with the first build of Windows
// that has each as a client and the first that offers it unless it is told to (the
// table "Protocols in TLS/SSL" of Microsoft's documentation of Schannel).
var tlsVersions = []struct {
	name           string
	since, offered int64
}{
	{"1.2", 7600, 9200},
	{"1.3", 20348, 20348},
}

// readTLS reads which versions of TLS the machine offers to servers. Older ones are
// not looked at: nothing of the update system needs them.
func (g *gathering) readTLS(system *registry) {
	build, known := g.report.OS.V.Build.Get()
	if !known {
		return
	}
	offered := []string{}
	for _, v := range tlsVersions {
		if build < v.since {
			continue
		}
		path := system.in(`Control\SecurityProviders\SCHANNEL\Protocols\TLS ` + v.name + `\Client`)
		enabled, there := system.number(path, "Enabled")
		disabled, says := system.number(path, "DisabledByDefault")
		switch {
		case there == unknown || says == unknown:
			return
		case there == found && enabled == 0, says == found && disabled != 0, says == missing && build < v.offered:
		default:
			offered = append(offered, v.name)
		}
	}
	n := g.report.Network.V
	n.TLS = facts.Some(offered)
	g.report.Network = facts.Some(n)
	g.complete("network.tls")
}

// readFramework reads whether .NET Framework 3.5 is installed, as its own documented
// sign says. It is a feature of the Windows in between: older ones have it anyhow,
// newer ones install it as a program.
func (g *gathering) readFramework(software *registry) {
	build, known := g.report.OS.V.Build.Get()
	installed, there := software.number(`Microsoft\NET Framework Setup\NDP\v3.5`, "Install")
	if known && build >= 9200 && build < 27000 && there == found && installed == 1 {
		g.report.Features = facts.Some([]facts.Feature{{Name: facts.Some("NetFx3"), State: facts.Some("enabled")}})
	}
}
