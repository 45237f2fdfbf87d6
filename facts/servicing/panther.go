package servicing

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/facts/errcode"
)

// record is the dated line that the logs of servicing, DISM and Setup share:
//
//	2018-02-21 21:14:03, Error      [0x01805b] CSI    0000004e (F) Failed ...
//	0                    21         32         43     50
//
// The number in brackets is the id of the message, never a code.
type record struct {
	wall      time.Time // zero when the date is missing or masked
	level     string    // error, warning, info
	component string    // "" is blank
	msg       []byte
}

var levels = []struct{ word, name string }{
	{"Error", "error"}, {"Info", "info"}, {"Warning", "warning"}, {"Fatal", "error"}, {"Perf", "info"},
}

var components = []string{
	"CBS", "CSI", "DPX", "SXS", "DEPLOY", "DISM", "CMI", "MOUPG", "SP", "MIG", "CONX", "DU", "PANTHR",
	"IBS", "IBSLIB", "SYSPRP", "TOOL", "UI", "DIAG", "CMIADAPTER", "WDSCore", "Setup", "PBR", "OOBE", "DWLD", "HWREQ", "COMPAT", "APPR", "AudMig",
}

// parsePanther reads a line of the common layout. It also accepts copies that
// lost the padding, the date, or both; ok is false for a line without level,
// which continues the record above it.
func parsePanther(b []byte) (r record, ok bool) {
	b = bytes.TrimLeft(b, " \t\ufeff")
	at := -1
	for i := 0; i < len(b) && i <= 40; i++ {
		switch c := b[i]; {
		case (c == 'E' || c == 'I' || c == 'W' || c == 'F' || c == 'P') && (i == 0 || b[i-1] == ' ' || b[i-1] == ',' || b[i-1] == '\t'):
			for _, l := range levels {
				if bytes.HasPrefix(b[i:], []byte(l.word)) && i+len(l.word) < len(b) && blank(b[i+len(l.word)]) {
					r.level, at = l.name, i+len(l.word)
				}
			}
		case c == '=' || c == '{' || c == '[' || c == '(':
			return r, false
		}
		if at >= 0 {
			if before := bytes.TrimRight(b[:i], " \t"); len(before) > 0 && before[len(before)-1] != ',' {
				return r, false // a word in a sentence
			}
			break
		}
	}
	if at < 0 {
		return r, false
	}
	r.wall = parseWall(b)
	rest := b[at:]
	padding := len(rest) - len(bytes.TrimLeft(rest, " \t"))
	rest = rest[padding:]
	if len(rest) > 11 && rest[0] == '[' && rest[1] == '0' && rest[2] == 'x' {
		if i := bytes.IndexByte(rest[:12], ']'); i > 0 {
			rest = bytes.TrimLeft(rest[i+1:], " \t")
		}
	}
	word := rest
	if i := bytes.IndexAny(rest[:min(len(rest), 24)], " \t"); i >= 0 {
		word = rest[:i]
	}
	if i := slices.IndexFunc(components, func(c string) bool { return c == string(word) }); i >= 0 {
		r.component = components[i]
		rest = bytes.TrimLeft(rest[len(word):], " ")
	} else if r.wall.IsZero() && at <= 8 && padding < 2 && !bytes.HasPrefix(b, []byte("Info ")) {
		return r, false // "Error: something" in running text
	}
	r.msg = rest
	return r, true
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

// parseWall reads "2006-01-02 15:04:05" with any date separator and up to nine
// digits of a fraction after '.', ':' or ','; zero for anything else.
func parseWall(b []byte) time.Time {
	if len(b) < 19 || !blank(b[10]) || b[13] != ':' || b[16] != ':' {
		return time.Time{}
	}
	year, month, day := number(b[0:4]), number(b[5:7]), number(b[8:10])
	hour, minute, second := number(b[11:13]), number(b[14:16]), number(b[17:19])
	if year < 1980 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 {
		return time.Time{}
	}
	nanos, unit := 0, 100_000_000
	if len(b) > 20 && (b[19] == '.' || b[19] == ':') {
		for _, c := range b[20:min(len(b), 29)] {
			if c < '0' || c > '9' {
				break
			}
			nanos += int(c-'0') * unit
			unit /= 10
		}
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC)
}

// number reads decimal digits; -1 for anything else.
func number(b []byte) int {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// codeOf returns the code that a message most likely means. Success and the
// last error of a thread are no codes here.
func codeOf(msg string) (facts.Code, bool) {
	if code, ok := bracketed(msg); ok {
		return code, !code.Success()
	}
	m, ok := errcode.Primary(errcode.Find(msg))
	if !ok || m.Weak || m.Kind == errcode.KindBugCheck || m.Code.Success() {
		return facts.Code{}, false
	}
	return m.Code, true
}

// bracketed reads the [HRESULT = 0x800f0922 - ...] that nearly every message of
// CBS with a code ends with, which spares the general search.
func bracketed(msg string) (facts.Code, bool) {
	const mark = "[HRESULT = 0x"
	i := strings.LastIndex(msg, mark)
	if i < 0 || len(msg) < i+len(mark)+9 {
		return facts.Code{}, false
	}
	digits := msg[i+len(mark):]
	if digits[8] != ' ' && digits[8] != ']' {
		return facts.Code{}, false
	}
	v, err := strconv.ParseUint(digits[:8], 16, 32)
	return facts.Code{Value: uint32(v)}, err == nil
}

// message is the text of the part of a line that is looked into.
func message(b []byte) string {
	return decodeText(bytes.TrimSpace(b[:min(len(b), maxMessage)]))
}

// packageOf returns the identity of a package in a message, as in
// Package_for_RollupFix~31bf3856ad364e35~amd64~~19041.1.1.1.
func packageOf(msg string) string {
	for i := 0; i < len(msg); i++ {
		if msg[i] != '~' {
			continue
		}
		from, to, tildes := i, i, 0
		for from > 0 && identity(msg[from-1]) {
			from--
		}
		for to < len(msg) && identity(msg[to]) {
			if msg[to] == '~' {
				tildes++
			}
			to++
		}
		if tildes >= 3 && from < i {
			for to > from && msg[to-1] == '.' {
				to--
			}
			return clip(msg[from:to], 200)
		}
		i = to
	}
	return ""
}

func identity(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '~' || c == '-' || c == '_' || c == '.'
}

// after returns what follows the first occurrence of a word in a message, up
// to one of the stop bytes; "" when the word is not there.
func after(msg, word, stops string) string {
	i := indexFold(msg, word)
	if i < 0 {
		return ""
	}
	rest := msg[i+len(word):]
	if j := indexAny(rest, stops); j >= 0 {
		rest = rest[:j]
	}
	return clip(trim(rest), 200)
}
