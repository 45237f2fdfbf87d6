package collector

import (
	"regexp"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/facts"
)

// Policies come from group policy and from a management service (Policy CSP). The
// first wins where both set one, unless a site turns that round
// (MDMWinsOverGP), which is not seen here.
const (
	updatePolicy   = `Policies\Microsoft\Windows\WindowsUpdate`
	deliveryPolicy = `Policies\Microsoft\Windows\DeliveryOptimization`
	managed        = `Microsoft\PolicyManager\current\device\`
	managedUpdate  = managed + "Update"
	repairPolicy   = `Microsoft\Windows\CurrentVersion\Policies\Servicing`
)

// pausedBy is how long a policy's pause lasts from the day that it names.
const pausedBy = 35 * 24 * time.Hour

// updateServer is the update server of the site, and whether the machine is told
// to ask it.
func (r *registry) updateServer() (server string, use facts.Maybe[bool]) {
	server, use = r.text(updatePolicy, "WUServer"), r.flag(updatePolicy+`\AU`, "UseWUServer")
	if url := r.text(managedUpdate, "UpdateServiceUrl"); server == "" && strings.HasPrefix(url, "http") {
		_, there := r.value(updatePolicy+`\AU`, "UseWUServer")
		if there == missing { // else group policy has decided
			return url, facts.Some(true)
		}
	}
	return server, use
}

// usesWSUS reports whether the machine asks an update server of its site.
func (r *registry) usesWSUS() answer {
	server, use := r.updateServer()
	on, known := use.Get()
	switch {
	case !known:
		return unknown
	case on && server != "":
		return found
	}
	return missing
}

// readPolicy reads what administrators and the user set.
func (g *gathering) readPolicy(software *registry) {
	p := facts.Policy{
		BlockMicrosoftUpdate: software.flag(updatePolicy, "DoNotConnectToWindowsUpdateInternetLocations"),
		AccessDisabled:       software.accessDisabled(),
		DeferralDays:         software.setting(updatePolicy, managedUpdate, "DeferQualityUpdatesPeriodInDays"),
		RepairSource:         some(software.text(repairPolicy, "LocalSourcePath")),
		RepairFromWU:         software.repairFromWU(),
		DeliveryOptimization: software.setting(deliveryPolicy, managed+"DeliveryOptimization", "DODownloadMode"),
		SafeguardIDs:         list(software.safeguards()),
		TargetVersion:        some(release.FindString(software.targetVersion())),
		PauseUntil:           software.pauseUntil(),
	}
	server, use := software.updateServer()
	p.WSUSServer, p.UseWSUS = some(server), use
	g.report.Policy = some(p)
}

// setting is a number that group policy sets, or else a management service.
func (r *registry) setting(group, mdm, name string) facts.Maybe[int64] {
	if _, there := r.value(group, name); there != missing {
		return r.integer(group, name)
	}
	return r.integer(mdm, name)
}

// accessDisabled reports whether users may not look for updates: a policy hides it
// from Settings (Windows 10), or switches all of it off (older ones).
func (r *registry) accessDisabled() facts.Maybe[bool] {
	off := facts.Some(false)
	for _, v := range []struct{ key, name string }{
		{updatePolicy, "SetDisableUXWUAccess"}, {updatePolicy, "DisableWindowsUpdateAccess"}, {managedUpdate, "SetDisableUXWUAccess"},
	} {
		switch set := r.flag(v.key, v.name); {
		case set.V:
			return set
		case set.State() != facts.Known:
			off = facts.Maybe[bool]{}
		}
	}
	return off
}

// release is the name of a Windows: 22H2, 1909.
var release = regexp.MustCompile(`^\d\d(?:\d\d|H\d)$`)

// targetVersion is the version that a policy keeps the machine at. Of a management
// service it is the value itself.
func (r *registry) targetVersion() string {
	if r.flag(updatePolicy, "TargetReleaseVersion").V {
		return r.text(updatePolicy, "TargetReleaseVersionInfo")
	}
	return r.text(managedUpdate, "TargetReleaseVersion")
}

// pauseUntil is when the last pause ends or ended: a user's, whose end is stated,
// or a policy's, whose beginning is.
func (r *registry) pauseUntil() facts.Maybe[time.Time] {
	until, _ := time.Parse(time.RFC3339, r.text(`Microsoft\WindowsUpdate\UX\Settings`, "PauseUpdatesExpiryTime"))
	for _, key := range []string{updatePolicy, managedUpdate} {
		day, _, _ := strings.Cut(r.text(key, "PauseQualityUpdatesStartTime"), "T")
		if from, err := time.Parse(time.DateOnly, day); err == nil && from.Add(pausedBy).After(until) {
			until = from.Add(pausedBy)
		}
	}
	if until.IsZero() {
		return facts.Maybe[time.Time]{}
	}
	return facts.Some(until.UTC())
}

func (r *registry) repairFromWU() facts.Maybe[bool] {
	never, _ := r.number(repairPolicy, "UseWindowsUpdate")
	direct, _ := r.number(repairPolicy, "RepairContentServerSource")
	switch {
	case never == 2: // "never attempt to download payload from Windows Update"
		return facts.Some(false)
	case direct == 2: // "download repair content directly from Windows Update"
		return facts.Some(true)
	}
	return facts.Maybe[bool]{}
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
		ids, ok := v.Text()
		if !ok { // which type it has is written down nowhere
			several, _ := v.Texts()
			ids = strings.Join(several, ",")
		}
		for id := range strings.SplitSeq(ids, ",") {
			if safeguard.MatchString(strings.TrimSpace(id)) {
				out = append(out, strings.TrimSpace(id))
			}
		}
	})
	return out
}
