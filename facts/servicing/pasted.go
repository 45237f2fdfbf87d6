package servicing

import (
	"bytes"
	"regexp"
	"strings"
)

// Pasted parts the log lines in a text that a person wrote from the words
// around them. Each log is the lines of one kind in their order, made readable
// for [Read] where a copy lost what stood before the message; the prose is the
// rest. Without log lines the prose is the text.
//
// A line is one of a log by its structure: the columns, an HRESULT in brackets
// at its end, a sequence number of the store engine, the marks of a driver
// installation. A code in a sentence makes no log line, and a line that may be
// one counts only beside one that is.
func Pasted(text string) (logs []string, prose string) {
	lines := strings.Split(stamp.ReplaceAllString(text, "$1\n$2"), "\n")
	forms, found := surelyPasted(lines)
	if !found {
		return nil, text
	}
	kept := lines[:0:0]
	byForm := map[form][]string{}
	var order []form
	for i, line := range lines {
		f := forms[i]
		switch {
		case f == proseForm && strings.Trim(line, " \t\r") == "```":
		case f == proseForm:
			kept = append(kept, line)
		default:
			if byForm[f] == nil {
				order = append(order, f)
			}
			byForm[f] = append(byForm[f], readable(unquoted(line)))
		}
	}
	for _, f := range order {
		logs = append(logs, strings.Join(byForm[f], "\n")+"\n")
	}
	return logs, trim(strings.Join(kept, "\n"))
}

// stamp begins a dated line, also in a copy that lost its line ends.
var stamp = regexp.MustCompile(`([^\s>])[ \t]+(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d, (?:Info|Error|Warning|Perf|Fatal)\s)`)

// form is the layout that a pasted line shares with the others of its log.
type form uint8

const (
	proseForm form = iota
	pantherForm
	agentForm
	reportingForm
	setupAPIForm
	setupDiagForm
	maybeForm // a line of the log beside it, if there is one
)

// surelyPasted gives each line its form; found is false when none is a line
// of a log.
func surelyPasted(lines []string) (forms []form, found bool) {
	forms = make([]form, len(lines))
	for i, line := range lines {
		forms[i] = formOf([]byte(strings.TrimRight(unquoted(line), "\r")))
		found = found || forms[i] != proseForm && forms[i] != maybeForm
	}
	// What may be a line of a log belongs to the one above, else to that below.
	for i := 1; i < len(forms); i++ {
		if forms[i] == maybeForm {
			forms[i] = forms[i-1]
			if forms[i] == proseForm {
				forms[i] = maybeForm
			}
		}
	}
	for i := len(forms) - 1; i >= 0; i-- {
		if forms[i] == maybeForm {
			forms[i] = proseForm
			if i+1 < len(forms) {
				forms[i] = forms[i+1]
			}
		}
	}
	return forms, found
}

// unquoted takes off the mark of a quotation.
func unquoted(line string) string {
	if rest, ok := strings.CutPrefix(line, "> "); ok {
		return rest
	}
	return line
}

