package eventlog_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchmedic/patchmedic/collector/eventlog"
	"github.com/patchmedic/patchmedic/collector/eventlog/eventlogtest"
)

const failure = `<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="Microsoft-Windows-WindowsUpdateClient" Guid="{945a8954}"/>
	<EventID>20</EventID><TimeCreated SystemTime="2026-11-21T18:00:00.5Z"/><Channel>System</Channel><Computer>PC-1</Computer></System>
	<EventData><Data Name="errorCode">0x80070306</Data><Data Name="updateTitle">Mise à jour « &amp; » 2025-05 (KB5058411)</Data></EventData></Event>`

const servicing = `<Event><System><Provider Name="Microsoft-Windows-Servicing"/><EventID>3</EventID><TimeCreated SystemTime="2026-11-21T17:00:00Z"/>
	<Channel>Setup</Channel><Computer>PC-1</Computer></System>
	<UserData><CbsPackageChangeState><PackageIdentifier>KB5058411</PackageIdentifier><ErrorCode>0x800f0922</ErrorCode></CbsPackageChangeState></UserData></Event>`

const report = `<Event><System><Provider Name="Windows Error Reporting"/><EventID>1001</EventID><TimeCreated SystemTime="2026-11-21T16:00:00Z"/>
	<Channel>Application</Channel><Computer>PC-1</Computer></System><EventData><Data>1</Data><Data></Data><Data>WindowsWcpOtherFailure3</Data></EventData></Event>`

func makeLog(t testing.TB, events ...string) []byte {
	t.Helper()
	data, err := eventlogtest.Make([]byte("<Events>" + strings.Join(events, "") + "</Events>"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func readLog(t testing.TB, data []byte) ([]*eventlog.Event, eventlog.Count) {
	t.Helper()
	var events []*eventlog.Event
	count, err := eventlog.Read(bytes.NewReader(data), func(e *eventlog.Event) { events = append(events, e) })
	if err != nil {
		t.Fatal(err)
	}
	return events, count
}

func TestRead(t *testing.T) {
	got, count := readLog(t, makeLog(t, failure, servicing, report))
	want := []*eventlog.Event{
		{Provider: "Microsoft-Windows-WindowsUpdateClient", ID: 20, Channel: "System", Computer: "PC-1",
			At:     time.Date(2026, 11, 21, 18, 0, 0, 5e8, time.UTC),
			Data:   map[string]string{"errorCode": "0x80070306", "updateTitle": "Mise à jour « & » 2025-05 (KB5058411)"},
			Values: []string{"0x80070306", "Mise à jour « & » 2025-05 (KB5058411)"}},
		{Provider: "Microsoft-Windows-Servicing", ID: 3, Channel: "Setup", Computer: "PC-1", At: time.Date(2026, 11, 21, 17, 0, 0, 0, time.UTC),
			Data: map[string]string{"PackageIdentifier": "KB5058411", "ErrorCode": "0x800f0922"}},
		{Provider: "Windows Error Reporting", ID: 1001, Channel: "Application", Computer: "PC-1", At: time.Date(2026, 11, 21, 16, 0, 0, 0, time.UTC),
			Data: map[string]string{}, Values: []string{"1", "", "WindowsWcpOtherFailure3"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if count != (eventlog.Count{Events: 3}) {
		t.Errorf("%+v", count)
	}
}

// TestManyChunks: names and templates are found again in each chunk.
func TestManyChunks(t *testing.T) {
	var events []string
	for i := range 1500 {
		events = append(events, strings.Replace(failure, "0x80070306", fmt.Sprintf("0x%x", 0x80070000+i), 1))
	}
	data := makeLog(t, events...)
	if len(data) < 4*64<<10 {
		t.Fatalf("only %d bytes", len(data))
	}
	got, count := readLog(t, data)
	if count.Events != 1500 || count.Damaged != 0 {
		t.Fatalf("%+v", count)
	}
	for i, e := range got {
		if want := fmt.Sprintf("0x%x", 0x80070000+i); e.Data["errorCode"] != want {
			t.Fatalf("event %d has %q, want %q", i, e.Data["errorCode"], want)
		}
	}
}

func TestDamage(t *testing.T) {
	good := makeLog(t, failure, servicing, report)
	second := append(bytes.Clone(good), good[4096:]...)
	for _, test := range []struct {
		name   string
		damage func(b []byte) []byte
		want   eventlog.Count
	}{
		{"cut in the second chunk", func(b []byte) []byte { return b[:len(b)-1] }, eventlog.Count{Events: 3, Damaged: 1}},
		{"first chunk overwritten", func(b []byte) []byte { copy(b[4096:], "garbage!"); return b }, eventlog.Count{Events: 3, Damaged: 1}},
		{"first chunk never used", func(b []byte) []byte { clear(b[4096 : 4096+65536]); return b }, eventlog.Count{Events: 3}},
		{"a record of no length", func(b []byte) []byte { clear(b[4096+512+4 : 4096+512+8]); return b }, eventlog.Count{Events: 3, Damaged: 1}},
		{"a record longer than its chunk", func(b []byte) []byte { b[4096+512+6] = 9; return b }, eventlog.Count{Events: 3, Damaged: 1}},
	} {
		if _, got := readLog(t, test.damage(bytes.Clone(second))); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}

func TestNoLog(t *testing.T) {
	for _, data := range []string{"", "ElfFile", strings.Repeat("x", 5000)} {
		if _, err := eventlog.Read(strings.NewReader(data), func(*eventlog.Event) { t.Error("an event") }); err == nil {
			t.Errorf("%.10q is read as a log", data)
		}
	}
	broken := io.MultiReader(bytes.NewReader(makeLog(t, failure)), iotest.ErrReader(io.ErrNoProgress))
	if count, err := eventlog.Read(broken, func(*eventlog.Event) {}); err != io.ErrNoProgress || count.Events != 1 {
		t.Errorf("%+v %v, want the reader's error after one event", count, err)
	}
}

// FuzzRead wants an end and bounded work for every file.
func FuzzRead(f *testing.F) {
	f.Add(makeLog(f, failure, servicing, report)[:4096+8192], uint16(600), byte(7))
	f.Add(makeLog(f, servicing)[:4096+4096], uint16(530), byte(0x0c))
	f.Fuzz(func(t *testing.T, data []byte, at uint16, change byte) {
		if len(data) > 4096 {
			data = append(bytes.Clone(data), make([]byte, 64<<10)...)
			data = data[:4096+(64<<10)]
			data[4096+int(at)] ^= change
		}
		size := 0
		eventlog.Read(bytes.NewReader(data), func(e *eventlog.Event) {
			for name, text := range e.Data {
				size += len(name) + len(text)
			}
		})
		if size > 16<<20 {
			t.Errorf("%d bytes of texts in one chunk", size)
		}
	})
}
