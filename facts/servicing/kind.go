package servicing

import (
	"bytes"
	"path"
	"strings"
)

// kind is a kind of log, by the name that facts give it.
type kind string

const (
	kindUnknown   kind = ""
	kindCBS       kind = "cbs.log"
	kindDISM      kind = "dism.log"
	kindSetupAct  kind = "setupact.log"
	kindSetupErr  kind = "setuperr.log"
	kindWU        kind = "windowsupdate.log"
	kindReporting kind = "reportingevents.log"
	kindSetupAPI  kind = "setupapi.dev.log"
	kindSetupDiag kind = "setupdiag"
	kindWER       kind = "wer"
)

// kindByName knows a log by its file name, whatever its folder.
func kindByName(name string) kind {
	name = strings.ToLower(path.Base(strings.ReplaceAll(name, `\`, "/")))
	log := strings.HasSuffix(name, ".log") || strings.HasSuffix(name, ".log.bak")
	switch {
	case strings.HasPrefix(name, "setupdiagresults.") && !strings.HasSuffix(name, ".zip"):
		return kindSetupDiag
	case strings.HasSuffix(name, ".wer"):
		return kindWER
	case !log:
		return kindUnknown
	case strings.HasPrefix(name, "cbs"):
		return kindCBS
	case strings.HasPrefix(name, "dism"):
		return kindDISM
	case strings.HasPrefix(name, "setupact") || name == "bluebox.log":
		return kindSetupAct
	case strings.HasPrefix(name, "setuperr"):
		return kindSetupErr
	case strings.HasPrefix(name, "setupapi."):
		return kindSetupAPI
	case strings.HasPrefix(name, "windowsupdate"):
		return kindWU
	case strings.HasPrefix(name, "reportingevents"):
		return kindReporting
	}
	return kindUnknown
}

// sniff tells the kind of a log by its name and its first lines.
func sniff(name string, head []byte) kind {
	named, seen := kindByName(name), kindByContent(head)
	switch {
	case seen == kindUnknown || named.panther() && seen.panther():
		if named == kindUnknown {
			return seen
		}
		return named
	default:
		return seen
	}
}

// panther reports whether the kind shares its line with the other two of its
// family, which also hold lines of each other.
func (k kind) panther() bool {
	return k == kindCBS || k == kindDISM || k == kindSetupAct || k == kindSetupErr
}

// kindByContent votes over the lines of a beginning.
func kindByContent(head []byte) kind {
	votes := map[kind]int{}
	for range 200 {
		var line []byte
		line, head, _ = bytes.Cut(head, []byte{'\n'})
		if k, weight := kindOfLine(line); k != kindUnknown {
			votes[k] += weight
		}
		if len(head) == 0 {
			break
		}
	}
	best, most := kindUnknown, 0
	for _, k := range []kind{kindSetupDiag, kindWER, kindReporting, kindSetupAPI, kindDISM, kindSetupAct, kindCBS, kindWU} {
		if votes[k] > most {
			best, most = k, votes[k]
		}
	}
	return best
}

func kindOfLine(line []byte) (kind, int) {
	switch {
	case bytes.HasPrefix(line, []byte("Matching Profile found:")), bytes.HasPrefix(line, []byte("SetupDiag version")), bytes.Contains(line, []byte("<SetupDiag")):
		return kindSetupDiag, 50
	case bytes.HasPrefix(line, []byte("EventType=")):
		return kindWER, 50
	case bytes.Contains(line, []byte(" [AGENT_")) && bytes.HasPrefix(line, []byte("{")):
		return kindReporting, 10
	case bytes.HasPrefix(line, []byte("[Device Install Log]")), bytes.HasPrefix(line, []byte("[BeginLog]")), bytes.HasPrefix(line, []byte(">>>  ")), bytes.HasPrefix(line, []byte("<<<  ")), bytes.HasPrefix(line, []byte("!!!  ")):
		return kindSetupAPI, 5
	case bytes.HasPrefix(bytes.TrimSpace(line), []byte("Checking System Update Readiness.")), bytes.HasPrefix(line, []byte("Operation result: 0x")):
		return kindCBS, 1
	}
	if r, ok := parsePanther(line); ok {
		switch r.component {
		case "DISM":
			return kindDISM, 4 // dism.log holds lines of CSI as well
		case "CBS", "CSI", "DPX", "SXS", "DEPLOY":
			return kindCBS, 1
		case "":
			return kindSetupAct, 1
		}
		return kindSetupAct, 2
	}
	if r, ok := parseAgent(line); ok && r.component != "" {
		return kindWU, 1
	}
	return kindUnknown, 0
}
