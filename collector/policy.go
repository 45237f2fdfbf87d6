package collector

import (
	"regexp"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/facts"
)

const (
	updatePolicy = `Policies\Microsoft\Windows\WindowsUpdate`
	repairPolicy = `Microsoft\Windows\CurrentVersion\Policies\Servicing`
)

// usesWSUS reports whether the machine asks an update server of its site.
func (r *registry) usesWSUS() answer {
	use := r.flag(updatePolicy+`\AU`, "UseWUServer")
	on, known := use.Get()
	switch {
	case !known:
		return unknown
	case on && r.text(updatePolicy, "WUServer") != "":
		return found
	}
	return missing
}

// readPolicy reads what administrators and the user set.
func (g *gathering) readPolicy(software *registry) {
	p := facts.Policy{
		WSUSServer:           some(software.text(updatePolicy, "WUServer")),
		UseWSUS:              software.flag(updatePolicy+`\AU`, "UseWUServer"),
		BlockMicrosoftUpdate: software.flag(updatePolicy, "DoNotConnectToWindowsUpdateInternetLocations"),
		AccessDisabled:       software.flag(updatePolicy, "SetDisableUXWUAccess"),
		DeferralDays:         software.integer(updatePolicy, "DeferQualityUpdatesPeriodInDays"),
		RepairSource:         some(software.text(repairPolicy, "LocalSourcePath")),
		DeliveryOptimization: software.integer(`Policies\Microsoft\Windows\DeliveryOptimization`, "DODownloadMode"),
		SafeguardIDs:         list(software.safeguards()),
	}
	if software.flag(updatePolicy, "TargetReleaseVersion").V {
		p.TargetVersion = wordOf(software.text(updatePolicy, "TargetReleaseVersionInfo"))
	}
	if until, err := time.Parse(time.RFC3339, software.text(`Microsoft\WindowsUpdate\UX\Settings`, "PauseUpdatesExpiryTime")); err == nil {
		p.PauseUntil = facts.Some(until.UTC())
	}
	never, _ := software.number(repairPolicy, "UseWindowsUpdate")
	direct, _ := software.number(repairPolicy, "RepairContentServerSource")
	switch {
	case never == 2: // "never attempt to download payload from Windows Update"
		p.RepairFromWU = facts.Some(false)
	case direct == 2: // "download repair content directly from Windows Update"
		p.RepairFromWU = facts.Some(true)
	}
	g.report.Policy = some(p)
}

var safeguard = regexp.MustCompile(`^\d{5,10}$`)

// safeguards are the numbers of the holds that keep a feature update away.
func (r *registry) safeguards() []string {
	var out []string
	r.each(ntVersion+`\AppCompatFlags\TargetVersionUpgradeExperienceIndicators`, func(key Key) {
		v, err := key.Value("GatedBlockId")
		if err != nil {
			return
		}
		ids, _ := v.Text()
		for id := range strings.SplitSeq(ids, ",") {
			if safeguard.MatchString(strings.TrimSpace(id)) {
				out = append(out, strings.TrimSpace(id))
			}
		}
	})
	return out
}
