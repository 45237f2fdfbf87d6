package errcode

// A Match is one code in a text, or in [Hints] something that is nearly one.
type Match struct {
	Start, End int    // byte offsets in the text
	Input      string // text[Start:End]
	Code       Code   // zero in hints, and for S_OK
	Kind       Kind   // family of Code; KindBugCheck changes what Code.Value means

	// Raw is the number as it stood when the text had it bare: the 1058 of
	// 0x80070422, the 39 of a device problem. HasRaw tells 0 from none.
	Raw    uint32
	HasRaw bool

	Symbol string // the name that the text gives for Code; "" for a number alone
	Alt    Code   // the other reading, with NoteDecimalOrHex
	Note   Note
	Weak   bool // the last error of a thread: often has nothing to do with the failure
}

// A Note is a machine-readable remark on a match.
type Note string

// The notes.
const (
	NoteNone         Note = ""
	NoteWin32Number  Note = "win32_number"   // a bare number, taken as Win32
	NoteNameDiffers  Note = "name_differs"   // the text names another code: the number won
	NoteLastError    Note = "last_error"     // [gle=...]
	NoteStopCode     Note = "stop_code"      // a bug check
	NoteDecimalOrHex Note = "decimal_or_hex" // "code 643": Alt has the other reading
	NoteSuccess      Note = "success"        // a success code: no evidence of failure

	// In hints only.
	NoteTruncated     Note = "truncated"      // fewer than eight digits: ask for the rest
	NoteExtendAlone   Note = "extend_alone"   // 0x20017 without its result: ask for it
	NoteDeviceProblem Note = "device_problem" // Raw is a problem number of Device Manager
)

// Info decodes the match, preferring the name that the text used. A stop code
// comes with its own name and without a facility.
func (m Match) Info() Info {
	if m.Kind != KindBugCheck {
		return LookupAs(m.Code, m.Symbol)
	}
	info := Info{Code: m.Code, Kind: KindBugCheck, Severity: SeverityError}
	t := openTable()
	if lo, hi := t.rows(spaceBugCheck, m.Code.Value); lo < hi {
		info.Symbol, info.Source, info.Known = t.name(lo), t.source(lo), true
	}
	return info
}

// Find returns the codes of a text in order, repeats included. A number and
// its own name side by side are one match. See the package comment for what
// is passed over.
func Find(text string) []Match {
	s := scanner{text: text}
	s.scan()
	return s.found
}

// Hints returns what in a text is no code but calls for a question, in order.
func Hints(text string) []Match {
	s := scanner{text: text}
	s.scan()
	return s.hints
}
