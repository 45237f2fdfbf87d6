package collector

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

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
	software.each(cbs+`\Packages`, func(key Key) {
		m := updatePackage.FindStringSubmatch(key.Name())
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
		p.Name, p.State = facts.Some(key.Name()), some(packageStates[number("CurrentState")])
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
