package collector

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
)

// readMachine reads what hives say of hardware, protection and membership.
func (g *gathering) readMachine(software, system *registry) {
	m := g.report.Machine.V
	m.FastStartup, m.ManagedBy, m.Joined = system.fastStartup(), managers(software, system), some(system.joined())
	switch n, _ := system.number(system.in("Control"), "PEFirmwareType"); n {
	case 1:
		m.Firmware = facts.Some("bios")
	case 2:
		m.Firmware = facts.Some("uefi")
	}
	profiles := int64(0)
	if software.each(ntVersion+`\ProfileList`, func(key Key) {
		if strings.HasPrefix(key.Name(), "S-1-5-21-") || strings.HasPrefix(key.Name(), "S-1-12-1-") {
			profiles++
		}
	}) == found {
		m.Profiles = facts.Some(profiles)
	}
	g.report.Machine = some(m)

	var s facts.Security
	if n, there := system.number(system.in(`Control\SecureBoot\State`), "UEFISecureBootEnabled"); there == found {
		s.SecureBoot = facts.Some(n != 0)
	}
	s.Antivirus, s.FilterDrivers = list(software.antivirus()), list(system.filterDrivers())
	g.report.Security = some(s)
	if proxy := software.proxy(); proxy != "" {
		n := g.report.Network.V
		n.Proxy = facts.Some(proxy)
		g.report.Network = facts.Some(n)
	}
}

func (r *registry) fastStartup() facts.Maybe[bool] {
	n, there := r.number(r.in(`Control\Session Manager\Power`), "HiberbootEnabled")
	if there != found {
		return facts.Maybe[bool]{}
	}
	return facts.Some(n != 0)
}

// joined tells to what the machine belongs. Netlogon starts by itself on members
// of a domain only; a domain's name alone may be a mere suffix for DNS.
func (r *registry) joined() string {
	start, there := r.number(r.in(`Services\Netlogon`), "Start")
	cloud, entra := false, r.each(r.in(`Control\CloudDomainJoin\JoinInfo`), func(Key) {})
	if entra == found {
		r.each(r.in(`Control\CloudDomainJoin\JoinInfo`), func(Key) { cloud = true })
	}
	switch {
	case there != found || entra == unknown:
		return ""
	case start == 2 && cloud:
		return "hybrid"
	case start == 2:
		return "domain"
	case cloud:
		return "entra"
	}
	return "none"
}

// managers tells who sends the updates.
func managers(software, system *registry) facts.Maybe[[]string] {
	var out []string
	whole := true
	for _, m := range []struct {
		name string
		is   answer
	}{{"wsus", software.usesWSUS()}, {"configmgr", present(system.key(system.in(`Services\CcmExec`)))}, {"intune", software.enrolled()}} {
		switch m.is {
		case found:
			out = append(out, m.name)
		case unknown:
			whole = false
		}
	}
	if len(out) == 0 && whole {
		return facts.Some([]string{"none"})
	}
	return list(out)
}

func present(_ Key, there answer) answer { return there }

// enrolled reports whether the machine is managed by a service of MDM.
func (r *registry) enrolled() answer {
	is := missing
	there := r.each(`Microsoft\Enrollments`, func(key Key) {
		if v, err := key.Value("ProviderID"); err == nil {
			if id, _ := v.Text(); strings.EqualFold(id, "MS DM Server") {
				is = found
			}
		}
	})
	if there == unknown {
		return unknown
	}
	return is
}

const defender = "{D68DDC3A-831F-4fae-9E44-DA132C1ACF46}"

// antivirus reads the products that are registered with the security centre.
func (r *registry) antivirus() []facts.Antivirus {
	var out []facts.Antivirus
	r.each(`Microsoft\Security Center\Provider\Av`, func(key Key) {
		v, err := key.Value("DISPLAYNAME")
		if err != nil {
			return
		}
		name, _ := v.Text()
		a := facts.Antivirus{Name: some(name), Microsoft: facts.Some(strings.EqualFold(key.Name(), defender))}
		if v, err := key.Value("STATE"); err == nil {
			if n, ok := v.Number(); ok { // the second digit: 0 off, 1 on, 2 snoozed
				a.Enabled = facts.Some(n>>12&0xf == 1)
			}
		}
		out = append(out, a)
	})
	return out
}

// filterDrivers reads the drivers that stand between programs and their files.
func (r *registry) filterDrivers() []string {
	var out []string
	r.each(r.in("Services"), func(key Key) {
		if _, err := key.Key("Instances"); err != nil {
			return
		}
		v, err := key.Value("Start")
		if err != nil {
			return
		}
		if start, ok := v.Number(); ok && start < 4 {
			out = append(out, key.Name())
		}
	})
	slices.Sort(out)
	return out[:min(len(out), 100)]
}

// proxy reads what netsh winhttp set, which Windows Update uses: a version, a
// counter, flags (2: a proxy), then length and name. "none" is no proxy.
func (r *registry) proxy() string {
	v, there := r.value(`Microsoft\Windows\CurrentVersion\Internet Settings\Connections`, "WinHttpSettings")
	if there != found || len(v.Data) < 16 {
		return ""
	}
	flags, length := binary.LittleEndian.Uint32(v.Data[8:]), binary.LittleEndian.Uint32(v.Data[12:])
	switch {
	case flags&2 == 0:
		return "none"
	case uint64(length) > uint64(len(v.Data)-16):
		return ""
	}
	return string(v.Data[16 : 16+length])
}
