package collector

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
)

// readNames reads what the machine and its people are called, so that it
// vanishes from every text.
func (g *gathering) readNames(software, system *registry) {
	tcpip := system.in(`Services\Tcpip\Parameters`)
	g.name(g.hosts,
		system.text(system.in(`Control\ComputerName\ComputerName`), "ComputerName"),
		system.text(system.in(`Control\ComputerName\ActiveComputerName`), "ComputerName"),
		system.text(tcpip, "Hostname"), system.text(tcpip, "NV Hostname"),
		system.text(tcpip, "Domain"), system.text(tcpip, "NV Domain"), system.text(tcpip, "DhcpDomain"),
		software.text(ntVersion+`\Winlogon`, "DefaultDomainName"), software.text(ntVersion+`\Winlogon`, "CachePrimaryDomain"),
		software.text(ntVersion, "RegisteredOrganization"),
		software.text(`Microsoft\Cryptography`, "MachineGuid"),
		hostOf(software.text(updatePolicy, "WUServer")), hostOf(software.text(updatePolicy, "WUStatusServer")),
		hostOf(software.text(managedUpdate, "UpdateServiceUrl")),
	)
	for suffix := range strings.SplitSeq(system.text(tcpip, "SearchList")+","+software.text(`Policies\Microsoft\Windows NT\DNSClient`, "SearchList"), ",") {
		g.name(g.hosts, suffix)
	}
	const signIn = `Microsoft\Windows\CurrentVersion\Authentication\LogonUI`
	g.account(software.text(signIn, "LastLoggedOnUser"))
	g.account(software.text(signIn, "LastLoggedOnSAMUser"))
	g.account(software.text(ntVersion+`\Winlogon`, "DefaultUserName"))
	g.name(g.people, software.text(signIn, "LastLoggedOnDisplayName"), software.text(ntVersion, "RegisteredOwner"))
	software.each(ntVersion+`\ProfileList`, func(key Key) {
		v, err := key.Value("ProfileImagePath")
		if err != nil || !strings.HasPrefix(key.Name(), "S-1-5-21-") && !strings.HasPrefix(key.Name(), "S-1-12-1-") {
			return
		}
		folder, _ := v.Text()
		g.account(folder[strings.LastIndexAny(folder, `\/`)+1:])
	})
}

// name notes names. Of a host's full name its first part is a name too, and what
// stands behind it is a domain; of a domain's likewise.
func (g *gathering) name(kind map[string]bool, names ...string) {
	for _, name := range names {
		name = strings.Trim(name, ". ")
		if name == "" {
			continue
		}
		kind[name] = true
		first, rest, ok := strings.Cut(name, ".")
		below := strings.Contains(rest, ".")
		if below || ok && len(first) > 3 {
			kind[first] = true
		}
		if below {
			kind[rest] = true
		}
	}
}

// account notes an account: DOMAIN\user, user@domain, user.DOMAIN of a folder,
// or the user alone.
func (g *gathering) account(name string) {
	if domain, user, ok := strings.Cut(name, `\`); ok {
		g.name(g.hosts, domain)
		name = user
	}
	name, domain, _ := strings.Cut(name, "@")
	g.name(g.hosts, domain)
	if name != "" {
		g.people[name] = true
	}
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// scrub replaces the names in a report.
func (g *gathering) scrub(r *facts.Report, opt Options) {
	s := facts.NewScrubber()
	if opt.SiteKey != "" {
		s = facts.NewKeyedScrubber([]byte(opt.SiteKey))
	}
	s.People(slices.Sorted(maps.Keys(g.people))...)
	s.Hosts(slices.Sorted(maps.Keys(g.hosts))...)
	s.Report(r)
	if opt.Explain != nil {
		opt.Explain(s.Replacements(r))
	}
}

// identity is what tells a machine from others.
type identity struct {
	machineGUID, computer string
}

func (g *gathering) readIdentity(software, system *registry) {
	g.id.machineGUID = strings.ToLower(software.text(`Microsoft\Cryptography`, "MachineGuid"))
	g.id.computer = strings.ToLower(system.text(system.in(`Control\ComputerName\ComputerName`), "ComputerName"))
}

// device is the id to report, "" when nothing tells the machine from others.
// A name could be guessed from its hash without a secret key; the machine's
// GUID is random.
func (id identity) device(opt Options) string {
	switch {
	case opt.Device != "":
		return opt.Device
	case opt.SiteKey != "" && id.machineGUID+id.computer != "":
		mac := hmac.New(sha256.New, []byte(opt.SiteKey))
		if id.machineGUID != "" {
			mac.Write([]byte("machine-guid\x00" + id.machineGUID))
		} else {
			mac.Write([]byte("computer-name\x00" + id.computer))
		}
		return "k1-" + hex.EncodeToString(mac.Sum(nil)[:8])
	case id.machineGUID != "":
		sum := sha256.Sum256([]byte("patchmedic device\x00" + id.machineGUID))
		return "g1-" + hex.EncodeToString(sum[:8])
	}
	return ""
}
