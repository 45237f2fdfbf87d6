package facts

import "time"

// Schema is the value of a report's schema field.
const Schema = "patchmedic.facts/v1"

// Report is what one machine told us in one collection. Sizes are bytes, times
// are UTC. Every field but Schema may be absent, which means unknown.
//
// Tags beside json: `enum` lists the values a text may have; `key` names the
// field by which an element of a list is found again (services by name), so
// that another value of the same element is a "no" and not an unknown; `scrub`
// says how [Scrubber] treats a text ("keep" for words that are chosen from few
// by a program and cannot name a person or a place; without it the text is
// searched for such names, which leaves product names and the like as they are);
// `compare` says what [Compare] tells "last", since it differs between any two
// collections, or "never", since it is not of the machine.
type Report struct {
	// Schema is always "patchmedic.facts/v1".
	Schema string `json:"schema" scrub:"keep" compare:"never"`
	// CollectedAt is when the facts were true.
	CollectedAt Maybe[time.Time] `json:"collected_at,omitzero" compare:"last"`
	// Collector is the program that gathered the facts.
	Collector Maybe[Collector] `json:"collector,omitzero" compare:"last"`
	// Complete names the lists that hold everything there is, as paths
	// ("services", "updates.history"): what is not in them is known to be missing.
	Complete Maybe[[]string] `json:"complete,omitzero" scrub:"keep" compare:"never"`
	// Device identifies the machine among its site's reports.
	Device Maybe[Device] `json:"device,omitzero"`
	// OS is the Windows that runs, or that the offline image holds.
	OS Maybe[OS] `json:"os,omitzero"`
	// Machine is the hardware and its state.
	Machine Maybe[Machine] `json:"machine,omitzero"`
	// Symptoms is what a person reported.
	Symptoms Maybe[Symptoms] `json:"symptoms,omitzero"`
	// Updates is what Windows Update remembers and offers.
	Updates Maybe[Updates] `json:"updates,omitzero"`
	// Packages are those of the component store that matter.
	Packages Maybe[[]Package] `json:"packages,omitzero" key:"name,kb"`
	// ComponentStore is the health of WinSxS as DISM and SFC tell it.
	ComponentStore Maybe[ComponentStore] `json:"component_store,omitzero"`
	// Reboot is whether Windows waits for a restart, and why.
	Reboot Maybe[Reboot] `json:"reboot,omitzero"`
	// Services are those that updates depend on.
	Services Maybe[[]Service] `json:"services,omitzero" key:"name"`
	// Volumes are the disk's partitions.
	Volumes Maybe[[]Volume] `json:"volumes,omitzero" key:"role"`
	// Policy is what an administrator set for updates.
	Policy Maybe[Policy] `json:"policy,omitzero"`
	// Network is how the machine reaches its update servers.
	Network Maybe[Network] `json:"network,omitzero"`
	// Security is what protects the machine, and may stand in the way.
	Security Maybe[Security] `json:"security,omitzero"`
	// Activation is the licence's state.
	Activation Maybe[Activation] `json:"activation,omitzero"`
	// Features are optional Windows features.
	Features Maybe[[]Feature] `json:"features,omitzero" key:"name"`
	// Tasks are scheduled tasks of the update system.
	Tasks Maybe[[]Task] `json:"tasks,omitzero" key:"path"`
	// Crashes are recent stop errors.
	Crashes Maybe[[]Crash] `json:"crashes,omitzero"`
	// Recovery is the recovery environment's state.
	Recovery Maybe[Recovery] `json:"recovery,omitzero"`
	// Drivers are devices with a problem, or suspected.
	Drivers Maybe[[]Driver] `json:"drivers,omitzero"`
	// Setup is the outcome of a feature update.
	Setup Maybe[Setup] `json:"setup,omitzero"`
	// Events are entries of Windows event logs that matter.
	Events Maybe[[]Event] `json:"events,omitzero"`
	// Logs are the lines of servicing logs that matter.
	Logs Maybe[[]LogLine] `json:"logs,omitzero"`
	// Tried is what somebody already did against the failure.
	Tried Maybe[[]Attempt] `json:"tried,omitzero" key:"action"`
	// Constraints are what the machine's owner does not allow now.
	Constraints Maybe[Constraints] `json:"constraints,omitzero"`
	// Errors are probes that failed: their facts are unknown, not false.
	Errors Maybe[[]ProbeError] `json:"errors,omitzero"`
}

