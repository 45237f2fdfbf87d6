package collector

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/facts"
)

// virtualMakers are beginnings of the names that hypervisors state as the maker or
// the product of the machine (the table of systemd-detect-virt, and Microsoft's own
// "Virtual Machine"). Hosts of clouds that also rent whole machines are not there.
var virtualMakers = []string{"QEMU", "KVM", "OpenStack", "KubeVirt", "VMware", "VMW", "innotek GmbH", "VirtualBox", "Xen", "Bochs", "Parallels",
	"BHYVE", "Hyper-V", "Virtual Machine", "Google Compute Engine"}

// readHardware reads what the firmware said of the machine when it started. The key
// HARDWARE is made then, and is in no file. A maker that is not known as one of
// hypervisors proves no real machine.
func (g *gathering) readHardware(hardware *registry) {
	const bios = `DESCRIPTION\System\BIOS`
	m := g.report.Machine.V
	for _, name := range []string{hardware.text(bios, "SystemManufacturer"), hardware.text(bios, "SystemProductName")} {
		if slices.ContainsFunc(virtualMakers, func(maker string) bool { return beginsWith(name, maker) }) {
			m.Virtual = facts.Some(true)
		}
	}
	if at, err := time.Parse("01/02/2006", hardware.text(bios, "BIOSReleaseDate")); err == nil { // SMBIOS writes the month first
		var day facts.Date
		if day.UnmarshalText([]byte(at.Format(time.DateOnly))) == nil {
			m.FirmwareDate = facts.Some(day)
		}
	}
	cpu := strings.Join(strings.Fields(hardware.text(`DESCRIPTION\System\CentralProcessor\0`, "ProcessorNameString")), " ")
	m.CPU = some(clip(cpu))
	g.report.Machine = some(m)
}

func beginsWith(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// readSafeMode reads whether Windows was started in safe mode, which it notes in a
// key that is in no file.
func (g *gathering) readSafeMode(system *registry) {
	if _, there := system.key(system.in(`Control\SafeBoot\Option`)); there != unknown {
		m := g.report.Machine.V
		m.SafeMode = facts.Some(there == found)
		g.report.Machine = some(m)
	}
}

// shellFolders are names of values of Explorer's "User Shell Folders": words, and
// for newer folders their KNOWNFOLDERID.
var shellFolders = map[string]string{
	"appdata": "AppData", "desktop": "Desktop", "favorites": "Favorites", "my music": "My Music", "my pictures": "My Pictures", "my video": "My Video",
	"personal": "Personal", "programs": "Programs", "start menu": "Start Menu", "startup": "Startup", "local appdata": "Local AppData",
	"{374de290-123f-4565-9164-39c4925e467b}": "Downloads", "{56784854-c6cb-462b-8169-88e350acb882}": "Contacts",
}

var userKey = regexp.MustCompile(`^S-1-(?:5-21|12-1)-[0-9-]+$`)

// readFolders reads which folders of the users who are signed in lie on a server.
// Only their names leave, never a path.
func (g *gathering) readFolders(users *registry) {
	there := map[string]bool{}
	for name := range users.userKeys() {
		const folders = `\Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders`
		for value, word := range shellFolders {
			if strings.HasPrefix(users.text(name+folders, value), `\\`) {
				there[word] = true
			}
		}
	}
	g.redirected(there)
}

func (r *registry) userKeys() map[string]bool {
	out := map[string]bool{}
	r.each("", func(key Key) {
		if userKey.MatchString(key.Name()) && len(out) < 20 {
			out[key.Name()] = true
		}
	})
	return out
}

// readSystemFolders reads whether the folders of all users were moved from where
// Windows puts them.
func (g *gathering) readSystemFolders(software *registry) {
	there := map[string]bool{}
	drive, _, _ := strings.Cut(software.text(ntVersion, "SystemRoot"), `\`)
	for name, usual := range map[string]string{"ProfilesDirectory": `\Users`, "ProgramData": `\ProgramData`} {
		folder := software.text(ntVersion+`\ProfileList`, name)
		if rest, ok := strings.CutPrefix(strings.ToLower(folder), "%systemdrive%"); ok {
			folder = drive + rest
		}
		if folder != "" && drive != "" && !strings.EqualFold(folder, drive+usual) {
			there[name] = true
		}
	}
	g.redirected(there)
}

func (g *gathering) redirected(names map[string]bool) {
	m := g.report.Machine.V
	out := slices.Clone(m.RedirectedFolders.V)
	for name := range names {
		out = append(out, name)
	}
	slices.Sort(out)
	m.RedirectedFolders = list(slices.Compact(out))
	g.report.Machine = some(m)
}
