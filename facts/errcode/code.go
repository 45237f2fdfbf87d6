package errcode

import "strconv"

// A Code is an error code in canonical form. Codes are comparable.
type Code struct {
	// Value is the HRESULT or NTSTATUS; a Win32 number is wrapped (0x8007xxxx).
	Value uint32
	// Extend is the second number of a setup result, 0x20017 in
	// 0xc1900101-0x20017; 0 when there is none.
	Extend uint32
}

// String returns the canonical spelling: "0x80070306", "0xc1900101-0x20017".
func (c Code) String() string { return string(c.append(nil)) }

func (c Code) append(b []byte) []byte {
	b = appendHex(append(b, "0x"...), c.Value, 8)
	if c.Extend != 0 {
		b = appendHex(append(b, "-0x"...), c.Extend, 5)
	}
	return b
}

// appendHex appends v in lower-case hexadecimal, at least width digits.
func appendHex(b []byte, v uint32, width int) []byte {
	var digits [8]byte
	s := strconv.AppendUint(digits[:0], uint64(v), 16)
	for range width - len(s) {
		b = append(b, '0')
	}
	return append(b, s...)
}

// MarshalText returns the canonical spelling.
func (c Code) MarshalText() ([]byte, error) { return c.append(nil), nil }

// UnmarshalText accepts every spelling that [Parse] does.
func (c *Code) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}

// IsZero reports whether c is the zero Code, which is S_OK.
func (c Code) IsZero() bool { return c == Code{} }

// Success reports whether c says that the operation worked: the severity bit
// is clear, or it is one of the two Win32 numbers that mean "done, restart".
func (c Code) Success() bool {
	switch c.Value {
	case fromWin32(successRebootRequired), fromWin32(successRebootInitiated):
		return true
	}
	return c.Value>>31 == 0
}

// The Win32 numbers of success that an installer returns instead of 0.
const (
	successRebootInitiated = 1641
	successRebootRequired  = 3010
)

// Signed returns the value as PowerShell and scripts print it: -2147024122.
func (c Code) Signed() int32 { return int32(c.Value) }

// Unsigned returns the value as wusa and WMI print it: 2147943174.
func (c Code) Unsigned() uint32 { return c.Value }

// fromWin32 wraps a Win32 number as HRESULT_FROM_WIN32 does.
func fromWin32(n uint32) uint32 {
	if n == 0 {
		return 0
	}
	return 0x80070000 | n&0xFFFF
}
