package facts

import (
	"regexp"
	"strings"
)

// scrubRule finds one kind of name or secret in a text.
type scrubRule struct {
	kind string // of the token
	// needs are words in lower case, divided by spaces: a text without any of
	// them has nothing of the kind. They are asked for first, since most texts
	// have none, and looking for them costs a hundredth.
	needs string
	re    *regexp.Regexp // the group "x" is what is replaced
}

const (
	// inName is a letter of a name of a file or folder.
	inName = `[^\\/:*?"<>|\r\n]`
	// hostToken is what the rule of UNC servers left.
	hostToken = `host-(?:\d+|[0-9a-f]{8})`
)

// scrubRules are applied in this order.
var scrubRules = []scrubRule{
	{"recovery-key", "-", regexp.MustCompile(`\b(?P<x>\d{6}(?:-\d{6}){7})\b`)},
	{"product-key", "-", regexp.MustCompile(`(?i)\b(?P<x>[A-Z0-9]{5}(?:-[A-Z0-9]{5}){4})\b`)},
	{"url", "://", regexp.MustCompile(`(?i)\b(?P<x>(?:https?|ftp|file|ldaps?)://[^\s"'<>|]+)`)},
	{"secret", "pass pwd secret token key", regexp.MustCompile(`(?i)(?:\b|_)(?:password|passwd|pwd|mot de passe|passphrase|secret|token|api[_-]?key|account-?key|access-?key)["']?\s*[:=]\s*["']?(?P<x>[^\s,;"']+)`)},
	{"secret", "bearer authorization", regexp.MustCompile(`(?i)\b(?:bearer|authorization:\s*\w+)\s+(?P<x>[A-Za-z0-9._~+/=-]{8,})`)},
	{"secret", "eyj", regexp.MustCompile(`\b(?P<x>eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?)`)},
	{"secret", "? &", regexp.MustCompile(`(?i)[?&][\w-]*(?:sig|signature|token|key|secret|credential)=(?P<x>[^&\s"'<>]+)`)},
	{"secret", "@", regexp.MustCompile(`://(?P<x>[^/\s@:]+(?::[^/\s@]*)?)@`)},
	{"mail", "@", regexp.MustCompile(`(?P<x>[\p{L}0-9._%+-]+@[\p{L}0-9-]+(?:\.[\p{L}0-9-]+)+)`)},
	{"sid", "s-1-", regexp.MustCompile(`(?i)\b(?P<x>S-1-(?:5-21|12-1)(?:-\d+){2,})\b`)},
	{"user", "users utilisateurs settings", regexp.MustCompile(`(?i)[\\/](?:Users|Utilisateurs|Documents and Settings)[\\/]+(?P<x>` + inName + `+)`)},
	{"org", "onedrive", regexp.MustCompile(`(?i)\bOneDrive - (?P<x>` + inName + `+)`)},
	{"user", "user account owner utilisateur compte logon login", regexp.MustCompile(`(?i)\b(?:user ?(?:name|id)?|account(?: ?name)?|owner|utilisateur|compte|logon|login)\s*[:=]\s*["'«]?\s*(?P<x>[\p{L}0-9._-]+(?:\\[\p{L}0-9._$-]+)?)`)},
	{"user", `\`, regexp.MustCompile(`(?i)\b(?:user|account|utilisateur|compte|as|by|for|par|pour|owner)\s+["'«]?\s*(?P<x>[\p{L}0-9.-]{2,}\\[\p{L}0-9._$-]+)`)},
	{"user", `\`, regexp.MustCompile(`(?:^|[\s"'(=,;«])(?P<x>[A-Z][A-Z0-9-]+\\[\p{Ll}][\p{Ll}0-9._-]+)(?:$|[\s"'),;:»])`)},
	// One letter and a colon are a drive, whose doubled backslash is an escaped one.
	{"host", `\\`, regexp.MustCompile(`(?i)(?:^|[^\\\w:]|\w\w:|\W:)\\{2,4}(?:\?\\{1,2}UNC\\{1,2})?(?P<x>[\p{L}0-9][\p{L}0-9._-]*)\\`)},
	// A folder's name has no space at its end, so that one path ends before the next.
	{"path", `\\`, regexp.MustCompile(`\\\\(?:\?\\{1,2}UNC\\{1,2})?` + hostToken + `\\{1,2}(?P<x>(?:` + inName + `*[^\\/:*?"<>|\r\n ]\\{1,2})*[^\s\\/:*?"<>|,;]+)`)},
	{"host", "desktop- laptop- win-", regexp.MustCompile(`(?i)\b(?P<x>(?:DESKTOP|LAPTOP|WIN)-[A-Z0-9]{7,11})\b`)},
	{"host", "computer host ordinateur domain", regexp.MustCompile(`(?i)\b(?:computer ?(?:name)?|host ?name|ordinateur|domain ?(?:name)?|domaine)\s*[:=]\s*["'«]?\s*(?P<x>[\p{L}0-9][\p{L}0-9._-]+)`)},
	{"serial", "serial série serie tag", regexp.MustCompile(`(?i)\b(?:serial(?: ?(?:number|no|nr))?|num[ée]ro de s[ée]rie|service ?tag|asset ?tag)(?:\s*[:=#]\s*|\s+)["']?(?P<x>[A-Z0-9-]*\d[A-Z0-9-]{3,})`)},
	{"serial", `usb\ usbstor\ scsi\ hid\ bthenum\ swd\`, regexp.MustCompile(`(?i)\b(?:USB|USBSTOR|SCSI|HID|BTHENUM|SWD)\\[^\\\s]+\\(?P<x>[^\\\s"',;)]+)`)},
	{"mac", ": -", regexp.MustCompile(`\b(?P<x>[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5})\b`)},
	// After ~ stands the version of a package.
	{"ip", ".", regexp.MustCompile(`(?:^|[^\w.~])(?P<x>(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d))(?:$|[^\w.]|\.(?:\s|$))`)},
	{"ip", ":", regexp.MustCompile(`(?:^|[^\w:])(?P<x>(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|(?:[0-9A-Fa-f]{1,4}:){1,6}(?::[0-9A-Fa-f]{1,4}){1,6})(?:$|[^\w:])`)},
}

func (r *scrubRule) mayFind(lower string) bool {
	for word := range strings.SplitSeq(r.needs, " ") {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return false
}

// shared are profile folders and parts of accounts that belong to nobody, and
// the first folders of relative paths, which look like a domain.
var shared = map[string]bool{
	"public": true, "default": true, "default user": true, "all users": true, "defaultapppool": true, "null": true,
	"authority": true, "service": true, "builtin": true, "nt": true, "system": true, "trustedinstaller": true,
	"windows": true, "system32": true, "syswow64": true, "winsxs": true, "software": true, "hklm": true, "hkcu": true,
	"hku": true, "hkcr": true, "machine": true, "registry": true, "device": true, "drivers": true, "inf": true, "root": true,
	"components": true, "sources": true, "usb": true, "usbstor": true, "scsi": true, "hid": true, "pci": true, "acpi": true, "swd": true,
}

// nobody reports whether what stands in the place of a user names no person.
func nobody(name string) bool {
	domain, _, _ := strings.Cut(strings.ToLower(name), `\`)
	return shared[strings.TrimSpace(domain)] || isToken(domain)
}
