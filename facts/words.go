package facts

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/facts/errcode"
)

// Code is a Windows error code, possibly the pair of a setup result.
type Code = errcode.Code

// KB is the number of a Microsoft knowledge base article, the name by which an
// update is known. 0 means none.
type KB uint32

// String returns "KB5058411", or "" for none.
func (k KB) String() string {
	if k == 0 {
		return ""
	}
	return "KB" + strconv.FormatUint(uint64(k), 10)
}

// Rolling reports whether new releases keep coming under the number, so that an
// attempt of it says nothing of the one before. Source: the titles of the
// Microsoft Update Catalog.
func (k KB) Rolling() bool {
	switch k {
	case 2267602, 915597, 2310138, 2461484, // definitions: Defender, its forerunners, Endpoint Protection
		4052623, 5007651, // Defender's platform, Windows Security's
		890830,  // Malicious Software Removal Tool
		5001716: // Windows Update's own components
		return true
	}
	return false
}

// ParseKB reads "KB5058411", "kb 5058411" or "5058411". Numbers of six to eight
// digits are accepted: Windows updates have had six since 2003 and seven now.
func ParseKB(s string) (KB, error) {
	digits := strings.TrimSpace(s)
	if len(digits) >= 2 && strings.EqualFold(digits[:2], "kb") {
		digits = strings.TrimLeft(digits[2:], " -\u00a0")
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || n < 100_000 || n > 99_999_999 || len(digits) > 8 {
		return 0, fmt.Errorf("%q is not a KB number: write KB and six to eight digits, as in KB5058411", s)
	}
	return KB(n), nil
}

// MarshalText writes the canonical spelling.
func (k KB) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads any spelling that ParseKB accepts.
func (k *KB) UnmarshalText(b []byte) (err error) {
	*k, err = ParseKB(string(b))
	return err
}

// Extend is the second number of a setup result: phase and operation
// (0x20017 is phase 2, operation 0x17).
type Extend uint32

// String returns "0x20017".
func (e Extend) String() string { return "0x" + strconv.FormatUint(uint64(e), 16) }

// MarshalText writes the canonical spelling.
func (e Extend) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText reads one to eight hexadecimal digits, with or without 0x.
func (e *Extend) UnmarshalText(b []byte) error {
	n, err := parseHex(b)
	if err != nil {
		return fmt.Errorf("%q is not a setup extend code: write it as in 0x20017", b)
	}
	*e = Extend(n)
	return nil
}

// Stop is the code of a stop error ("blue screen"). It is another kind of number
// than [Code]: 0x7b is INACCESSIBLE_BOOT_DEVICE here and ERROR_INVALID_NAME there.
type Stop uint32

// String returns "0x0000007b".
func (s Stop) String() string { return fmt.Sprintf("0x%08x", uint32(s)) }

// MarshalText writes the canonical spelling.
func (s Stop) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads one to eight hexadecimal digits, with or without 0x.
func (s *Stop) UnmarshalText(b []byte) error {
	n, err := parseHex(b)
	if err != nil {
		return fmt.Errorf("%q is not a stop code: write it as in 0x0000007b", b)
	}
	*s = Stop(n)
	return nil
}

func parseHex(b []byte) (uint32, error) {
	s := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(string(b))), "0x")
	n, err := strconv.ParseUint(s, 16, 32)
	return uint32(n), err
}

// Date is a calendar day, "2023-05-01".
type Date string

// UnmarshalText accepts only a day that exists, written year-month-day.
func (d *Date) UnmarshalText(b []byte) error {
	if _, err := time.Parse(time.DateOnly, string(b)); err != nil {
		return fmt.Errorf("%q is not a date: write it as in 2023-05-01", b)
	}
	*d = Date(b)
	return nil
}

// Build is a Windows build and its update revision (UBR), as in 26100.4061.
type Build struct {
	Number   int64
	Revision int64 // 0: not known
}

// String returns "26100.4061", or "26100" without a revision.
func (b Build) String() string {
	if b.Revision == 0 {
		return itoa(b.Number)
	}
	return itoa(b.Number) + "." + itoa(b.Revision)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
