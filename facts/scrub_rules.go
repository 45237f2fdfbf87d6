package facts

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// scrubRule finds one kind of name or secret in a text.
type scrubRule struct {
	kind string // of the token
	// needs are pieces in lower case, divided by bars: a text without any of
	// them has nothing of the kind. They are asked for first, since most texts
	// have none, and looking for them costs a hundredth.
	needs string
	// re finds it. The group "x" is what is replaced; what matches without the
	// group is passed over, as the version that looks like an address is.
	re *regexp.Regexp
}

const (
	// inName is a letter of a name of a file or folder.
	inName = `[^\\/:*?"<>|\r\n]`
	// inUser is one of an account's or its folder's, which have fewer.
	inUser = `[^\\/:*?"<>|\r\n\[\];=,+)]`
	// profiles is the folder of the profiles, also as Explorer shows it.
	profiles = `(?:Users|Utilisateurs|Benutzer|Usuarios|Documents and Settings)`
	// account is a user, perhaps with a domain before.
	account = `[\p{L}0-9._'-]+(?:[\\/][\p{L}0-9._$'-]+)?`
	// dotted is a name of at least two labels, of which the last is no number.
	dotted = `[\p{L}0-9][\p{L}0-9_-]*(?:\.[\p{L}0-9_-]+)*\.\p{L}[\p{L}0-9-]+`
	guid   = `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`
	quote  = `["'«“‘]`
	// says stands between a word and what it announces, as in "password: x" and
	// <Password>x</Password>.
	says = `["']?(?:\s*[:=]\s*|>)`
	// hostToken is what the rule of UNC servers left, userToken that of profiles.
	hostToken = `host-(?:\d+|[0-9a-f]{8})`
	userToken = `user-(?:\d+|[0-9a-f]{8})`
	// share is UNC's beginning, up to the server's name.
	share = `\\{2,4}(?:\?\\{1,2}UNC\\{1,2})?`
	// password are the words that announce one.
	password = `(?:(?:^|[^/\w-])[\w-]*(?:password|passwd|pwd|passwort|kennwort)|contraseña|mot de passe|mdp|passphrase|(?:\b|_)(?:secret|token|api[_-]?key|account-?key|access-?key|shared ?access ?signature))`
	// numbers of a bus, a device and then the one that is the thing's own.
	bus = `(?:USB|USBSTOR|USBPRINT|SCSI|HID|BTH|BTHENUM|BTHLE|BTHLEDEVICE|SWD|PCI|IDE|SD|NVME|STORAGE|DISPLAY|MONITOR|HDAUDIO|ACPI|UEFI|WSDPRINT)`
)

