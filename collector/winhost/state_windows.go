package winhost

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/patchmedic/patchmedic/collector"
)

// State asks for each part by itself: what fails leaves the others.
func (h *Host) State(ctx context.Context) (collector.State, error) {
	uptime := windows.DurationSinceBoot()
	state := collector.State{Uptime: &uptime}
	var faults []error
	for _, ask := range []func(*collector.State) error{elevation, memory, power, sessions, chip} {
		if ctx.Err() != nil {
			faults = append(faults, ctx.Err())
			break
		}
		faults = append(faults, ask(&state))
	}
	return state, errors.Join(faults...)
}

// elevation asks by itself: Token.IsElevated takes a failed call for a no.
func elevation(state *collector.State) error {
	var elevated, size uint32 // TOKEN_ELEVATION
	err := windows.GetTokenInformation(windows.GetCurrentProcessToken(), windows.TokenElevation,
		(*byte)(unsafe.Pointer(&elevated)), uint32(unsafe.Sizeof(elevated)), &size)
	if err != nil {
		return fmt.Errorf("GetTokenInformation: %w", err)
	}
	state.Elevated = new(elevated != 0)
	return nil
}

// memoryStatus is MEMORYSTATUSEX (sysinfoapi.h). What has no name here is not
// asked for.
type memoryStatus struct {
	length, load            uint32
	physical, _             uint64 // ullTotalPhys
	commitLimit, _, _, _, _ uint64 // ullTotalPageFile
}

// memory takes the page files for what the system can promise beyond its memory:
// ullTotalPageFile is the limit of both together, whatever its name says.
func memory(state *collector.State) error {
	proc, err := find("kernel32.dll", "GlobalMemoryStatusEx")
	if err != nil {
		return err
	}
	status := memoryStatus{length: uint32(unsafe.Sizeof(memoryStatus{}))}
	if ok, _, err := proc.Call(uintptr(unsafe.Pointer(&status))); ok == 0 {
		return fmt.Errorf("GlobalMemoryStatusEx: %w", err)
	}
	physical := int64(status.physical)
	state.Memory = &physical
	state.PageFiles = new(max(0, int64(status.commitLimit)-physical))
	return nil
}

// powerStatus is SYSTEM_POWER_STATUS (winbase.h).
type powerStatus struct {
	line byte // 0 on battery, 1 not, 255 unknown
	_    [3]byte
	_    [2]uint32
}

func power(state *collector.State) error {
	proc, err := find("kernel32.dll", "GetSystemPowerStatus")
	if err != nil {
		return err
	}
	var status powerStatus
	if ok, _, err := proc.Call(uintptr(unsafe.Pointer(&status))); ok == 0 {
		return fmt.Errorf("GetSystemPowerStatus: %w", err)
	}
	if status.line <= 1 {
		state.ACLine = new(status.line == 1)
	}
	return nil
}

// sessions looks for one that is active: in WTS_CONNECTSTATE_CLASS that is one
// whose user is signed in and connected. The screen that asks who signs in is only
// connected, and the names of users are not asked for.
func sessions(state *collector.State) error {
	const thisServer, version = 0, 1 // WTS_CURRENT_SERVER_HANDLE (wtsapi32.h)
	var first *windows.WTS_SESSION_INFO
	var count uint32
	if err := windows.WTSEnumerateSessions(thisServer, 0, version, &first, &count); err != nil {
		return fmt.Errorf("WTSEnumerateSessions: %w", err)
	}
	if first == nil {
		return errors.New("WTSEnumerateSessions: no list of sessions")
	}
	defer windows.WTSFreeMemory(uintptr(unsafe.Pointer(first)))
	signedIn := false
	for _, session := range unsafe.Slice(first, count) {
		signedIn = signedIn || session.State == windows.WTSActive
	}
	state.SignedIn = &signedIn
	return nil
}

// chip asks the TPM base services, which also answer users without rights. A
// machine without a chip leaves its version unknown.
func chip(state *collector.State) error {
	const notFound = 0x8028400F // TBS_E_TPM_NOT_FOUND (winerror.h)
	proc, err := find("tbs.dll", "Tbsi_GetDeviceInfo")
	if err != nil {
		return err
	}
	// TPM_DEVICE_INFO (tbs.h); structVersion is that of the answer.
	info := struct{ structVersion, tpmVersion, interfaceType, revision uint32 }{structVersion: 1}
	result, _, _ := proc.Call(unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)))
	switch {
	case uint32(result) == notFound:
		return nil
	case result != 0:
		return fmt.Errorf("Tbsi_GetDeviceInfo: error %#x", uint32(result))
	}
	state.TPM = new(int(info.tpmVersion))
	return nil
}