// Silent reports whether neither Windows, nor a log, nor a person tells here of
// updates. That no failure is seen then means that nobody looked, or that what
// was looked at knows of none.
func (r *Report) Silent() bool {
	u, s := &r.Updates.V, &r.Symptoms.V
	return len(u.History.V)+len(u.Offered.V)+len(u.Installed.V)+len(r.Packages.V)+len(r.Logs.V)+len(r.Events.V)+len(r.Tried.V) == 0 &&
		r.ComponentStore.State() == Absent && r.Setup.State() == Absent && s.Text.V == "" && len(s.Codes.V)+len(s.KBs.V) == 0
}

// Collector describes the program that gathered a report.
type Collector struct {
	Version Maybe[string] `json:"version,omitzero" scrub:"keep"`
	// Elevated: it ran with administrator rights.
	Elevated Maybe[bool] `json:"elevated,omitzero"`
	// Mode: live on the running machine, offline from its files, or typed in.
	Mode Maybe[string] `json:"mode,omitzero" enum:"live,offline,manual"`
}

// Device identifies a machine.
type Device struct {
	// ID is a stable pseudonym made by the collector.
	ID Maybe[string] `json:"id,omitzero" scrub:"keep"`
	// Name is the host name, sent only where a site allows it.
	Name Maybe[string] `json:"name,omitzero" scrub:"host"`
}

// OS describes a Windows installation.
type OS struct {
	Product Maybe[string] `json:"product,omitzero"`
	Type    Maybe[string] `json:"type,omitzero" enum:"client,server"`
	Edition Maybe[string] `json:"edition,omitzero"`
	// Version is the marketing version, "24H2".
	Version Maybe[string] `json:"version,omitzero" scrub:"keep"`
	// Build is the build number, 26100.
	Build Maybe[int64] `json:"build,omitzero"`
	// Revision is the update build revision (UBR), 4061.
	Revision Maybe[int64] `json:"revision,omitzero"`
	// Hotpatch: the machine takes hotpatches, whose revisions follow another calendar.
	Hotpatch     Maybe[bool]   `json:"hotpatch,omitzero"`
	Architecture Maybe[string] `json:"architecture,omitzero" scrub:"keep"`
	// Language is the one in use, as in "fr-FR".
	Language         Maybe[string]    `json:"language,omitzero" scrub:"keep"`
	BaseLanguage     Maybe[string]    `json:"base_language,omitzero" scrub:"keep"`
	DisplayLanguages Maybe[[]string]  `json:"display_languages,omitzero" scrub:"keep"`
	InstalledAt      Maybe[time.Time] `json:"installed_at,omitzero"`
	// UpgradedFrom is the build that was there before the last feature update.
	UpgradedFrom Maybe[int64] `json:"upgraded_from,omitzero"`
	// Uptime is seconds since the last start.
	Uptime Maybe[int64] `json:"uptime_s,omitzero" compare:"last"`
	// ImageModified names tools or traits that show a stripped image.
	ImageModified Maybe[[]string] `json:"image_modified,omitzero"`
	// KeyFiles are system files whose version shows what really runs.
	KeyFiles Maybe[[]KeyFile] `json:"key_files,omitzero" key:"path"`
}

// KeyFile is a system file and its version.
type KeyFile struct {
	Path    Maybe[string] `json:"path,omitzero"`
	Version Maybe[string] `json:"version,omitzero" scrub:"keep"`
}

// Machine describes the hardware.
type Machine struct {
	Virtual Maybe[bool]   `json:"virtual,omitzero"`
	CPU     Maybe[string] `json:"cpu,omitzero"`
	// Memory and Pagefile are bytes.
	Memory       Maybe[int64]  `json:"memory,omitzero"`
	Pagefile     Maybe[int64]  `json:"pagefile,omitzero"`
	Firmware     Maybe[string] `json:"firmware,omitzero" enum:"uefi,bios"`
	FirmwareDate Maybe[Date]   `json:"firmware_date,omitzero"`
	BootDisk     Maybe[string] `json:"boot_disk,omitzero" enum:"gpt,mbr"`
	DiskHealth   Maybe[string] `json:"disk_health,omitzero" enum:"ok,warning,failing"`
	Power        Maybe[string] `json:"power,omitzero" enum:"ac,battery"`
	FastStartup  Maybe[bool]   `json:"fast_startup,omitzero"`
	SafeMode     Maybe[bool]   `json:"safe_mode,omitzero"`
	UserSignedIn Maybe[bool]   `json:"user_signed_in,omitzero"`
	// Profiles is the number of user profiles.
	Profiles          Maybe[int64]     `json:"profiles,omitzero"`
	RedirectedFolders Maybe[[]string]  `json:"redirected_folders,omitzero"`
	TempFiles         Maybe[TempFiles] `json:"temp_files,omitzero" compare:"last"`
	ManagedBy         Maybe[[]string]  `json:"managed_by,omitzero" enum:"none,wsus,configmgr,intune,autopatch"`
	Joined            Maybe[string]    `json:"joined,omitzero" enum:"none,domain,entra,hybrid"`
}