var (
	// hresultEnd is a message of CBS: it begins as they do and ends with a code.
	hresultEnd = regexp.MustCompile(`^(?:(?:Appl|CheckSur|Doq[ei]|DWLD|Exec|FC|Maint|Perf|Session|SpaceCheck|Startup|TI|WER):|Could not |Failed |InternalOpenPackage |Mark store |Not able to |Package "|Unable to ).*\[HRESULT = 0x[0-9A-Fa-f]{1,8}[^\[\]]*\][\s."']*$`)
	csiFailure = regexp.MustCompile(`^[0-9a-f]{8}(?:@[0-9/:.]*)? (?:\(F\)|\[SR\]) `)
	storeFind  = regexp.MustCompile(`^\([pf]\)\s+C(?:SI|BS) [A-Z][A-Za-z]+ [A-Z]`)
	storeTotal = regexp.MustCompile(`^(?:Operation result: 0x|Total (?:Detected|Repaired) Corruption:\s*\d)`)
	driverLine = regexp.MustCompile(`^(?:>>>  [\[S]|<<<  [\[S]|!{1,3}\s+[a-z]{3}: )`)
	diagLine   = regexp.MustCompile(`^(?:Matching Profile found: \w|Error: SetupDiag reports )`)
	maybeLine  = regexp.MustCompile(`^(?:Installer name: '|Completion status: |\[gle=0x|Install mode: |Smart installer: |Installer ID: |Expected: |Actual: |CSIPERF:|Last (?:Phase|Operation) = |Error = 0x|LogEntry: |Operation: |Summary:$|Checking System Update Readiness\.|Last Successful Step: |C(?:BS|SI) [A-Za-z ]+:\s+\d)`)
	// maskedDate is the date of a copy that hides it: 20xx-xx-18 15:21:14, or <DateTime>,
	maskedDate   = regexp.MustCompile(`^(?:[0-9xXyYmMdD/-]{6,10} [0-9hHmMsS:.]{5,12}|<[A-Za-z ]+>), `)
	agentColumns = regexp.MustCompile(`^\d{4}\D\d\d\D\d\d[ \t]\d\d:\d\d:\d\d\S*[ \t]+(?:[AP]M[ \t]+)?[0-9a-f]+[ \t]+[0-9a-f]+[ \t]`)
	agentMessage = regexp.MustCompile(`\*?FAILED\*? \[[0-9A-Fa-f]{8}\]|_cpp\d+ \[[A-Za-z]+\] `) // of a copy with a masked date
	logEvidence  = regexp.MustCompile(`\[HRESULT = 0x|\(hr:0x|Result = 0x|hr = 0x|HRESULT=0x|_FROM_WIN32\(|^\S+::\S`)
)

const queueItem = "Failed execution of queue item Installer: "

// formOf knows a line by its structure alone.
func formOf(b []byte) form {
	b = bytes.Trim(b, " \t")
	if f := pantherForms(b); f != proseForm {
		return f
	}
	switch {
	case hresultEnd.Match(b), csiFailure.Match(b), storeFind.Match(b), storeTotal.Match(b), bytes.HasPrefix(b, []byte(queueItem)):
		return pantherForm
	case bytes.HasPrefix(b, []byte("{")) && bytes.Contains(b, []byte(" [AGENT_")) && bytes.Count(b, []byte{'\t'}) > 7:
		return reportingForm
	case driverLine.Match(b):
		return setupAPIForm
	case diagLine.Match(b):
		return setupDiagForm
	case maybeLine.Match(b):
		return maybeForm
	}
	if _, ok := parseAgent(b); ok && (agentColumns.Match(b) || agentMessage.Match(b)) {
		return agentForm
	}
	return proseForm
}

// pantherForms judges a line with a level. One with a date or with columns is
// sure; "Error CBS 0x800f0922" is what people write as well.
func pantherForms(b []byte) form {
	r, ok := parsePanther(b)
	switch {
	case !ok:
		return proseForm
	case bytes.Contains(b[:min(len(b), 40)], []byte("   ")) && (r.component != "" || !r.wall.IsZero()):
		return pantherForm
	case r.component == "":
		return proseForm
	case !r.wall.IsZero(), maskedDate.Match(b), csiSequence(r.msg), logEvidence.Match(r.msg):
		return pantherForm
	}
	return maybeForm
}

// readable puts the columns back that the reader knows a message by.
func readable(line string) string {
	b := bytes.TrimLeft([]byte(line), " \t")
	switch {
	case csiFailure.Match(b), bytes.HasPrefix(b, []byte(queueItem)):
		return "Error CSI " + string(b)
	case hresultEnd.Match(b) && pantherForms(b) == proseForm:
		return "Info CBS " + string(b)
	}
	return line
}
