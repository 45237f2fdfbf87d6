package collector

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/patchmedic/patchmedic/collector/eventlog/eventlogtest"
)

var oneFilter = regexp.MustCompile(`^\*\[System\[Provider\[@Name='([^']+)'\] and \(((?:EventID=\d+(?: or )?)+)\) and TimeCreated\[timediff\(@SystemTime\) <= 15552000000\]\]\]$`)

// TestEventQuery reads the query back: each event that is taken is asked for once
// in each of its channels, by filters that Windows takes.
func TestEventQuery(t *testing.T) {
	var list struct {
		Query []struct {
			ID     int    `xml:"Id,attr"`
			Path   string `xml:",attr"`
			Select []struct {
				Path string `xml:",attr"`
				Text string `xml:",chardata"`
			}
		}
	}
	if err := xml.Unmarshal([]byte(eventQuery()), &list); err != nil {
		t.Fatal(err)
	}
	asked := map[string]int{}
	for i, q := range list.Query {
		if q.ID != i || len(q.Select) == 0 {
			t.Errorf("query %d has the id %d and %d filters", i, q.ID, len(q.Select))
		}
		for _, s := range q.Select {
			m := oneFilter.FindStringSubmatch(s.Text)
			if m == nil || s.Path != q.Path {
				t.Errorf("%s: %s", s.Path, s.Text)
				continue
			}
			ids := strings.Split(strings.ReplaceAll(m[2], "EventID=", ""), " or ")
			if len(ids) > maxTerms {
				t.Errorf("%s: %d numbers in one filter", m[1], len(ids))
			}
			for _, id := range ids {
				asked[fmt.Sprint(s.Path, "|", m[1], "|", id)]++
			}
		}
	}
	for _, key := range []string{
		"System|Microsoft-Windows-WindowsUpdateClient|19", "Microsoft-Windows-WindowsUpdateClient/Operational|Microsoft-Windows-WindowsUpdateClient|43",
		"Setup|Microsoft-Windows-Servicing|3", "Application|Windows Error Reporting|1001", "System|Microsoft-Windows-WER-SystemErrorReporting|1001",
		"Microsoft-Windows-Bits-Client/Operational|Microsoft-Windows-Bits-Client|61", "Application|ESENT|516",
	} {
		if asked[key] != 1 {
			t.Errorf("%s is asked for %d times", key, asked[key])
		}
	}
	want := 0
	for _, providers := range wanted() {
		for _, ids := range providers {
			want += len(ids)
		}
	}
	if len(asked) != want {
		t.Errorf("%d events are asked for, want %d", len(asked), want)
	}
	for key, times := range asked {
		if times != 1 {
			t.Errorf("%s is asked for %d times", key, times)
		}
	}
}

