package errcode

import (
	"iter"
	"strings"
)

// A Severity says how bad a code is by its own bits.
type Severity string

// The severities. An HRESULT knows success and error only.
const (
	SeveritySuccess       Severity = "success"
	SeverityInformational Severity = "informational"
	SeverityWarning       Severity = "warning"
	SeverityError         Severity = "error"
)

// Info is what the table and the wrappers tell about a code.
type Info struct {
	Code     Code
	Symbol   string   // preferred name; "" when no public name exists
	Aliases  []string // the other names of the same number, by preference
	Facility Facility
	Severity Severity
	Kind     Kind
	Source   string // where the preferred row comes from; "" without a row
	Known    bool   // the number is in the table, if only without a name

	Win32      *uint32 // the Win32 number inside; nil when there is none
	NTStatus   *uint32 // the NTSTATUS, without the bit of HRESULT_FROM_NT
	HTTPStatus *int    // the status of a 0x8019xxxx
	JET        *int32  // the ESE error, negative as esent.h has it
	Setup      *Setup  // of the extend code; nil without one

	// Generic marks the codes that only say that something failed. The next
	// question matters more than their meaning.
	Generic bool
}

// Setup says when Windows Setup failed, and doing what.
type Setup struct {
	Phase     string // "SAFE_OS"; "" for an unknown number
	Operation string // "BOOT"; "" for an unknown number
}

// Lookup decodes a code. It never fails: an unknown one still has its
// facility, kind and severity.
func Lookup(c Code) Info {
	t := openTable()
	m := t.unwrap(c.Value)
	info := Info{
		Code:     c,
		Facility: t.facility(c.Value, m),
		Severity: severity(c, m),
		Kind:     t.kind(c.Value, m),
		Setup:    t.setup(c.Extend),
		Generic:  isGeneric(c.Value),
	}
	switch m.space {
	case spaceWin32:
		info.Win32 = &m.number
	case spaceNTStatus:
		info.NTStatus = &m.number
	case spaceJET:
		jet := -int32(m.number)
		info.JET = &jet
	default:
		if status := int(c.Value & 0xFFFF); c.Value>>16 == 0x8019 && status >= 100 && status < 600 {
			info.HTTPStatus = &status
		}
	}
	for row := range t.rowsOf(c.Value, m) {
		if !info.Known {
			info.Known, info.Source = true, t.source(row)
		}
		info.addName(t.name(row))
	}
	return info
}

// LookupAs is Lookup with the name that somebody used for the code as the
// symbol; the table's own preference becomes an alias. A name that the code
// does not have changes nothing.
func LookupAs(c Code, symbol string) Info {
	info := Lookup(c)
	for i, alias := range info.Aliases {
		if strings.EqualFold(alias, symbol) {
			info.Aliases[i], info.Symbol = info.Symbol, alias
			break
		}
	}
	return info
}

func (info *Info) addName(name string) {
	switch {
	case name == "" || name == info.Symbol:
		return
	case info.Symbol == "":
		info.Symbol = name
		return
	}
	for _, a := range info.Aliases {
		if a == name {
			return
		}
	}
	info.Aliases = append(info.Aliases, name)
}

// rowsOf yields the rows that name a value, the preferred first: those of the
// number inside, then those of the value itself or of its twin.
func (t *table) rowsOf(v uint32, m meaning) iter.Seq[int] {
	places := [2]meaning{m, {spaceHRESULT, v}}
	switch {
	case v>>16 == 0x800F:
		places[1].number = 0xE0000000 | v&0xFFFF // ERROR_X beside SPAPI_E_X
	case v>>16 == 0xE000:
		places[1].number = 0x800F0000 | v&0xFFFF
	case m.space == spaceWin32:
		places[1].number = fromWin32(m.number)
	}
	n := len(places)
	if places[0] == places[1] {
		n = 1
	}
	return func(yield func(int) bool) {
		for _, p := range places[:n] {
			lo, hi := t.rows(p.space, p.number)
			for row := lo; row < hi; row++ {
				if !yield(row) {
					return
				}
			}
		}
	}
}

func severity(c Code, m meaning) Severity {
	if m.space == spaceNTStatus {
		return [...]Severity{SeveritySuccess, SeverityInformational, SeverityWarning, SeverityError}[m.number>>30]
	}
	if c.Success() {
		return SeveritySuccess
	}
	return SeverityError
}

// isGeneric lists the codes that stand for another one: what failed is said
// by the installer, the package or the code printed before.
func isGeneric(v uint32) bool {
	switch v {
	case 0x80004005, 0x80070002, 0x80070005, 0x80070306, 0x80070643, 0x8024200B, 0x80240022,
		0x800F0922, 0x80073713, 0xC1900101:
		return true
	}
	return false
}

// setup decodes the second number of a setup result, nil for none.
func (t *table) setup(extend uint32) *Setup {
	if extend == 0 {
		return nil
	}
	return &Setup{
		Phase:     t.first(spacePhase, extend>>16),
		Operation: t.first(spaceOperation, extend&0xFFFF),
	}
}

// Symbol returns the codes that have a name, ignoring case; none for an
// unknown name. A Win32 name gives the wrapped form; an ESE name both of its
// wrappers, that of Windows Update first.
func Symbol(name string) []Code {
	t := openTable()
	var codes []Code
	for _, row := range t.named(name) {
		n := t.code(row)
		switch t.spaceOf(row) {
		case spaceHRESULT, spaceNTStatus:
			codes = append(codes, Code{Value: n})
		case spaceWin32:
			codes = append(codes, Code{Value: fromWin32(n)})
		case spaceJET:
			codes = append(codes, Code{Value: 0xC8000000 | n}, Code{Value: 0x8E5E0000 | n})
		}
	}
	return codes
}

// A Row is one name of one number, as the table has it.
type Row struct {
	Space  string // win32, hresult, ntstatus, jet, bugcheck, device, ...
	Number uint32 // bare: 1058 in space win32, 1018 for JET_errReadVerifyFailure
	Symbol string // "" for a number that is real but has no public name
	Source string
}

// All yields every row, by space and number; among the names of a number the
// preferred one comes first.
func All() iter.Seq[Row] {
	names := [numSpaces]string{"hresult", "win32", "ntstatus", "jet", "bugcheck", "device",
		"hresult-facility", "ntstatus-facility", "phase", "operation"}
	return func(yield func(Row) bool) {
		t := openTable()
		for sp := range numSpaces {
			for row := t.start[sp]; row < t.start[sp+1]; row++ {
				if !yield(Row{names[sp], t.code(row), t.name(row), t.source(row)}) {
					return
				}
			}
		}
	}
}
