package collector

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"
)

// zone is the machine's time zone by its present rules, as SYSTEM states them;
// nil when it does not.
func (r *registry) zone() *time.Location {
	path := r.in(`Control\TimeZoneInformation`)
	bias, there := r.number(path, "Bias")
	if there != found {
		return nil
	}
	standard, _ := r.number(path, "StandardBias")
	daylight, _ := r.number(path, "DaylightBias")
	from, _ := r.value(path, "DaylightStart")
	to, _ := r.value(path, "StandardStart")
	fixed, _ := r.number(path, "DynamicDaylightTimeDisabled")
	// Minutes to add to local time, as 32-bit numbers with a sign.
	base := int32(bias) + int32(standard)
	rules := posixOffset("STD", base)
	start, end := posixRule(from.Data), posixRule(to.Data)
	if fixed == 0 && start != "" && end != "" {
		rules += posixOffset("DST", int32(bias)+int32(daylight)) + "," + start + "," + end
	}
	zone, err := time.LoadLocationFromTZData("machine", tzData(rules, -int(base)*60))
	if err != nil {
		return nil
	}
	return zone
}

// posixOffset writes a zone's name and what to add to its time to get UTC.
func posixOffset(name string, minutes int32) string {
	sign := ""
	if minutes < 0 {
		sign, minutes = "-", -minutes
	}
	return fmt.Sprintf("%s%s%d:%02d", name, sign, minutes/60, minutes%60)
}

// posixRule reads when a change comes from the registry's form, eight 16-bit
// numbers: year (0: each), month, week (5: the last), hour, minute, second,
// milliseconds, day of the week.
func posixRule(b []byte) string {
	if len(b) != 16 {
		return ""
	}
	field := func(i int) uint16 { return binary.LittleEndian.Uint16(b[2*i:]) }
	year, month, week, hour, minute, day := field(0), field(1), field(2), field(3), field(4), field(7)
	if year != 0 || month < 1 || month > 12 || week < 1 || week > 5 || day > 6 || hour > 23 || minute > 59 {
		return ""
	}
	return fmt.Sprintf("M%d.%d.%d/%d:%02d", month, week, day, hour, minute)
}

// tzData is a zone file (RFC 8536, version 2) with the rules as its footer,
// which is the only form in which Go takes rules.
func tzData(rules string, offset int) []byte {
	var b bytes.Buffer
	block := func() {
		b.WriteString("TZif2")
		b.Write(make([]byte, 15))
		for _, n := range []uint32{0, 0, 0, 0, 1, 4} { // one type of time, four letters
			binary.Write(&b, binary.BigEndian, n)
		}
		binary.Write(&b, binary.BigEndian, int32(offset))
		b.Write([]byte{0, 0})
		b.WriteString("STD\x00")
	}
	block()
	block()
	b.WriteString("\n" + rules + "\n")
	return b.Bytes()
}
