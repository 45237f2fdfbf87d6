package collector

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
)

// complete notes lists that hold all there is.
func (g *gathering) complete(lists ...string) {
	g.report.Complete = facts.Some(append(g.report.Complete.V, lists...))
}

// most reports so many of a list, which is complete when that is all of it.
func most[T any](g *gathering, name string, all []T, limit int) facts.Maybe[[]T] {
	if len(all) <= limit {
		g.complete(name)
	}
	return facts.Some(all[:min(len(all), limit)])
}

// known is a fact of what Windows says, absent where it does not.
func known[T any](v *T) facts.Maybe[T] {
	if v == nil {
		return facts.Maybe[T]{}
	}
	return facts.Some(*v)
}

// keyFiles show what really runs, whatever the registry says.
var keyFiles = []string{"ntoskrnl.exe", "wuaueng.dll"}

func (s system) readState(ctx context.Context, g *gathering) error {
	state, err := s.State(ctx)
	m := facts.Machine{Memory: known(state.Memory), Pagefile: known(state.PageFiles), UserSignedIn: known(state.SignedIn)}
	if state.ACLine != nil {
		m.Power = facts.Some("battery")
		if *state.ACLine {
			m.Power = facts.Some("ac")
		}
	}
	g.report.Machine = some(m)
	os := facts.OS{}
	if state.Uptime != nil {
		os.Uptime = facts.Some(int64(state.Uptime.Seconds()))
	}
	var files []facts.KeyFile
	for _, name := range keyFiles {
		if version, err := s.FileVersion(`Windows\System32\` + name); err == nil {
			files = append(files, facts.KeyFile{Path: facts.Some(name), Version: facts.Some(version)})
		}
	}
	os.KeyFiles = list(files)
	g.report.OS = some(os)
	if state.TPM != nil {
		g.report.Security = some(facts.Security{TPM: some(map[int]string{1: "1.2", 2: "2.0"}[*state.TPM])})
	}
	g.report.Collector = some(facts.Collector{Elevated: known(state.Elevated)})
	return err
}

// readStates reads which services run; how they start is in the registry.
func (s system) readStates(ctx context.Context, g *gathering) error {
	states, err := s.Services(ctx, services)
	words := map[int]string{0: "missing", 1: "stopped", 2: "running", 3: "stopped", 4: "running", 5: "running", 6: "paused", 7: "paused"}
	var out []facts.Service
	for _, st := range states {
		out = append(out, facts.Service{Name: facts.Some(st.Name), State: some(words[st.State])})
	}
	g.report.Services = list(out)
	return err
}

// Types of partitions: GUIDs of a GPT disk, and of an MBR disk the hidden one that
// Windows makes for its recovery environment (winioctl.h, "PARTITION_MSFT_RECOVERY").
const (
	partitionESP         = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
	partitionRecovery    = "de94bba4-06d1-4d40-a16a-bfd50179d6ac"
	partitionRecoveryMBR = "0x27"
)

func (s system) readVolumes(ctx context.Context, g *gathering) error {
	volumes, err := s.Volumes(ctx)
	var out []facts.Volume
	for _, v := range volumes {
		role := facts.Maybe[string]{}
		switch {
		case v.Windows:
			role = facts.Some("system")
		case v.PartitionType == partitionESP:
			role = facts.Some("esp")
		case v.PartitionType == partitionRecovery, v.PartitionType == partitionRecoveryMBR:
			role = facts.Some("recovery")
		case v.Active: // and Windows is elsewhere
			role = facts.Some("system_reserved")
		case v.PartitionType != "" || v.Mount != "":
			role = facts.Some("data")
		}
		out = append(out, facts.Volume{Mount: some(v.Mount), Role: role, Filesystem: wordOf(v.Filesystem), Total: known(v.Total), Free: known(v.Free)})
	}
	if err == nil && len(out) > 0 && len(out) <= maxVolumes {
		g.complete("volumes")
	}
	g.report.Volumes = list(out[:min(len(out), maxVolumes)])
	disk, fault := s.Disk(ctx)
	m := facts.Machine{BootDisk: some(map[string]string{"gpt": "gpt", "mbr": "mbr"}[disk.Style])}
	if disk.Failing != nil {
		m.DiskHealth = facts.Some("ok")
		if *disk.Failing {
			m.DiskHealth = facts.Some("failing")
		}
	}
	g.report.Machine = some(m)
	g.failed("disk", fault)
	return err
}

// How many are reported of the devices with a problem, of volumes, of features.
const (
	maxDevices  = 50
	maxVolumes  = 100
	maxFeatures = 1000
)

func (s system) readDevices(ctx context.Context, g *gathering) error {
	devices, err := s.Devices(ctx)
	out := []facts.Driver{}
	for _, d := range devices {
		out = append(out, facts.Driver{Device: some(clip(d.Description)), Provider: some(clip(d.Provider)), Version: versionOf(d.DriverVersion), ProblemCode: facts.Some(int64(d.Problem))})
	}
	if err == nil && len(out) <= maxDevices {
		g.complete("drivers")
	}
	if len(out) > 0 || err == nil {
		g.report.Drivers = facts.Some(out[:min(len(out), maxDevices)])
	}
	return err
}

var dottedNumber = regexp.MustCompile(`^\d{1,5}(?:\.\d{1,5}){0,3}$`)

// versionOf is a version that is one: no name is looked for in it.
func versionOf(s string) facts.Maybe[string] {
	if dottedNumber.MatchString(s) {
		return facts.Some(s)
	}
	return facts.Maybe[string]{}
}

// readProtection reads whether BitLocker protects the volume of Windows.
func (s system) readProtection(ctx context.Context, g *gathering) error {
	protection, err := s.Protection(ctx)
	if err != nil {
		return err
	}
	word := map[int]string{1: "bitlocker", 2: "none", 3: "bitlocker", 4: "bitlocker", 5: "suspended", 6: "bitlocker", 7: "none", 8: "suspended"}[protection]
	g.report.Security = some(facts.Security{Encryption: some(word)})
	return nil
}

func (s system) readConnection(ctx context.Context, g *gathering) error {
	c, err := s.Connection(ctx)
	n := facts.Network{Metered: known(c.Metered)}
	if c.Tunnel {
		n.VPN = facts.Some(true)
	}
	g.report.Network = some(n)
	return err
}

// readFeatures reads the optional features. InstallState 4 is "unknown".
func (s system) readFeatures(ctx context.Context, g *gathering) error {
	rows, err := s.Query(ctx, "SELECT Name, InstallState FROM Win32_OptionalFeature")
	if err != nil {
		return err
	}
	words := map[string]string{"1": "enabled", "2": "disabled", "3": "removed"}
	var out []facts.Feature
	for _, row := range rows {
		if name := wordOf(row["Name"]); name.State() == facts.Known {
			out = append(out, facts.Feature{Name: name, State: some(words[row["InstallState"]])})
		}
	}
	slices.SortFunc(out, func(a, b facts.Feature) int { return strings.Compare(a.Name.V, b.Name.V) })
	if len(out) > 0 && len(out) <= maxFeatures { // each Windows has some
		g.complete("features")
	}
	g.report.Features = list(out[:min(len(out), maxFeatures)])
	return nil
}

// windowsLicence is the application of the licences of Windows itself
// (SoftwareLicensingProduct.ApplicationID).
const windowsLicence = "55c92734-d682-4d71-983e-d6ec3f16059f"

var esuName = regexp.MustCompile(`(?i)\bESU\b`)

// readActivation reads the state of the licence and of extended updates. That no
// licence of those is there says nothing: some are bound to an account.
func (s system) readActivation(ctx context.Context, g *gathering) error {
	rows, err := s.Query(ctx, "SELECT Name, LicenseStatus, ProductKeyChannel FROM SoftwareLicensingProduct WHERE ApplicationID='"+windowsLicence+"' AND PartialProductKey IS NOT NULL")
	if err != nil {
		return err
	}
	var a facts.Activation
	for _, row := range rows {
		licensed := row["LicenseStatus"] == "1"
		if esuName.MatchString(row["Name"]) {
			if licensed {
				a.ESU = facts.Some("enrolled")
			}
			continue
		}
		switch {
		case licensed:
			a.Status = facts.Some("licensed")
		case row["LicenseStatus"] == "5":
			a.Status = facts.Some("notification")
		}
		channel, _, _ := strings.Cut(strings.ToLower(row["ProductKeyChannel"]), ":")
		if slices.Contains([]string{"retail", "oem", "volume"}, channel) {
			a.Channel = facts.Some(channel)
		}
	}
	g.report.Activation = some(a)
	return nil
}
