package winhost

import (
	"fmt"
	"io/fs"
)

// failure is an HRESULT that a call returned. Its text in the machine's language
// is left out: who reads a report has the code.
type failure struct {
	call string
	code uint32
}

func (f failure) Error() string { return fmt.Sprintf("%s: 0x%08x", f.call, f.code) }

// Is reports whether rights are missing, for fs.ErrPermission.
func (f failure) Is(target error) bool {
	switch f.code {
	case 0x80070005, // E_ACCESSDENIED
		0x80070522, // HRESULT_FROM_WIN32(ERROR_PRIVILEGE_NOT_HELD)
		0x800702e4, // HRESULT_FROM_WIN32(ERROR_ELEVATION_REQUIRED)
		0x80041003, // WBEM_E_ACCESS_DENIED
		0x80240044: // WU_E_PER_MACHINE_UPDATE_ACCESS_DENIED
		return target == fs.ErrPermission
	}
	return false
}

// check returns a call's HRESULT as an error. Those without the high bit, such as
// S_FALSE, are none.
func check(call string, hr uintptr) error {
	if int32(hr) >= 0 {
		return nil
	}
	return failure{call, uint32(hr)}
}

// unread says how many of the things that were found could not be read, and why
// not the first.
type unread struct {
	count int
	first error
}

func (u *unread) add(err error) {
	if u.count++; u.count == 1 {
		u.first = err
	}
}

func (u *unread) err() error {
	if u.count == 0 {
		return nil
	}
	return fmt.Errorf("%d could not be read, the first: %w", u.count, u.first)
}