// TempFiles measures C:\Windows\Temp.
type TempFiles struct {
	Count Maybe[int64] `json:"count,omitzero"`
	Bytes Maybe[int64] `json:"bytes,omitzero"`
}

// Symptoms is what a person said.
type Symptoms struct {
	// Text is in the person's own words, in any language.
	Text  Maybe[string] `json:"text,omitzero"`
	Codes Maybe[[]Code] `json:"codes,omitzero"`
	KBs   Maybe[[]KB]   `json:"kbs,omitzero"`
}

// Updates is what Windows Update remembers, offers and hides.
type Updates struct {
	History Maybe[[]HistoryEntry] `json:"history,omitzero"`
	Offered Maybe[[]Offer]        `json:"offered,omitzero" key:"kb"`
	// Hidden are the updates somebody hid.
	Hidden Maybe[[]Offer] `json:"hidden,omitzero" key:"kb"`
	// Installed is Windows' own list (Get-HotFix), which is not the component store's.
	Installed Maybe[[]InstalledUpdate] `json:"installed,omitzero" key:"kb"`
}

// HistoryEntry is one attempt that Windows Update remembers.
type HistoryEntry struct {
	KB        Maybe[KB]        `json:"kb,omitzero"`
	Title     Maybe[string]    `json:"title,omitzero" scrub:"title"`
	Operation Maybe[string]    `json:"operation,omitzero" enum:"install,uninstall"`
	Result    Maybe[string]    `json:"result,omitzero" enum:"succeeded,succeeded_with_errors,failed,aborted,in_progress"`
	Code      Maybe[Code]      `json:"code,omitzero"`
	At        Maybe[time.Time] `json:"at,omitzero"`
}

// Ended reports that the entry is an installation which came to an end, well or
// not. One that somebody stopped, or that goes on, says nothing of its update.
func (e HistoryEntry) Ended() bool {
	switch e.Result.V {
	case "succeeded", "succeeded_with_errors", "failed":
		return e.Operation.V != "uninstall"
	}
	return false
}

// Offer is an update that Windows Update offers, or that is hidden.
type Offer struct {
	KB         Maybe[KB]     `json:"kb,omitzero"`
	Title      Maybe[string] `json:"title,omitzero" scrub:"title"`
	Downloaded Maybe[bool]   `json:"downloaded,omitzero"`
}

// InstalledUpdate is an entry of Windows' list of installed updates.
type InstalledUpdate struct {
	KB Maybe[KB]        `json:"kb,omitzero"`
	At Maybe[time.Time] `json:"at,omitzero"`
}

// Package is a package of the component store.
type Package struct {
	Name  Maybe[string] `json:"name,omitzero"`
	KB    Maybe[KB]     `json:"kb,omitzero"`
	State Maybe[string] `json:"state,omitzero" enum:"absent,uninstall_pending,resolving,resolved,staged,superseded,install_pending,partially_installed,installed,permanent"`
}

// ComponentStore is the state of WinSxS.
type ComponentStore struct {
	Health        Maybe[string]        `json:"health,omitzero" enum:"healthy,repairable,not_repairable"`
	RestoreHealth Maybe[RestoreHealth] `json:"restore_health,omitzero"`
	SFC           Maybe[string]        `json:"sfc,omitzero" enum:"clean,repaired,unrepaired"`
	// PendingXML: pending.xml exists, so servicing waits to be completed.
	PendingXML Maybe[bool] `json:"pending_xml,omitzero"`
	// RollbackStatus is the code with which the last transaction was rolled back.
	RollbackStatus Maybe[Code] `json:"rollback_status,omitzero"`
}

// RestoreHealth is the last run of DISM /RestoreHealth.
type RestoreHealth struct {
	Result Maybe[string] `json:"result,omitzero" enum:"succeeded,failed"`
	Code   Maybe[Code]   `json:"code,omitzero"`
}

// Reboot is whether a restart is outstanding.
type Reboot struct {
	Pending Maybe[bool]     `json:"pending,omitzero"`
	Reasons Maybe[[]string] `json:"reasons,omitzero" enum:"component_servicing,windows_update,file_rename,domain_join,feature"`
}

