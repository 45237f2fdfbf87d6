package eventlog_test

import (
	"bytes"
	"encoding/xml"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/patchmedic/patchmedic/collector/eventlog"
	"github.com/patchmedic/patchmedic/collector/eventlog/eventlogtest"
)

func TestParseXML(t *testing.T) {
	at := time.Date(2026, 11, 21, 18, 0, 0, 123456700, time.UTC)
	const head = `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='P' Guid='{0}' EventSourceName='S'/>` +
		`<EventID Qualifiers='16384'>7</EventID><Version>0</Version><TimeCreated SystemTime='2026-11-21T18:00:00.1234567Z'/>` +
		`<Correlation/><Execution ProcessID='4' ThreadID='8'/><Channel>System</Channel><Computer>PC-1</Computer><Security/></System>`
	for _, test := range []struct {
		name, rest string
		data       map[string]string
		values     []string
	}{
		{"named data", `<EventData><Data Name='a'>1</Data><Data Name='b'/></EventData></Event>`,
			map[string]string{"a": "1", "b": ""}, []string{"1", ""}},
		{"data without names, and binary", `<EventData><Data>x</Data><Data>y</Data><Binary>0D0A</Binary></EventData></Event>`,
			map[string]string{}, []string{"x", "y"}},
		{"the provider's own elements", `<UserData><Change xmlns='urn:x'><Code>0x800f0922</Code><Client>A &amp; B</Client></Change></UserData></Event>`,
			map[string]string{"Code": "0x800f0922", "Client": "A & B"}, nil},
		{"no data", `</Event>`, map[string]string{}, nil},
		{"lines", "<EventData><Data Name='a'>1\r\n2</Data></EventData></Event>",
			map[string]string{"a": "1\n2"}, []string{"1", "2"}},
		{"what is no XML character", "<EventData><Data Name='a'>\x01\x00\uffff</Data></EventData></Event>",
			map[string]string{"a": "\ufffd\ufffd\ufffd"}, []string{"\ufffd\ufffd\ufffd"}},
		{"the rendered texts", `<EventData><Data Name='a'>1</Data></EventData><RenderingInfo Culture='fr-FR'><Message>Non</Message><Level>Erreur</Level></RenderingInfo></Event>`,
			map[string]string{"a": "1"}, []string{"1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := eventlog.ParseXML([]byte(head + test.rest))
			if err != nil {
				t.Fatal(err)
			}
			want := &eventlog.Event{Provider: "P", ID: 7, Channel: "System", Computer: "PC-1", At: at, Data: test.data, Values: test.values}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseXMLRefuses(t *testing.T) {
	for _, data := range []string{"", "no XML", "<Event>", "<Other/>", "<Event><System><EventID>x</EventID></System></Event>", failure[:len(failure)-3],
		strings.Replace(failure, "<EventData>", strings.Repeat("<a>", 30), 1)} {
		if e, err := eventlog.ParseXML([]byte(data)); err == nil {
			t.Errorf("%.80q is read as %+v", data, e)
		}
	}
}

// TestOneMeaning: an event is the same whether it is read from a file or from its
// XML, for every event that the machines of the tests have.
func TestOneMeaning(t *testing.T) {
	events := 0
	err := filepath.WalkDir("../testdata/hosts", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".evtx.xml") {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		log, err := eventlogtest.Make(data)
		if err != nil {
			return err
		}
		want, _ := readLog(t, log)
		events += len(want)
		if diff := cmp.Diff(want, parseAll(t, data), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: -file +XML\n%s", name, diff)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if events < 30 {
		t.Errorf("only %d events were compared", events)
	}
}

func parseAll(t *testing.T, data []byte) []*eventlog.Event {
	t.Helper()
	var file struct {
		Events []struct {
			Inner []byte `xml:",innerxml"`
		} `xml:"Event"`
	}
	if err := xml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	var out []*eventlog.Event
	for _, event := range file.Events {
		e, err := eventlog.ParseXML(bytes.Join([][]byte{[]byte("<Event>"), event.Inner, []byte("</Event>")}, nil))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

// FuzzParseXML wants an end for every text, and no more texts than were given.
func FuzzParseXML(f *testing.F) {
	for _, seed := range []string{failure, servicing, report, "<Event>", "<a><b c='d'>&#x41;</b></a>", "<Event>\xff\x01</Event>"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := eventlog.ParseXML(data)
		if err != nil {
			return
		}
		if e.Data == nil || e.At.Location() != time.UTC && !e.At.IsZero() {
			t.Errorf("%+v", e)
		}
		size := 0
		for name, text := range e.Data {
			size += len(name) + len(text)
		}
		if size > 3*len(data) { // a byte that is no character becomes three
			t.Errorf("%d bytes of texts from %d", size, len(data))
		}
	})
}
