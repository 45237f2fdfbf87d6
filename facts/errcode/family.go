package errcode

import "strings"

// A Kind is the family of a code: who returns it, or how it is wrapped.
type Kind string

// The kinds.
const (
	KindWin32    Kind = "win32"    // a Win32 number in one of its wrappers
	KindHRESULT  Kind = "hresult"  // any other HRESULT
	KindNTStatus Kind = "ntstatus" // also wrapped as 0xDxxxxxxx
	KindWU       Kind = "wu"       // Windows Update agent
	KindCBS      Kind = "cbs"      // component servicing, with PSFX
	KindSetupAPI Kind = "setupapi" // driver installation
	KindSetup    Kind = "setup"    // Windows Setup and its image libraries
	KindDISM     Kind = "dism"
	KindBITS     Kind = "bits"
	KindDO       Kind = "do" // Delivery Optimization
	KindESE      Kind = "ese"
	KindDefender Kind = "defender"
	KindBugCheck Kind = "bugcheck" // a stop code; its Code.Value is the bare number
	KindDevice   Kind = "device"   // a Device Manager problem, in hints only
)

// Facilities that Windows Update meets; winerror.h names most of them.
const (
	facilityWin32     = 0x007
	facilitySetupAPI  = 0x00F
	facilityHTTP      = 0x019
	facilityBITS      = 0x020
	facilityWU        = 0x024
	facilityDefender  = 0x050
	facilityDO        = 0x0D0
	facilityWIMGAPI   = 0x142
	facilityWIMApply  = 0x144
	facilityWIMFilter = 0x151
	facilityDLP       = 0x180
	facilitySetup     = 0x190
	facilityUpdateDLL = 0x770
	facilityESE       = 0xE5E
)

const ntBit = 0x10000000 // HRESULT_FROM_NT sets it

// A meaning is a value taken out of its wrapper: a number in a space.
type meaning struct {
	space  space
	number uint32
}

// unwrap applies the wrappers: which table a value is to be looked up in.
func (t *table) unwrap(v uint32) meaning {
	low := v & 0xFFFF
	switch high := v >> 16; {
	case high == 0x8007 || high == 0xC007 || high == 0xD007:
		return meaning{spaceWin32, low}
	case high == 0x8001 && low >= 1700 && low < 2000: // RPC errors under their own facility
		return meaning{spaceWin32, low}
	case high == 0xC800 || high == 0x8E5E:
		return meaning{spaceJET, low}
	}
	switch {
	case v>>28 == 0xD:
		return meaning{spaceNTStatus, v &^ ntBit}
	case v>>28 == 0xC:
		// winerror.h has some HRESULTs of customer severity; where ntstatus.h
		// has the same number, it is an NTSTATUS.
		if t.has(spaceNTStatus, v) || !isSetupFacility(v) && v>>16 != 0xC004 && !t.has(spaceHRESULT, v) {
			return meaning{spaceNTStatus, v}
		}
	case v < 0x80000000 && v > 1 && !t.has(spaceHRESULT, v) && t.has(spaceNTStatus, v):
		return meaning{spaceNTStatus, v}
	}
	return meaning{spaceHRESULT, v}
}

// facilityOf returns the facility field; HRESULTs here use twelve bits of it,
// since ESE and Setup do.
func facilityOf(v uint32) uint16 { return uint16(v >> 16 & 0xFFF) }

func isSetupFacility(v uint32) bool {
	switch facilityOf(v) {
	case facilitySetup, facilityDLP, facilityWIMGAPI, facilityWIMFilter, facilityWIMApply, facilityUpdateDLL:
		return v>>28 == 0xC
	}
	return false
}

// A Facility is the part of Windows that a code belongs to.
type Facility struct {
	Value uint16
	Name  string // as in winerror.h or ntstatus.h without FACILITY_; "0x5C" when no header names it
}

func (t *table) facility(v uint32, m meaning) Facility {
	f := Facility{Value: facilityOf(v)}
	switch {
	case v>>16 == 0xE000:
		return Facility{facilitySetupAPI, "SETUPAPI"}
	case m.space == spaceJET:
		return Facility{facilityESE, "ESE"}
	case v>>16 == 0xC004 && m.space == spaceHRESULT:
		f.Name = "DISM" // winerror.h calls 4 ITF; under customer severity it is DISM's and the licensing service's
		return f
	case m.space == spaceNTStatus, v>>30 == 3 && m.space == spaceWin32:
		f.Name = t.first(spaceNTStatusFacility, uint32(f.Value))
		if f.Value == 0 {
			f.Name = "NULL"
		}
	default:
		f.Name = t.first(spaceHRESULTFacility, uint32(f.Value))
	}
	if f.Name == "" {
		f.Name = "0x" + strings.ToUpper(string(appendHex(nil, uint32(f.Value), 1)))
	}
	return f
}

// kind tells the family of a value.
func (t *table) kind(v uint32, m meaning) Kind {
	switch m.space {
	case spaceWin32:
		return KindWin32
	case spaceJET:
		return KindESE
	case spaceNTStatus:
		return KindNTStatus
	}
	switch {
	case v>>16 == 0xE000:
		return KindSetupAPI
	case isSetupFacility(v):
		return KindSetup
	case v>>12 == 0xC0040:
		return KindDISM
	}
	switch facilityOf(v) {
	case facilityWU:
		return KindWU
	case facilityBITS:
		return KindBITS
	case facilityDO:
		return KindDO
	case facilityDefender:
		return KindDefender
	case facilitySetupAPI:
		if low := v & 0xFFFF; low >= 0x800 && low < 0x1000 {
			return KindCBS
		}
		return KindSetupAPI
	}
	return KindHRESULT
}