// Service is a Windows service or driver service.
type Service struct {
	Name  Maybe[string] `json:"name,omitzero" scrub:"keep"`
	State Maybe[string] `json:"state,omitzero" enum:"running,stopped,paused,missing"`
	Start Maybe[string] `json:"start,omitzero" enum:"automatic,delayed,manual,disabled"`
}

// Volume is a partition with a file system.
type Volume struct {
	Mount      Maybe[string] `json:"mount,omitzero"`
	Role       Maybe[string] `json:"role,omitzero" enum:"system,esp,system_reserved,recovery,data"`
	Filesystem Maybe[string] `json:"filesystem,omitzero" scrub:"keep"`
	Total      Maybe[int64]  `json:"total,omitzero"`
	Free       Maybe[int64]  `json:"free,omitzero" compare:"last"`
}

// Policy is what an administrator set.
type Policy struct {
	WSUSServer           Maybe[string]    `json:"wsus_server,omitzero" scrub:"url"`
	UseWSUS              Maybe[bool]      `json:"use_wsus,omitzero"`
	BlockMicrosoftUpdate Maybe[bool]      `json:"block_microsoft_update,omitzero"`
	AccessDisabled       Maybe[bool]      `json:"access_disabled,omitzero"`
	TargetVersion        Maybe[string]    `json:"target_version,omitzero"`
	DeferralDays         Maybe[int64]     `json:"deferral_days,omitzero"`
	PauseUntil           Maybe[time.Time] `json:"pause_until,omitzero"`
	RepairSource         Maybe[string]    `json:"repair_source,omitzero" scrub:"paths"`
	// RepairFromWU: repairs may take their files from Windows Update.
	RepairFromWU Maybe[bool] `json:"repair_from_wu,omitzero"`
	// DeliveryOptimization is the download mode's number (0 to 3, 99, 100).
	DeliveryOptimization Maybe[int64]    `json:"delivery_optimization,omitzero"`
	SafeguardIDs         Maybe[[]string] `json:"safeguard_ids,omitzero" scrub:"keep"`
}

// Network is how the machine reaches servers.
type Network struct {
	Proxy   Maybe[string] `json:"proxy,omitzero" scrub:"url"`
	VPN     Maybe[bool]   `json:"vpn,omitzero"`
	Metered Maybe[bool]   `json:"metered,omitzero"`
	// ClockSkew is how many seconds the machine's clock is ahead; negative: behind.
	ClockSkew Maybe[int64]      `json:"clock_skew_s,omitzero" compare:"last"`
	TLS       Maybe[[]string]   `json:"tls,omitzero" scrub:"keep"`
	Endpoints Maybe[[]Endpoint] `json:"endpoints,omitzero" key:"host"`
}

// Endpoint is one server that was probed.
type Endpoint struct {
	Host              Maybe[string] `json:"host,omitzero" scrub:"host"`
	Role              Maybe[string] `json:"role,omitzero" enum:"microsoft,wsus,other"`
	Reachable         Maybe[bool]   `json:"reachable,omitzero"`
	Code              Maybe[Code]   `json:"code,omitzero"`
	HTTPStatus        Maybe[int64]  `json:"http_status,omitzero"`
	CertificateIssuer Maybe[string] `json:"certificate_issuer,omitzero"`
}

// Security is what protects the machine.
type Security struct {
	Antivirus           Maybe[[]Antivirus] `json:"antivirus,omitzero" key:"name"`
	FilterDrivers       Maybe[[]string]    `json:"filter_drivers,omitzero"`
	Encryption          Maybe[string]      `json:"encryption,omitzero" enum:"none,bitlocker,suspended,third_party"`
	RecoveryKeyEscrowed Maybe[bool]        `json:"recovery_key_escrowed,omitzero"`
	SecureBoot          Maybe[bool]        `json:"secure_boot,omitzero"`
	TPM                 Maybe[string]      `json:"tpm,omitzero" scrub:"keep"`
}

// Antivirus is a registered protection product.
type Antivirus struct {
	Name      Maybe[string] `json:"name,omitzero"`
	Microsoft Maybe[bool]   `json:"microsoft,omitzero"`
	Enabled   Maybe[bool]   `json:"enabled,omitzero"`
}

// Activation is the licence's state.
type Activation struct {
	Status  Maybe[string] `json:"status,omitzero" enum:"licensed,notification"`
	Channel Maybe[string] `json:"channel,omitzero" enum:"retail,oem,volume"`
	ESU     Maybe[string] `json:"esu,omitzero" enum:"none,enrolled,expired"`
}

