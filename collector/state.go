package collector

import (
	"cmp"
	"encoding/binary"
	"regexp"
	"slices"
	"strings"

	"github.com/patchmedic/patchmedic/collector/hive"
	"github.com/patchmedic/patchmedic/facts"
)

// services are those that updates depend on.
var services = []string{"AppReadiness", "AppXSvc", "BFE", "BITS", "ClipSVC", "CryptSvc", "DcomLaunch", "DeviceInstall", "Dnscache", "DoSvc",
	"EventLog", "gpsvc", "HTTP", "InstallService", "iphlpsvc", "LicenseManager", "mpssvc", "msiserver", "PlugPlay", "ProfSvc", "RpcSs",
	"Schedule", "sppsvc", "StateRepository", "swprv", "TrustedInstaller", "UsoSvc", "VSS", "W32Time", "WaaSMedicSvc", "WinDefend",
	"Winmgmt", "WinHttpAutoProxySvc", "wlidsvc", "wuauserv"}

// readServices reads how they start. Whether they run is not in a file.
func (g *gathering) readServices(system *registry) {
	var out []facts.Service
	for _, name := range services {
		key := system.in(`Services\` + name)
		s := facts.Service{Name: facts.Some(name)}
		start, there := system.number(key, "Start")
		switch {
		case there == found:
			delayed, _ := system.number(key, "DelayedAutostart")
			s.Start = some(startWord(start, delayed != 0))
		case there == missing:
			if _, there := system.key(key); there != missing {
				continue
			}
			s.State = facts.Some("missing")
		default:
			continue
		}
		out = append(out, s)
	}
	g.report.Services = list(out)
}

func startWord(start uint64, delayed bool) string {
	switch {
	case start == 2 && delayed:
		return "delayed"
	case start <= 2: // 0 and 1: with the kernel
		return "automatic"
	case start == 3:
		return "manual"
	case start == 4:
		return "disabled"
	}
	return ""
}

const (
	cbs         = `Microsoft\Windows\CurrentVersion\Component Based Servicing`
	maxPackages = 120
)

// packageStates are the values of CurrentState; others are no states.
var packageStates = map[uint64]string{0x00: "absent", 0x05: "uninstall_pending", 0x10: "resolving", 0x20: "resolved", 0x30: "staged", 0x40: "staged",
	0x50: "superseded", 0x60: "install_pending", 0x65: "partially_installed", 0x70: "installed", 0x80: "permanent"}

// updatePackage is the name of the package of a whole update; its parts have a
// number after "Package".
var updatePackage = regexp.MustCompile(`^Package_for_(?:(KB\d{6,8})|[A-Za-z]+)[A-Za-z0-9_]*~[0-9a-f]{16}~[a-z0-9_]*~[A-Za-z-]*~[0-9.]+$`)

// readPackages reads the packages of updates, the newest ones.
func (g *gathering) readPackages(software *registry) {
	type dated struct {
		at uint64
		facts.Package
	}
	var all []dated
	software.each(cbs+`\Packages`, func(key hive.Key) {
		m := updatePackage.FindStringSubmatch(key.Name)
		if m == nil {
			return
		}
		number := func(name string) uint64 {
			v, err := key.Value(name)
			if err != nil {
				return ^uint64(0)
			}
			n, _ := v.Number()
			return n
		}
		p := dated{at: uint64(uint32(number("InstallTimeHigh")))<<32 | uint64(uint32(number("InstallTimeLow")))}
		p.Name, p.State = facts.Some(key.Name), some(packageStates[number("CurrentState")])
		if kb, err := facts.ParseKB(m[1]); err == nil {
			p.KB = facts.Some(kb)
		}
		all = append(all, p)
	})
	slices.SortFunc(all, func(a, b dated) int {
		return cmp.Or(cmp.Compare(b.at, a.at), strings.Compare(a.Name.V, b.Name.V))
	})
	var out []facts.Package
	for _, p := range all[:min(len(all), maxPackages)] {
		out = append(out, p.Package)
	}
	g.report.Packages = list(out)
}

// sign is a key, or a value that is not 0 or empty, by which Windows notes that
// it waits for a restart.
type sign struct {
	reason, path, value string
}

var softwareSigns = []sign{
	{"component_servicing", cbs + `\RebootPending`, ""},
	{"component_servicing", cbs + `\RebootInProgress`, ""},
	{"component_servicing", cbs + `\PackagesPending`, ""},
	{"component_servicing", cbs + `\SessionsPending`, "Exclusive"},
	{"windows_update", `Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired`, ""},
	{"feature", `Microsoft\ServerManager\CurrentRebootAttempts`, ""},
	{"feature", `Microsoft\Windows\CurrentVersion\RunOnce`, "DVDRebootSignal"},
}

var systemSigns = []sign{
	{"file_rename", `Control\Session Manager`, "PendingFileRenameOperations"},
	{"file_rename", `Control\Session Manager`, "PendingFileRenameOperations2"},
	{"domain_join", `Services\Netlogon`, "JoinDomain"},
	{"domain_join", `Services\Netlogon`, "AvoidSpnSet"},
}

// readReboot reads whether Windows waits for a restart. Other programs ask for
// files to be renamed all the time: that alone neither proves nor excludes it.
func (g *gathering) readReboot(software, system *registry) {
	var reasons []string
	whole := true
	for _, part := range []struct {
		from  *registry
		signs []sign
	}{{software, softwareSigns}, {system, systemSigns}} {
		for _, s := range part.signs {
			switch part.from.shows(s) {
			case found:
				reasons = append(reasons, s.reason)
			case unknown:
				whole = false
			}
		}
	}
	slices.Sort(reasons)
	reasons = slices.Compact(reasons)
	reboot := facts.Reboot{Reasons: list(reasons)}
	switch {
	case len(reasons) == 0 && whole:
		reboot.Pending = facts.Some(false)
	case len(reasons) > 1 || len(reasons) == 1 && reasons[0] != "file_rename":
		reboot.Pending = facts.Some(true)
	}
	g.report.Reboot = some(reboot)
}

func (r *registry) shows(s sign) answer {
	path := r.in(s.path)
	if s.value == "" {
		_, there := r.key(path)
		return there
	}
	v, there := r.value(path, s.value)
	if there != found {
		return there
	}
	if n, ok := v.Number(); ok && n != 0 {
		return found
	}
	if s, ok := v.Text(); ok && s != "" {
		return found
	}
	if l, ok := v.Texts(); ok && len(l) > 0 {
		return found
	}
	return missing
}

// readMachine reads what hives say of hardware, protection and membership.
func (g *gathering) readMachine(software, system *registry) {
	m := facts.Machine{FastStartup: system.fastStartup(), ManagedBy: managers(software, system), Joined: some(system.joined())}
	switch n, _ := system.number(system.in("Control"), "PEFirmwareType"); n {
	case 1:
		m.Firmware = facts.Some("bios")
	case 2:
		m.Firmware = facts.Some("uefi")
	}
	profiles := int64(0)
	if software.each(ntVersion+`\ProfileList`, func(key hive.Key) {
		if strings.HasPrefix(key.Name, "S-1-5-21-") || strings.HasPrefix(key.Name, "S-1-12-1-") {
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
		g.report.Network = facts.Some(facts.Network{Proxy: facts.Some(proxy)})
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
	cloud, entra := false, r.each(r.in(`Control\CloudDomainJoin\JoinInfo`), func(hive.Key) {})
	if entra == found {
		r.each(r.in(`Control\CloudDomainJoin\JoinInfo`), func(hive.Key) { cloud = true })
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

func present(_ hive.Key, there answer) answer { return there }

// enrolled reports whether the machine is managed by a service of MDM.
func (r *registry) enrolled() answer {
	is := missing
	there := r.each(`Microsoft\Enrollments`, func(key hive.Key) {
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
	r.each(`Microsoft\Security Center\Provider\Av`, func(key hive.Key) {
		v, err := key.Value("DISPLAYNAME")
		if err != nil {
			return
		}
		name, _ := v.Text()
		a := facts.Antivirus{Name: some(name), Microsoft: facts.Some(strings.EqualFold(key.Name, defender))}
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
	r.each(r.in("Services"), func(key hive.Key) {
		if _, err := key.Key("Instances"); err != nil {
			return
		}
		v, err := key.Value("Start")
		if err != nil {
			return
		}
		if start, ok := v.Number(); ok && start < 4 {
			out = append(out, key.Name)
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
