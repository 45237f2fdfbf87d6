package winhost

import (
	"errors"
	"io/fs"
	"testing"
)

func TestCheck(t *testing.T) {
	for _, test := range []struct {
		hr         uintptr
		want       string
		permission bool
	}{
		{0, "", false},
		{1, "", false},                  // S_FALSE
		{0xffffffff00000000, "", false}, // the upper half of a register is anything
		{0x80070005, "Call: 0x80070005", true},
		{0xffffffff80070005, "Call: 0x80070005", true},
		{0x80070522, "Call: 0x80070522", true},
		{0x800702e4, "Call: 0x800702e4", true},
		{0x80041003, "Call: 0x80041003", true},
		{0x80240044, "Call: 0x80240044", true},
		{0x8024402c, "Call: 0x8024402c", false},
	} {
		err := check("Call", test.hr)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != test.want || errors.Is(err, fs.ErrPermission) != test.permission {
			t.Errorf("%#x: %q, rights missing %v", test.hr, got, errors.Is(err, fs.ErrPermission))
		}
	}
}

func TestUnread(t *testing.T) {
	var faults unread
	if err := faults.err(); err != nil {
		t.Errorf("nothing is wrong: %v", err)
	}
	faults.add(failure{"First", 0x80070005})
	faults.add(failure{"Second", 0x80004005})
	if err := faults.err(); err.Error() != "2 could not be read, the first: First: 0x80070005" || !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
}