// Feature is an optional Windows feature.
type Feature struct {
	Name  Maybe[string] `json:"name,omitzero" scrub:"keep"`
	State Maybe[string] `json:"state,omitzero" enum:"enabled,disabled,removed"`
}

// Task is a scheduled task.
type Task struct {
	Path  Maybe[string] `json:"path,omitzero"`
	State Maybe[string] `json:"state,omitzero" enum:"ready,disabled,damaged"`
}

// Crash is a stop error.
type Crash struct {
	Code   Maybe[Stop]      `json:"code,omitzero"`
	Driver Maybe[string]    `json:"driver,omitzero"`
	At     Maybe[time.Time] `json:"at,omitzero"`
}

// Recovery is the recovery environment.
type Recovery struct {
	WinREEnabled Maybe[bool] `json:"winre_enabled,omitzero"`
}

// Driver is a device and its driver.
type Driver struct {
	Device   Maybe[string] `json:"device,omitzero"`
	Provider Maybe[string] `json:"provider,omitzero"`
	Version  Maybe[string] `json:"version,omitzero" scrub:"keep"`
	// ProblemCode is Device Manager's "Code 39" number, which is not a Win32 error.
	ProblemCode Maybe[int64] `json:"problem_code,omitzero"`
}

// Setup is the outcome of a feature update.
type Setup struct {
	Result        Maybe[Code]   `json:"result,omitzero"`
	Extend        Maybe[Extend] `json:"extend,omitzero"`
	FromBuild     Maybe[int64]  `json:"from_build,omitzero"`
	ToBuild       Maybe[int64]  `json:"to_build,omitzero"`
	SetupDiagRule Maybe[string] `json:"setupdiag_rule,omitzero"`
	// Blocker is what setup named as the obstacle: a driver, a program.
	Blocker Maybe[string] `json:"blocker,omitzero"`
}

// Event is an entry of a Windows event log.
type Event struct {
	Log      Maybe[string]    `json:"log,omitzero"`
	Provider Maybe[string]    `json:"provider,omitzero"`
	ID       Maybe[int64]     `json:"id,omitzero"`
	Code     Maybe[Code]      `json:"code,omitzero"`
	At       Maybe[time.Time] `json:"at,omitzero"`
	// Message is localised: conditions on it may only match what is not.
	Message Maybe[string] `json:"message,omitzero"`
}

// LogLine is a line of a servicing log, repeats collapsed.
type LogLine struct {
	File    Maybe[string] `json:"file,omitzero" enum:"cbs.log,dism.log,setupact.log,setuperr.log,setupapi.dev.log,windowsupdate.log,reportingevents.log,setupdiag,wer"`
	Session Maybe[string] `json:"session,omitzero"`
	// Role: the first failure of its session, the original status of a rollback,
	// the result that was reported, or context.
	Role      Maybe[string]    `json:"role,omitzero" enum:"first,original_status,result,context"`
	Level     Maybe[string]    `json:"level,omitzero"`
	Component Maybe[string]    `json:"component,omitzero"`
	Code      Maybe[Code]      `json:"code,omitzero"`
	Installer Maybe[string]    `json:"installer,omitzero"`
	Package   Maybe[string]    `json:"package,omitzero"`
	Text      Maybe[string]    `json:"text,omitzero"`
	FirstAt   Maybe[time.Time] `json:"first_at,omitzero" compare:"last"`
	LastAt    Maybe[time.Time] `json:"last_at,omitzero" compare:"last"`
	Count     Maybe[int64]     `json:"count,omitzero" compare:"last"`
}

// Attempt is something a person tried.
type Attempt struct {
	// Action is a name of the vocabulary ([KnownAction]); another name is kept.
	Action  Maybe[string]    `json:"action,omitzero"`
	Outcome Maybe[string]    `json:"outcome,omitzero" enum:"fixed,partly,no_effect,failed"`
	At      Maybe[time.Time] `json:"at,omitzero"`
}

// Constraints is what may not be done now.
type Constraints struct {
	NoDowntime Maybe[bool] `json:"no_downtime,omitzero"`
	Offline    Maybe[bool] `json:"offline,omitzero"`
	NoAdmin    Maybe[bool] `json:"no_admin,omitzero"`
}

// ProbeError is a probe that could not be carried out.
type ProbeError struct {
	Source Maybe[string] `json:"source,omitzero"`
	Error  Maybe[string] `json:"error,omitzero"`
}
