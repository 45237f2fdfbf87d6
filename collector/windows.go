package collector

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/facts"
)

const ntVersion = `Microsoft\Windows NT\CurrentVersion`

// word is what a field may hold that no person writes freely: the hive's text
// could be anything.
var word = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,31}$`)

func wordOf(s string) facts.Maybe[string] {
	if word.MatchString(s) {
		return facts.Some(s)
	}
	return facts.Maybe[string]{}
}

// readWindows reads which Windows this is.
func (g *gathering) readWindows(software, system *registry) {
	build := software.text(ntVersion, "CurrentBuildNumber")
	if build == "" {
		build = software.text(ntVersion, "CurrentBuild")
	}
	number, _ := strconv.ParseInt(build, 10, 32)
	version := software.text(ntVersion, "DisplayVersion")
	if version == "" {
		version = software.text(ntVersion, "ReleaseId")
	}
	kind := ""
	switch install := software.text(ntVersion, "InstallationType"); {
	case install == "Client":
		kind = "client"
	case strings.HasPrefix(install, "Server"):
		kind = "server"
	}
	os := facts.OS{
		Product:      some(product(number, kind, software.text(ntVersion, "ProductName"))),
		Type:         some(kind),
		Edition:      wordOf(software.text(ntVersion, "EditionID")),
		Version:      wordOf(version),
		Build:        some(number),
		Revision:     software.integer(ntVersion, "UBR"),
		Architecture: some(architectures[strings.ToUpper(system.text(system.in(`Control\Session Manager\Environment`), "PROCESSOR_ARCHITECTURE"))]),
		UpgradedFrom: some(system.upgradedFrom()),
	}
	if at, there := software.number(ntVersion, "InstallDate"); there == found && at > 0 && at < 1<<33 {
		os.InstalledAt = facts.Some(time.Unix(int64(at), 0).UTC())
	}
	g.readLanguages(&os, system)
	g.report.OS = some(os)
}

var architectures = map[string]string{"AMD64": "amd64", "ARM64": "arm64", "X86": "x86"}

var serverName = regexp.MustCompile(`^Windows Server(?: \(R\))? (\d{4}(?: R2)?)`)

// product names Windows as Microsoft does. The name in the hive still says
// Windows 10 on Windows 11.
func product(build int64, kind, name string) string {
	switch {
	case kind == "server":
		if m := serverName.FindStringSubmatch(name); m != nil {
			return "Windows Server " + m[1]
		}
		return "Windows Server"
	case kind == "":
		return ""
	case build >= 22000:
		return "Windows 11"
	case build >= 10240:
		return "Windows 10"
	case build >= 9600:
		return "Windows 8.1"
	case build >= 9200:
		return "Windows 8"
	case build >= 7600:
		return "Windows 7"
	}
	return ""
}

// upgradedFrom is the build before the last feature update, which leaves a key
// "Source OS (Updated on ...)" for each.
func (r *registry) upgradedFrom() int64 {
	build, newest := int64(0), time.Time{}
	r.each("Setup", func(key Key) {
		if !strings.HasPrefix(key.Name(), "Source OS") || !key.Written().After(newest) {
			return
		}
		v, err := key.Value("CurrentBuild")
		if err != nil {
			return
		}
		text, _ := v.Text()
		if n, err := strconv.ParseInt(text, 10, 32); err == nil {
			build, newest = n, key.Written()
		}
	})
	return build
}

var languageTag = regexp.MustCompile(`^[a-z]{2,3}(?:-[A-Z][a-z]{3})?-[A-Z]{2}$`)

// readLanguages reads the languages of the system: a user may have another.
func (g *gathering) readLanguages(os *facts.OS, system *registry) {
	var installed []string
	system.each(system.in(`Control\MUI\UILanguages`), func(key Key) {
		if languageTag.MatchString(key.Name()) {
			installed = append(installed, key.Name())
		}
	})
	os.DisplayLanguages = list(installed)
	os.BaseLanguage = some(languages[strings.ToUpper(system.text(system.in(`Control\Nls\Language`), "InstallLanguage"))])
	preferred := system.texts(system.in(`Control\MUI\Settings`), "PreferredUILanguages")
	switch {
	case len(preferred) > 0 && languageTag.MatchString(preferred[0]):
		os.Language = facts.Some(preferred[0])
	case len(installed) == 1:
		os.Language = facts.Some(installed[0])
	}
}

// languages are the numbers of the languages that Windows is sold in
// ([MS-LCID]).
var languages = map[string]string{
	"0401": "ar-SA", "0402": "bg-BG", "0404": "zh-TW", "0405": "cs-CZ", "0406": "da-DK", "0407": "de-DE", "0408": "el-GR", "0409": "en-US",
	"040A": "es-ES", "040B": "fi-FI", "040C": "fr-FR", "040D": "he-IL", "040E": "hu-HU", "0410": "it-IT", "0411": "ja-JP", "0412": "ko-KR",
	"0413": "nl-NL", "0414": "nb-NO", "0415": "pl-PL", "0416": "pt-BR", "0418": "ro-RO", "0419": "ru-RU", "041A": "hr-HR", "041B": "sk-SK",
	"041D": "sv-SE", "041E": "th-TH", "041F": "tr-TR", "0422": "uk-UA", "0424": "sl-SI", "0425": "et-EE", "0426": "lv-LV", "0427": "lt-LT",
	"0804": "zh-CN", "0809": "en-GB", "080A": "es-MX", "0816": "pt-PT", "0C0A": "es-ES", "0C0C": "fr-CA", "241A": "sr-Latn-RS",
}
