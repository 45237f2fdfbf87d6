package schedule

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
)

// form is the task: every day from nine on, spread over six hours so that ten
// thousand machines do not come at once, and later on a machine that was off. It
// runs as SYSTEM, on batteries too, and is ended after an hour. The elements stand
// in the order of the schema (MS-TSCH 2.5), which is fixed in a trigger.
const form = `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Author>patchmedic</Author>
    <Description>Reports to patchmedic what this machine says about its Windows updates, when it has changed.</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <StartBoundary>2026-01-01T09:00:00</StartBoundary>
      <RandomDelay>PT6H</RandomDelay>
      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>S-1-5-18</UserId>
      <RunLevel>HighestAvailable</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT1H</ExecutionTimeLimit>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>%s</Command>
      <Arguments>--config "%s"</Arguments>
    </Exec>
  </Actions>
</Task>
`

// task describes the task that runs a program with its settings, in the encoding
// that Task Scheduler writes itself: UTF-16 with its mark.
func task(program, settings string) []byte {
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	text := fmt.Sprintf(form, escape.Replace(program), escape.Replace(settings))
	out := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(strings.ReplaceAll(text, "\n", "\r\n"))) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return out
}
