package main

import (
	"path/filepath"
	"regexp"
	"strings"
)

// An input is one source. Inputs are listed by preference: when a number has
// several names, the one of the earlier input is preferred.
type input struct {
	name  string         // file name
	kind  inputKind      // how to read it
	space space          // of the rows; for xsys and headers of mixed kind see spaceOf
	keep  *regexp.Regexp // headers: names that are error codes
}

type inputKind uint8

const (
	fromXsys inputKind = iota
	fromHeader
	fromTable
)

// mingwSource is how answers cite a header.
const mingwSource = "mingw-w64 10.0.0 "

var inputs = []input{
	// Names that the order of the headers would put second.
	{"preferred.csv", fromTable, hresult, nil},
	// CBS before the headers: dismapi.h gives some of its numbers other names.
	{"cbs.csv", fromTable, hresult, nil},
	{"zerrors_windows.go", fromXsys, 0, nil},
	{"winerror.h", fromHeader, win32, names(`^[A-Z]`)},
	{"ntstatus.h", fromHeader, ntstatus, names(`^(STATUS|DBG|RPC_NT|EPT_NT)_`)},
	{"win32.csv", fromTable, win32, nil},
	{"hresult.csv", fromTable, hresult, nil},
	{"ntstatus.csv", fromTable, ntstatus, nil},
	// WinHTTP before WinInet: Windows Update speaks WinHTTP.
	{"winhttp.h", fromHeader, win32, names(`^ERROR_WINHTTP_`)},
	{"wininet.h", fromHeader, win32, names(`^ERROR_`)},
	{"internet.csv", fromTable, win32, nil},
	{"lmerr.h", fromHeader, win32, names(`^(NERR|ERROR)_`)},
	{"lmerr.csv", fromTable, win32, nil},
	{"wuerror.h", fromHeader, hresult, names(`^WU_[ES]_`)},
	{"windowsupdate.csv", fromTable, hresult, nil},
	{"bits.csv", fromTable, hresult, nil},
	{"bitsmsg.h", fromHeader, hresult, names(`^BG_[ES]_`)},
	{"deliveryoptimization.csv", fromTable, hresult, nil},
	{"setup.csv", fromTable, hresult, nil},
	{"defender.csv", fromTable, hresult, nil},
	{"setupapi.h", fromHeader, hresult, names(`^ERROR_`)},
	{"setupapi.csv", fromTable, hresult, nil},
	{"dismapi.h", fromHeader, hresult, names(`^DISMAPI_[ES]_`)},
	{"wbemcli.h", fromHeader, hresult, names(`^(WBEM|WBEMESS|WBEMMOF)_[ES]_`)},
	{"vsserror.h", fromHeader, hresult, names(`^VSS_[ES]_`)},
	{"vss.csv", fromTable, hresult, nil},
	{"slerror.h", fromHeader, hresult, names(`^SL_[ESI]_`)},
	{"licensing.csv", fromTable, hresult, nil},
	{"urlmon.h", fromHeader, hresult, names(`^INET_E_`)},
	{"mdm.csv", fromTable, hresult, nil},
	{"corerror.h", fromHeader, hresult, names(`^(COR|CLDB|CORSEC|FUSION|HOST|META|NGEN|SECURITY|MSEE|VLDTR|CORDBG|TYPE|ISS)_[ES]_`)},
	{"dotnet.csv", fromTable, hresult, nil},
	{"esent.h", fromHeader, jet, names(`^JET_err`)},
	{"jet.csv", fromTable, jet, nil},
	{"ntdsbmsg.h", fromHeader, jet, names(`^hr[A-Z]`)},
	{"bugchecks.csv", fromTable, bugcheck, nil},
	{"device-problems.csv", fromTable, device, nil},
	{"hresult-facilities.csv", fromTable, hresultFacility, nil},
	{"ntstatus-facilities.csv", fromTable, ntstatusFacility, nil},
	{"setup-phases.csv", fromTable, phase, nil},
	{"setup-operations.csv", fromTable, operation, nil},
}

func names(expr string) *regexp.Regexp { return regexp.MustCompile(expr) }

func (in input) read(xsysDir, headerDir, tableDir string) ([]row, error) {
	switch in.kind {
	case fromXsys:
		return readXsys(filepath.Join(xsysDir, in.name))
	case fromTable:
		return readTable(tableDir, in.name, in.space)
	}
	defs, err := readHeader(filepath.Join(headerDir, in.name))
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, d := range defs {
		if !in.keep.MatchString(d.name) || notCode(d.name) {
			continue
		}
		r := row{in.space, uint32(d.value), d.name, mingwSource + in.name}
		if in.space == jet {
			// esent.h counts down from zero, ntdsbmsg.h has the wrapped form.
			if d.value >= 0 && d.value>>16 != 0xC800 || int64(int16(d.value)) == 0 {
				continue
			}
			if d.value < 0 {
				r.value = uint32(-d.value)
			}
			r.value &= 0xFFFF
		}
		if in.name == "winerror.h" && (d.value > 0xFFFF || d.typed) {
			r.space = hresult
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// notCode tells the constants that a header mixes with its error codes.
func notCode(name string) bool {
	for _, p := range []string{"FACILITY_", "SEVERITY_", "STATUS_SEVERITY_", "ERROR_SEVERITY_"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	for _, suffix := range []string{"_FIRST", "_LAST"} {
		if strings.HasSuffix(name, suffix) {
			return true // a bound of a range, not a member
		}
	}
	switch name {
	case "INTERNET_ERROR_LAST", "WINHTTP_ERROR_LAST", "WSABASEERR", "APPLICATION_ERROR_MASK",
		"WINHTTP_ERROR_BASE", "INTERNET_ERROR_BASE", "NERR_BASE", "MAX_NERR", "NOERROR",
		"WINADVAPI", "WINBASEAPI", "FORCEINLINE":
		return true
	}
	return false
}

// isStatusName reports whether a symbol names an NTSTATUS.
func isStatusName(symbol string) bool { return strings.HasPrefix(symbol, "STATUS_") }