// TestWatchedLogs: the file of each channel is read, and no other.
func TestWatchedLogs(t *testing.T) {
	for name, want := range map[string]bool{
		"system.evtx": true, "security.evtx": false, "microsoft-windows-bits-client%4operational.evtx": true,
		"microsoft-windows-applocker%4exe and dll.evtx": true, "microsoft-windows-powershell%4operational.evtx": false,
		"poste-7-windowsupdateclient.evtx": true, "system.evtx.bak": false,
	} {
		if isWatchedLog(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}

// TestWatchesHaveEvents: a provider whose list is empty, or a number that stands
// twice, would be a slip.
func TestWatchesHaveEvents(t *testing.T) {
	for provider, list := range watches {
		seen := map[int]bool{}
		for _, w := range list {
			if len(w.ids) == 0 || w.only != nil && len(w.says) == 0 {
				t.Errorf("%s: %+v", provider, w)
			}
			for _, id := range w.ids {
				if seen[id] {
					t.Errorf("%s %d stands twice", provider, id)
				}
				seen[id] = true
			}
		}
	}
}

// TestTakenEvents: what is taken of an event, and what is left as usual.
func TestTakenEvents(t *testing.T) {
	for _, tt := range []struct {
		name, provider string
		id             int
		data, want     string // want is "code message", "" for an event that is left
	}{
		{"transfer", "Microsoft-Windows-Bits-Client", 61, `<Data Name="name">WU Client Download</Data><Data Name="url">http://x.example/a</Data><Data Name="hr">2149580819</Data>`, "0x80200013 name=WU Client Download"},
		{"service that depends", "Service Control Manager", 7001, `<Data Name="param1">BITS</Data><Data Name="param2">RPC</Data><Data Name="param3">%%1058</Data>`, "0x80070422 param1=BITS; param2=RPC; param3=%%1058"},
		{"service that stops", "Service Control Manager", 7036, `<Data Name="param1">Windows Update</Data><Data Name="param2">stopped</Data>`, "0x00000000 Windows Update; stopped"},
		{"another that stops", "Service Control Manager", 7036, `<Data Name="param1">Spooler</Data><Data Name="param2">stopped</Data>`, ""},
		{"database of updates", "ESENT", 455, `<Data>svchost</Data><Data>4312,R,98</Data><Data>C:\Windows\SoftwareDistribution\DataStore\Logs\edb.log</Data>`, `0x00000000 svchost; 4312,R,98; C:\Windows\SoftwareDistribution\DataStore\Logs\edb.log`},
		{"another database", "ESENT", 455, `<Data>mailbox</Data><Data>C:\mail.edb</Data>`, ""},
		{"crash of a part", "Application Error", 1000, `<Data>svchost.exe_wuauserv</Data><Data>10.0.26100.1</Data>`, "0x00000000 svchost.exe_wuauserv; 10.0.26100.1"},
		{"another crash", "Application Error", 1000, `<Data>game.exe</Data>`, ""},
		{"package refused", "MsiInstaller", 1023, `<Data>Contoso</Data><Data>{1}</Data><Data>1625</Data>`, "0x00000000 Contoso; {1}; 1625"},
		{"package installed", "MsiInstaller", 1033, `<Data>Contoso</Data><Data>1.0.1625</Data><Data>0</Data>`, ""},
		{"package failed", "MsiInstaller", 1033, `<Data>Contoso</Data><Data>1.0</Data><Data>1036</Data><Data>1612</Data>`, "0x00000000 Contoso; 1.0; 1036; 1612"},
		{"secure boot", "Microsoft-Windows-TPM-WMI", 1796, `<Data Name="Which">DBX</Data><Data Name="Result">-2147020471</Data>`, "0x80071149 "},
		{"volume that is well", "Microsoft-Windows-Ntfs", 98, `<Data Name="DriveName">C:</Data><Data Name="CorruptionActionState">0</Data>`, ""},
		{"volume that is not", "Microsoft-Windows-Ntfs", 98, `<Data Name="CorruptionActionState">2</Data>`, "0x00000000 CorruptionActionState=2"},
		{"script", "Microsoft-Windows-TaskScheduler", 201, `<Data Name="TaskName">\Clean</Data><Data Name="ActionName">C:\Windows\System32\cmd.exe</Data><Data Name="ResultCode">0</Data>`, `0x00000000 ActionName=C:\Windows\System32\cmd.exe; TaskName=\Clean`},
		{"program of a task", "Microsoft-Windows-TaskScheduler", 201, `<Data Name="TaskName">\X</Data><Data Name="ActionName">taskhostw.exe</Data>`, ""},
		{"start", "EventLog", 6008, `<Data>10:00</Data>`, "0x00000000 "},
		{"not asked for", "EventLog", 6005, ``, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data, err := eventlogtest.Make(fmt.Appendf(nil, `<Events><Event><System><Provider Name="%s"/><EventID>%d</EventID><TimeCreated SystemTime="2026-01-01T00:00:00Z"/><Channel>System</Channel></System><EventData>%s</EventData></Event></Events>`, tt.provider, tt.id, tt.data))
			if err != nil {
				t.Fatal(err)
			}
			g := newGathering(&Source{FS: fstest.MapFS{"System.evtx": file(data)}})
			g.look()
			g.readEvents()
			var got []string
			for _, e := range g.report.Events.V {
				got = append(got, fmt.Sprint(e.Code.V, " ", e.Message.V))
			}
			var want []string
			if tt.want != "" {
				want = []string{tt.want}
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}
