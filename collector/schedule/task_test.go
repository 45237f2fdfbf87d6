package schedule

import (
	"encoding/binary"
	"encoding/xml"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// element is one of a task's XML.
type element struct {
	XMLName  xml.Name
	Text     string    `xml:",chardata"`
	Children []element `xml:",any"`
}

// schema has what the schema of tasks (MS-TSCH 2.5) permits in the elements that
// we use. A sequence must keep its order.
var schema = map[string]struct {
	sequence bool
	children string
}{
	"Task":             {false, "RegistrationInfo Triggers Settings Data Principals Actions"},
	"RegistrationInfo": {false, "URI SecurityDescriptor Source Date Author Version Description Documentation"},
	"Triggers":         {false, "BootTrigger RegistrationTrigger IdleTrigger TimeTrigger EventTrigger LogonTrigger SessionStateChangeTrigger CalendarTrigger"},
	"CalendarTrigger":  {true, "Enabled StartBoundary EndBoundary Repetition ExecutionTimeLimit RandomDelay ScheduleByDay"},
	"ScheduleByDay":    {false, "DaysInterval"},
	"Principals":       {false, "Principal"},
	"Principal":        {false, "UserId LogonType GroupId DisplayName RunLevel ProcessTokenSidType RequiredPrivileges"},
	"Settings": {false, `AllowStartOnDemand RestartOnFailure MultipleInstancesPolicy DisallowStartIfOnBatteries StopIfGoingOnBatteries AllowHardTerminate
		StartWhenAvailable NetworkProfileName RunOnlyIfNetworkAvailable WakeToRun Enabled Hidden DeleteExpiredTaskAfter IdleSettings NetworkSettings
		ExecutionTimeLimit Priority RunOnlyIfIdle UseUnifiedSchedulingEngine DisallowStartOnRemoteAppSession`},
	"Actions": {false, "Exec"},
	"Exec":    {false, "Command Arguments WorkingDirectory"},
}

func TestTask(t *testing.T) {
	const program, settings = `C:\R&D <tools>\patchmedic-collect.exe`, `C:\R&D é\patchmedic-collect.env`
	root := parse(t, task(program, settings))
	if root.XMLName.Space != "http://schemas.microsoft.com/windows/2004/02/mit/task" {
		t.Errorf("the namespace is %q", root.XMLName.Space)
	}
	permitted(t, root)
	for path, want := range map[string]string{
		"Actions/Exec/Command": program, "Actions/Exec/Arguments": `--config "` + settings + `"`,
		"Principals/Principal/UserId":                         "S-1-5-18",
		"Triggers/CalendarTrigger/RandomDelay":                "PT6H",
		"Settings/StartWhenAvailable":                         "true",
		"Settings/MultipleInstancesPolicy":                    "IgnoreNew",
		"Settings/DisallowStartIfOnBatteries":                 "false",
		"Settings/StopIfGoingOnBatteries":                     "false",
		"Settings/ExecutionTimeLimit":                         "PT1H",
		"Triggers/CalendarTrigger/ScheduleByDay/DaysInterval": "1",
	} {
		at := root
		for name := range strings.SplitSeq(path, "/") {
			i := slices.IndexFunc(at.Children, func(e element) bool { return e.XMLName.Local == name })
			if i < 0 {
				t.Fatalf("%s: no %s", path, name)
			}
			at = at.Children[i]
		}
		if at.Text != want {
			t.Errorf("%s is %q, want %q", path, at.Text, want)
		}
	}
}

// parse reads UTF-16 with its mark, as Task Scheduler does.
func parse(t *testing.T, data []byte) (root element) {
	t.Helper()
	if len(data) < 2 || data[0] != 0xff || data[1] != 0xfe {
		t.Fatalf("it begins with % x", data[:2])
	}
	var units []uint16
	for at := 2; at+1 < len(data); at += 2 {
		units = append(units, binary.LittleEndian.Uint16(data[at:]))
	}
	text := strings.Replace(string(utf16.Decode(units)), `encoding="UTF-16"`, `encoding="UTF-8"`, 1)
	if err := xml.Unmarshal([]byte(text), &root); err != nil {
		t.Fatal(err)
	}
	return root
}

// permitted holds an element and all in it to the schema.
func permitted(t *testing.T, e element) {
	t.Helper()
	is, known := schema[e.XMLName.Local]
	if !known && len(e.Children) > 0 {
		t.Errorf("%s is not in our part of the schema", e.XMLName.Local)
	}
	last := -1
	for _, child := range e.Children {
		at := slices.Index(strings.Fields(is.children), child.XMLName.Local)
		if at < 0 || is.sequence && at <= last {
			t.Errorf("%s stands where the schema has no place for it in %s", child.XMLName.Local, e.XMLName.Local)
		}
		last = at
		permitted(t, child)
	}
}