// scrubRules are applied in this order.
var scrubRules = []scrubRule{
	{"recovery-key", "0|1|2|3|4|5|6|7|8|9", regexp.MustCompile(`(?:^|[^\d-])(?P<x>\d{6}(?:-\d{6}){2,7}|\d{6}(?:[ \x{a0}–]?\d{6}){7})(?:$|[^\d-])`)},
	{"product-key", "-", regexp.MustCompile(`(?i)\b(?P<x>[A-Z0-9]{5}(?:-[A-Z0-9]{5}){4})\b`)},
	{"product-key", "key|clé|clef", regexp.MustCompile(`(?i)\b(?:p-?key|product ?key|cl(?:é|ef) de produit)[\s:=]+(?P<x>[A-Z0-9]{5}(?:[ -]?[A-Z0-9]{5}){4})\b`)},
	{"id", "login", regexp.MustCompile(`(?i)://login\.[\w.-]+/(?P<x>` + guid + `)`)},
	{"id", "guid|deviceid|machineid|machine_|device_|device-|tenantid|tenant_|clientid|client_|userid|objectid|accountid|hardwareid", regexp.MustCompile(`(?i)(?:machine|device|tenant|client|user|object|account|computer|hardware)[_-]?(?:gu)?id["']?\s*[:=>]?\s*[{"']*(?P<x>` + guid + `)`)},
	{"id", "tenant", regexp.MustCompile(`(?i)\btenant(?: id)?\s*[:=]?\s*[{"']*(?P<x>` + guid + `)`)},
	{"id", "volume{", regexp.MustCompile(`(?i)\bvolume\{(?P<x>` + guid + `)`)},
	{"url", "://", regexp.MustCompile(`(?i)\b(?P<x>[a-z][a-z0-9+.-]+://[^\s"'<>|]+)`)},
	{"user", "/personal/|/~", regexp.MustCompile(`(?i)/(?:personal/|~)(?P<x>[^/\s"'?#<>|]+)`)},
	{"secret", "pass|pwd|secret|token|key|mdp|kennwort|contraseña|signature", regexp.MustCompile(`(?i)` + password + `["']?\s*[:=]\s*["“](?P<x>[^"”\r\n]+)`)},
	{"secret", "pass|pwd|secret|token|key|mdp|kennwort|contraseña|signature", regexp.MustCompile(`(?i)` + password + `(?:` + says + `|\s+(?:is|est|ist|es)\s+)["']?(?P<x>[^\s,;"'<]+)`)},
	{"secret", "pass|pwd|/p:|-p:", regexp.MustCompile(`(?i)(?:^|\s)[-/](?:(?:password|passwd|pwd)\s+|p:)["']?(?P<x>[^\s"']+)`)},
	{"secret", "pin", regexp.MustCompile(`(?i)\bpin\s*[:=]\s*(?P<x>\d{4,20})\b`)},
	{"secret", "plaintext", regexp.MustCompile(`(?i)<Value>(?P<x>[^<]+)</Value>\s*<PlainText>`)},
	{"secret", "cookie", regexp.MustCompile(`(?i)\bcookie:\s*(?P<x>[^\r\n]+)`)},
	{"secret", "bearer|authorization", regexp.MustCompile(`(?i)\b(?:bearer|authorization:\s*\w+)\s+(?P<x>[A-Za-z0-9._~+/=-]{8,})`)},
	{"secret", "eyj", regexp.MustCompile(`\b(?P<x>eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?)`)},
	{"secret", "?|&", regexp.MustCompile(`(?i)[?&][\w-]*(?:sig|signature|token|key|secret|credential)=(?P<x>[^&\s"'<>]+)`)},
	{"secret", "@", regexp.MustCompile(`://(?P<x>[^/\s@:]+(?::[^/\s@]*)?)@`)},
	{"mail", "@|%40", regexp.MustCompile(`(?i)(?P<x>[\p{L}0-9_][\p{L}0-9._%+#'!-]*(?:@|%40)[\p{L}0-9-]+(?:\.[\p{L}0-9-]+)+)`)},
	{"sid", "s-1-", regexp.MustCompile(`(?i)(?:\b|_)(?P<x>S-1-(?:5-21|12-1)(?:-\d+)+)`)},
	{"user", "users|utilisateurs|benutzer|usuarios|settings", regexp.MustCompile(`(?i)(?:[\\/]` + profiles + `[\\/]+|(?:^|[\s"'(\[=])` + profiles + `\\+)(?P<x>` + inUser + `+)`)},
	{"user", "%5c|%2f", regexp.MustCompile(`(?i)(?:%5c|%2f)` + profiles + `(?:%5c|%2f)+(?P<x>(?:[^\s%"'<>|&/\\]|%(?:2[0-9a-e]|5[0-9abd-f]|[01346-9a-f][0-9a-f]))+)`)},
	{"org", "onedrive", regexp.MustCompile(`(?i)\bOneDrive ?[-–—] ?(?P<x>` + inName + `+)`)},
	{"home", "users|utilisateurs|benutzer|usuarios|settings", regexp.MustCompile(`(?i)[\\/]` + profiles + `[\\/]+` + userToken + `[\\/]+(?P<x>(?:` + inName + `+[\\/]+)*(?:` + inName + `*?\.\w{2,8}\b|[^\s\\/:*?"<>|,;\])]+))`)},
	{"user", "user|account|utilisateur|compte|benutzer", regexp.MustCompile(`(?i)\b(?:user|account|utilisateur|compte|benutzer)\s+["'«“‘\[](?P<x>[^"'»”’\]\r\n]{1,64})["'»”’\]]`)},
	{"user", "logged|signed|running|connect", regexp.MustCompile(`(?i)\b(?:(?:logged (?:on|in)|signed in|running)\s+as|connectée? en tant que)\s+` + quote + `?(?P<x>` + account + `)`)},
	{"user", `\`, regexp.MustCompile(`(?i)\b(?:user|account|utilisateur|compte|as|by|for|par|pour|owner)\s+` + quote + `?\s*(?P<x>[\p{L}0-9.-]{2,}\\[\p{L}0-9._$-]+)`)},
	{"user", `azuread\|microsoftaccount\`, regexp.MustCompile(`(?i)\b(?P<x>(?:AzureAD|MicrosoftAccount)\\[\p{L}0-9._@'-]+)`)},
	{"user", `\`, regexp.MustCompile(`(?:^|[\s"'(=,;«\[<{])(?P<x>\p{Lu}[\p{Lu}0-9-]+(?:\.[\p{L}0-9-]+)*\\\p{L}[\p{L}0-9._$-]+)(?:$|[\s"'),;:»\]>}])`)},
	// One letter and a colon are a drive, whose doubled backslash is an escaped one.
	{"host", `\\`, regexp.MustCompile(`(?i)(?:^|[^\\\w:]|\w\w:|\W:)` + share + `(?P<x>[\p{L}0-9][\p{L}0-9._-]*)(?:\\|$|[\s"'),;\]])`)},
	{"host", "//", regexp.MustCompile(`(?:^|[\s"'(=])//(?P<x>[\p{L}0-9][\p{L}0-9._-]*)/`)},
	// A folder's name has no space at its end, so that one path ends before the next.
	{"path", `\\`, regexp.MustCompile(`\\\\(?:\?\\{1,2}UNC\\{1,2})?` + hostToken + `\\{1,2}(?P<x>(?:` + inName + `*[^\\/:*?"<>|\r\n ]\\{1,2})*[^\s\\/:*?"<>|,;]+)`)},
	{"path", "//", regexp.MustCompile(`(?:^|[\s"'(=])//` + hostToken + `/(?P<x>[^\s"'<>|,;]+)`)},
	{"host", "desktop-|laptop-|win-", regexp.MustCompile(`(?i)(?:^|[^\w-])(?P<x>(?:DESKTOP|LAPTOP|WIN)-[A-Z0-9]{7,11})(?:$|[^\w~-])`)},
	{"host", "computer|host|machine|workstation|ordinateur|domain|hôte", regexp.MustCompile(`(?i)(?:\bcomputer ?(?:name)?|\b(?:host|machine|workstation) ?name|\bordinateur|\bnom d['’]h[ôo]te|domain ?(?:name)?|\bdomaine)` + says + quote + `?\s*(?P<x>[\p{L}0-9][\p{L}0-9._-]+)`)},
	{"host", "server|serveur|proxy|wsus|proxies|mandataire|domain|controller|contrôleur|gateway|passerelle|host|hôte", regexp.MustCompile(`(?i)(?:^|[^\w-])(?:servers?|serveur|proxy|wsus|mandataire|domaine?|controller|contrôleur|gateway|passerelle|host|hôte)(?:\s*[:=]\s*|\s+)["'\[(]?(?P<x>` + dotted + `)`)},
	{"host", "http=|https=|http:|ftp|socks|proxy|proxies|wsus|serve", regexp.MustCompile(`(?i)\b(?:https?|ftp|socks|proxy|proxies|wsus|serveur|server)\s*[:=]\s*(?P<x>[\p{L}0-9][\p{L}0-9._-]*):\d{1,5}\b`)},
	{"host", ":", regexp.MustCompile(`(?i)(?:^|[\s=;,"'(\[<])(?P<x>` + dotted + `):\d{2,5}(?:$|[\s;,"')\]>/])`)},
	{"host", ".local|.lan|.corp|.intern|.intra|.home|.private", regexp.MustCompile(`(?i)(?:^|[^\p{L}0-9._-])(?P<x>[\p{L}0-9-]+(?:\.[\p{L}0-9-]+)*\.(?:local|lan|corp|internal|intra|intranet|localdomain|home|private))(?:$|[^\p{L}0-9._-]|\.(?:\s|$))`)},
	// The authority of a domain is called DOMAIN-SERVER-CA unless somebody thought of another name.
	{"host", "-ca", regexp.MustCompile(`(?i)(?:^|CN=)(?P<x>[\p{L}0-9]+(?:-[\p{L}0-9]+)+)-CA(?:-\d+)?(?:$|[\s,;"')\]>])`)},
	{"org", "dc=", regexp.MustCompile(`(?i)\b(?P<x>(?:(?:CN|OU|O|UID)=[^,;"\r\n]+,\s*)*DC=[\p{L}0-9-]+(?:,\s*DC=[\p{L}0-9-]+)*)`)},
	{"org", "organi", regexp.MustCompile(`(?i)\b(?:registered ?)?organi[sz]ation(?: ?name)?` + says + quote + `?(?P<x>[^"'»”,;<\r\n]+)`)},
	{"wifi", "ssid", regexp.MustCompile(`(?i)\bSSID` + says + `["'«“]?(?P<x>[^"'»”,;<\r\n]+)`)},
	{"serial", "serial|série|serie|service tag|servicetag|asset tag|assettag|sn|s/n", regexp.MustCompile(`(?i)(?:serial(?: ?(?:number|no|nr))?|\bnum[ée]ro de s[ée]rie|\bseriennummer|\bservice ?tag|\basset ?tag|\bS/?N)(?:` + says + `|\s*#\s*|\s+)["']?(?P<x>[A-Z0-9-]*\d[A-Z0-9-]{3,})`)},
	{"serial", `usb|scsi|hid\|hid#|bth|swd|pci\|pci#|storage\|display\|monitor\|hdaudio|acpi|uefi|ide\|sd\|nvme|wsdprint`, regexp.MustCompile(`(?i)\b` + bus + `(?:\\{1,2}|#)[^\\#\s]+(?:\\{1,2}|#)(?P<x>[^\\#\s"',;)\]]+)`)},
	{"serial", "printenum", regexp.MustCompile(`(?i)\bPRINTENUM\\(?P<x>[^\\\r\n"',;)\]]+)`)},
	{"mac", ":|-", regexp.MustCompile(`\b(?P<x>[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5})\b`)},
	{"mac", "mac|dev_|device_|physique", regexp.MustCompile(`(?i)(?:\bmac(?: ?addr(?:ess)?)?[\s:=]+|(?:mac|physique)[\s:=]+|DEV_|DEVICE_)(?P<x>[0-9a-f]{12})\b`)},
	// After ~ stands the version of a package.
	{"ip", ".", regexp.MustCompile(`(?i)\bversion\s*[:=]?\s*["']?\d+(?:\.\d+){3}|(?:^|[^\w.~])(?P<x>(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d))(?:$|[^\w.]|\.(?:\s|$))`)},
	{"ip", ":", regexp.MustCompile(`(?:^|[^\w:])(?P<x>(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|(?:[0-9A-Fa-f]{1,4}:){1,6}(?::[0-9A-Fa-f]{1,4}){1,6}|(?:[0-9A-Fa-f]{1,4}:){2,7}:|f[cde][0-9a-f]{2}::)(?:$|[^\w:])`)},
	{"phone", "+|0", regexp.MustCompile(`(?:^|[\s(:])(?P<x>\+[1-9]\d{0,2}[ .-]?(?:\(0\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){2,4}|0[1-9](?:[ .]\d\d){4})(?:$|[^\w.]|\.(?:\s|$))`)},
	// The last, since a second word may be the first of what another rule looks for.
	{"user", "user|account|owner|utilisateur|compte|logon|login|benutzer|usuario", regexp.MustCompile(`(?i)(?:(?:user|account)(?:[ _-]?(?:name|id))?|\bowner(?:[ _-]?name)?|\butilisateur|\bcompte|\bbenutzer(?:name)?|\busuario|\blogon|\blogin)` + says + quote + `?\s*(?P<x>` + account + `(?: (?-i:\p{Lu}\p{Ll})[\p{L}'-]*)?)`)},
}

func (r *scrubRule) mayFind(lower string) bool {
	for word := range strings.SplitSeq(r.needs, "|") {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return false
}

// next returns where the rule matches from at on. It sees the character before,
// so that only the beginning of the text is one; what one name ends with may
// begin the next match, since a single space stands between two names.
func (r *scrubRule) next(text string, at, group int) []int {
	_, before := utf8.DecodeLastRuneInString(text[:at])
	from := at - before
	m := r.re.FindStringSubmatchIndex(text[from:])
	if m != nil && (m[group] < 0 && from+m[1] <= at || m[group] >= 0 && from+m[group] < at) {
		from = at
		m = r.re.FindStringSubmatchIndex(text[from:])
	}
	for i := range m {
		if m[i] >= 0 {
			m[i] += from
		}
	}
	return m
}

// shared are profile folders and parts of accounts that belong to nobody, and
// the first folders of relative paths, which look like a domain.
var shared = wordSet(`public default defaultapppool null authority service builtin nt system trustedinstaller localsystem localservice networkservice
	windows system32 syswow64 winsxs software hklm hkcu hku hkcr machine registry device drivers inf root components sources security sam bcd
	usb usbstor usbprint scsi hid pci acpi swd bth bthenum bthle hdaudio display monitor storage uefi ide sd nvme htree umb efi boot recovery temp logs
	panther cbs amd64 x86 wow64 arm64`)

// sharedFolders are profile folders of several words that belong to nobody.
var sharedFolders = []string{"default user", "all users"}

// nobody reports whether what stands in the place of a user names no person.
func nobody(name string) bool {
	lower := strings.ToLower(strings.TrimSpace(name))
	domain, _, _ := strings.Cut(lower, `\`)
	first, _, _ := strings.Cut(domain, " ")
	return shared[first] || slices.Contains(sharedFolders, lower) || isToken(first) || isCode(first) || isFile(lower)
}

// isCode reports whether a word is a number of Windows or a well-known SID,
// which stand after the words that announce names too.
func isCode(word string) bool {
	return strings.HasPrefix(word, "0x") || strings.HasPrefix(word, "s-1-")
}

// fileTypes are endings of files of Windows and of what makes it: a name that
// has one is no host and no account.
var fileTypes = wordSet(`.sys .dll .exe .inf .log .cab .msu .msi .cat .mum .xml .manifest .dat .tmp .mui .esd .wim .etl .evtx .ini .txt .cpp .c .h .cs .old .bak .mof .ps1 .bat .cmd .md`)

func isFile(name string) bool { return fileTypes[path.Ext(name)] }
