package winhost

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// plain writes a value of WMI as text, numbers in decimal and the parts of a list
// with commas, and reports whether there is one: null and objects are left out.
func plain(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case int8, int16, int32, int64, int, uint8, uint16, uint32, uint64, uint:
		return fmt.Sprint(v), true
	case float32:
		return strconv.FormatFloat(float64(v), 'f', -1, 32), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case []any:
		parts := make([]string, 0, len(v))
		for _, part := range v {
			if text, ok := plain(part); ok {
				parts = append(parts, text)
			}
		}
		return strings.Join(parts, ","), true
	}
	return "", false
}

// moment turns an Automation date, days since 1899-12-30 with a part for the time
// of day, into a time to the second, which is what such dates are made of. The
// zero time stands for what is before 1970 or after 2200, as for NaN.
func moment(days float64) time.Time {
	const epoch, end = 25569, 109575 // 1970 and 2200
	if !(days >= epoch && days < end) {
		return time.Time{}
	}
	return time.Unix(int64(math.Round((days-epoch)*24*60*60)), 0).UTC()
}

// metering reads a NLM_CONNECTION_COST (netlistmgr.h): its lower half is the kind
// of connection, nil for an unknown one.
func metering(cost uint32) *bool {
	const unrestricted, fixed, variable = 1, 2, 4
	switch {
	case cost&(fixed|variable) != 0:
		return new(true)
	case cost&unrestricted != 0:
		return new(false)
	}
	return nil
}
