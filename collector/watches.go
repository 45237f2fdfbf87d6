package collector

import (
	"encoding/xml"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// watch is an event that matters. Names of data are from the providers'
// manifests; they are compared without case, which changed between versions.
type watch struct {
	ids  []int
	logs []string // the channels it stands in; the System log without any
	code string   // the data that holds its code, or anyData
	says []string // the data that its message is made of, or anyData
	// only keeps what is usual on machines that are well out: the message has to
	// match, before it is cut short.
	only *regexp.Regexp
}

// anyData is all data of an event in their order: those of the oldest providers
// have no names, and some manifests are not published.
const anyData = "*"

const (
	updateClient = "Microsoft-Windows-WindowsUpdateClient"
	errorReports = "Windows Error Reporting"
	bugChecks    = "Microsoft-Windows-WER-SystemErrorReporting"

	systemLog      = "System"
	applicationLog = "Application"
	updateLog      = updateClient + "/Operational"
)

var (
	whole       = []string{anyData}
	setup       = []string{"Setup"}
	application = []string{applicationLog}
	taskLog     = []string{"Microsoft-Windows-TaskScheduler/Operational"}
	defenderLog = []string{"Microsoft-Windows-Windows Defender/Operational"}

	updateStores = regexp.MustCompile(`(?i)DataStore\.edb|\\SoftwareDistribution\\|\\CatRoot2\\|catdb`)
	// updateParts are the programs of Windows whose crashes tell of an update.
	updateParts = regexp.MustCompile(`(?i)^(?:svchost\.exe_wuauserv|TiWorker\.exe|TrustedInstaller\.exe|MoUsoCoreWorker\.exe|(?:StartMenuExperienceHost|ShellHost|ShellExperienceHost|SearchHost|consent)\.exe)(?:;|$)`)
	script      = regexp.MustCompile(`(?i)\b(?:cmd|powershell|pwsh|wscript|cscript)\.exe|\.(?:bat|cmd|ps1|vbs)\b`)
	// installerError is a status between 1600 and 1799 as one of several data.
	installerError = regexp.MustCompile(`(?:^|; )1[67]\d\d(?:;|$)`)
	// updateService is its name in UTF-16, as the last datum, since others are
	// translated; not every Windows has it.
	updateService = regexp.MustCompile(`(?i)77007500610075007300650072007600|^Windows Update; `)
	unwell        = regexp.MustCompile(`=[1-9]`)
	hostsFile     = regexp.MustCompile(`HostsFileHijack`)
)

// watches are the events by their providers. Those of installations that
// Windows Update reports also become its history.
var watches = map[string][]watch{
	updateClient: {
		{ids: []int{16, 20, 25, 31, 34, 35, 213, 217}, logs: []string{systemLog, updateLog}, code: "errorCode", says: []string{"updateTitle", "updateGuid", "serviceGuid"}},
		{ids: []int{24}, logs: []string{systemLog, updateLog}, code: "errorCode", says: []string{"updatelist"}},
	},
	"Microsoft-Windows-Servicing": {
		{ids: []int{2, 4}, logs: setup, says: []string{"PackageIdentifier", "IntendedPackageStateTextized", "Client"}},
		{ids: []int{3}, logs: setup, code: "ErrorCode", says: []string{"PackageIdentifier", "IntendedPackageStateTextized", "Client"}},
		{ids: []int{1013, 1014, 1015}, logs: setup, code: "errorCode", says: []string{"totalCorruption", "repaired"}},
	},
	"Microsoft-Windows-WUSA":       {{ids: []int{2, 3}, logs: setup, code: "ErrorCode", says: []string{"UpdateTitle"}}},
	"Microsoft-Windows-WinREAgent": {{ids: []int{4502}, logs: []string{systemLog, applicationLog}, code: "Errorcode", says: []string{"Operation"}}},
	"Microsoft-Windows-TPM-WMI": { // ids of KB5016061
		{ids: []int{1032, 1033, 1034, 1795, 1796, 1797, 1798, 1800, 1801, 1802, 1803, 1808}, code: anyData},
	},
	"Service Control Manager": {
		{ids: []int{7000, 7003, 7023, 7024}, code: "param2", says: []string{"param1", "param2"}},
		{ids: []int{7001}, code: anyData, says: []string{"param1", "param2", "param3"}},
		{ids: []int{7009, 7011}, says: []string{"param2"}},
		{ids: []int{7031, 7041}, says: []string{"param1"}},
		{ids: []int{7036}, says: whole, only: updateService},
	},
	"disk":                          {{ids: []int{7, 51, 52, 153, 157}}},
	"storahci":                      {{ids: []int{11, 129}}},
	"stornvme":                      {{ids: []int{11, 129}}},
	"iaStorA":                       {{ids: []int{11, 129}}},
	"iaStorAC":                      {{ids: []int{11, 129}}},
	"iaStorAVC":                     {{ids: []int{11, 129}}},
	"iaStorV":                       {{ids: []int{11, 129}}},
	"iaStorVD":                      {{ids: []int{11, 129}}},
	"Ntfs":                          {{ids: []int{55, 130, 137}}},
	"Microsoft-Windows-Ntfs":        {{ids: []int{55, 130, 137}}, {ids: []int{98}, says: []string{"CorruptionActionState"}, only: unwell}},
	"Microsoft-Windows-WHEA-Logger": {{ids: []int{1, 17, 18, 19, 20, 46, 47}}},
	"Microsoft-Windows-MemoryDiagnostics-Results":    {{ids: []int{1102, 1202}, says: []string{"CompletionType", "NumBadPages"}}},
	"Microsoft-Windows-Resource-Exhaustion-Detector": {{ids: []int{2004}}},
	"Microsoft-Windows-Kernel-Boot":                  {{ids: []int{27}, says: []string{"BootType"}}},
	"Microsoft-Windows-Kernel-Power":                 {{ids: []int{41}, says: []string{"BugcheckCode"}}},
	"EventLog":                                       {{ids: []int{6008}}},
	"User32":                                         {{ids: []int{1074}, says: []string{"param1", "param4", "param6"}}},
	"Microsoft-Windows-DistributedCOM":               {{ids: []int{10010}, says: []string{"param1"}}},
	"Microsoft-Windows-Time-Service":                 {{ids: []int{24, 29, 34, 36, 47, 50, 129, 130, 131, 134}}},
	"Schannel":                                       {{ids: []int{36871, 36882}}, {ids: []int{36887}, says: []string{"AlertDesc"}}},
	"Microsoft-Windows-Bits-Client":                  {{ids: []int{61}, logs: []string{"Microsoft-Windows-Bits-Client/Operational"}, code: "hr", says: []string{"name"}}},
	"Microsoft-Windows-NetworkProfile":               {{ids: []int{10001}, logs: []string{"Microsoft-Windows-NetworkProfile/Operational"}}},
	"Microsoft-Windows-TaskScheduler": {
		{ids: []int{146}, logs: taskLog, code: "ResultCode", says: []string{"TaskName"}},
		{ids: []int{201}, logs: taskLog, code: "ResultCode", says: []string{"ActionName", "TaskName"}, only: script},
	},
	"Microsoft-Windows-AppLocker": {
		{ids: []int{8004}, logs: []string{"Microsoft-Windows-AppLocker/EXE and DLL"}, says: []string{"PolicyName", "FilePath"}},
		{ids: []int{8007}, logs: []string{"Microsoft-Windows-AppLocker/MSI and Script"}, says: []string{"PolicyName", "FilePath"}},
		{ids: []int{8022}, logs: []string{"Microsoft-Windows-AppLocker/Packaged app-Execution"}, says: []string{"PolicyName", "Package"}},
		{ids: []int{8025}, logs: []string{"Microsoft-Windows-AppLocker/Packaged app-Deployment"}, says: []string{"PolicyName", "Package"}},
	},
	"Microsoft-Windows-AppXDeployment-Server": {
		{ids: []int{401, 402, 404}, logs: []string{"Microsoft-Windows-AppXDeploymentServer/Operational"}, code: "ErrorCode", says: []string{"PackageFullName", "SummaryError"}},
	},
	"Microsoft-Windows-Windows Defender": {
		{ids: []int{2001, 2003, 2004}, logs: defenderLog, code: "Error Code"},
		{ids: []int{1116}, logs: defenderLog, says: []string{"Threat Name"}, only: hostsFile},
	},
	"Microsoft-Windows-User Profiles Service": {{ids: []int{1508, 1509, 1511}, logs: application}},
	"MsiInstaller": {
		{ids: []int{1023, 1024, 11706, 11714}, logs: application, says: whole},
		{ids: []int{1033, 1034, 1035, 1036}, logs: application, says: whole, only: installerError},
		{ids: []int{1040}, logs: application},
	},
	"ESENT": {{ids: []int{447, 448, 454, 455, 465, 467, 474, 475, 481, 482, 489, 490, 491, 492, 494, 508, 509, 510, 516},
		logs: application, says: whole, only: updateStores}},
	"Application Error": {{ids: []int{1000}, logs: application, says: whole, only: updateParts}},
	".NET Runtime":      {{ids: []int{1023, 1026}, logs: application}},
}

// wanted are the numbers of all events that are taken, by channel and provider.
func wanted() map[string]map[string][]int {
	out := map[string]map[string][]int{}
	want := func(log, provider string, ids ...int) {
		if out[log] == nil {
			out[log] = map[string][]int{}
		}
		all := append(out[log][provider], ids...)
		slices.Sort(all)
		out[log][provider] = slices.Compact(all)
	}
	for provider, list := range watches {
		for _, w := range list {
			logs := w.logs
			if logs == nil {
				logs = []string{systemLog}
			}
			for _, log := range logs {
				want(log, provider, w.ids...)
			}
		}
	}
	for id := range outcomes {
		want(systemLog, updateClient, id)
		want(updateLog, updateClient, id)
	}
	want(applicationLog, errorReports, 1001)
	want(systemLog, bugChecks, 1001)
	return out
}

const (
	// maxTerms bounds the comparisons of one filter: the service of the event logs
	// refuses more than some twenty.
	maxTerms = 15
	// lookBack is how old an event may be that is asked for.
	lookBack = 180 * 24 * time.Hour
)

type (
	eventSelect struct {
		Path  string `xml:",attr"`
		XPath string `xml:",chardata"`
	}
	eventsOf struct {
		ID     int    `xml:"Id,attr"`
		Path   string `xml:",attr"`
		Select []eventSelect
	}
	queryList struct {
		XMLName xml.Name `xml:"QueryList"`
		Query   []eventsOf
	}
)

// eventQuery is a structured query for all events that are taken. Not every
// Windows has all of its channels: it has to be asked with
// EvtQueryTolerateQueryErrors.
func eventQuery() string {
	all := wanted()
	var list queryList
	for i, log := range slices.Sorted(maps.Keys(all)) {
		query := eventsOf{ID: i, Path: log}
		for _, provider := range slices.Sorted(maps.Keys(all[log])) {
			for ids := range slices.Chunk(all[log][provider], maxTerms) {
				query.Select = append(query.Select, eventSelect{log, filter(provider, ids)})
			}
		}
		list.Query = append(list.Query, query)
	}
	text, err := xml.Marshal(list)
	if err != nil { // of strings and numbers
		panic(err)
	}
	return string(text)
}

func filter(provider string, ids []int) string {
	terms := make([]string, len(ids))
	for i, id := range ids {
		terms[i] = fmt.Sprintf("EventID=%d", id)
	}
	return fmt.Sprintf("*[System[Provider[@Name='%s'] and (%s) and TimeCreated[timediff(@SystemTime) <= %d]]]",
		provider, strings.Join(terms, " or "), lookBack.Milliseconds())
}

// isWatchedLog reports whether a file's name in lower case is that of a log that
// holds events that are taken. Exports of the log of updates have many names.
func isWatchedLog(base string) bool {
	return strings.Contains(base, "windowsupdateclient") || slices.Contains(watchedLogs, base)
}

var watchedLogs = logFiles()

// logFiles are the names in lower case of the files of all channels.
func logFiles() []string {
	var out []string
	for log := range wanted() {
		out = append(out, strings.ToLower(strings.ReplaceAll(log, "/", "%4"))+".evtx")
	}
	return out
}
