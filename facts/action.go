package facts

import "sort"

// actions is the vocabulary of remedies and of what was tried. Each is a folder
// of the knowledge base's remedies, or waits to become one.
var actions = [...]string{
	"accept-licence-terms", "activate-windows", "add-machine-resources", "apply-known-issue-rollback",
	"apply-secure-boot-update", "approve-on-wsus", "bypass-wsus", "change-registry-setting", "check-compatibility",
	"check-hardware", "chkdsk", "clean-boot", "clean-image-mounts", "clean-install", "clean-system-partition",
	"clear-setup-leftovers", "clear-software-distribution", "clear-temp-files", "collect-more-logs",
	"component-cleanup", "convert-to-uefi", "decompress-system-files", "disable-fast-startup",
	"disable-third-party-antivirus", "disconnect-peripherals", "disconnect-vpn", "dism-restorehealth",
	"dism-restorehealth-source", "enable-secure-boot", "enable-service", "enable-winre", "enrol-esu", "escalate",
	"extend-recovery-partition", "extend-servicing-timeout", "extend-system-partition", "fix-boot-configuration",
	"fix-configmgr", "fix-delivery-optimization", "fix-dns", "fix-file-permissions", "fix-firewall", "fix-policy",
	"fix-proxy", "fix-repair-source", "fix-service-permissions", "fix-tls", "fix-user-profile", "fix-wsus-server",
	"free-disk-space", "hide-update", "in-place-repair", "install-prerequisite-update", "install-root-certificates",
	"install-servicing-stack", "leave-safe-mode", "manual-msu-install", "pause-updates", "reboot",
	"rebuild-performance-counters", "register-update-service", "reinstall-inbox-app", "reinstall-language-pack",
	"remove-corrupt-package", "remove-driver", "remove-feature", "remove-orphan-service", "remove-setupconfig",
	"rename-computer", "repair-event-channel", "repair-net-framework", "repair-registry-hive",
	"repair-scheduled-task", "repair-store-apps", "repair-wmi", "reregister-components", "reset-catroot2",
	"reset-defender-definitions", "reset-network-stack", "reset-pc", "reset-transaction-logs",
	"reset-update-components", "reset-wsus-client", "restore-default-folders", "restore-inbox-driver",
	"resume-updates", "revert-pending-actions", "run-troubleshooter", "set-virtual-memory", "sfc-scannow",
	"suspend-bitlocker", "sync-clock", "uninstall-conflicting-software", "uninstall-update", "update-driver",
	"update-firmware", "use-media-creation-tool", "use-update-assistant", "wait-and-retry",
}

// KnownAction reports whether the vocabulary has this name. A report may use
// another: it is kept, and whoever reads the report says that it is not known.
func KnownAction(name string) bool {
	i := sort.SearchStrings(actions[:], name)
	return i < len(actions) && actions[i] == name
}
