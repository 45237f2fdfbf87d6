package collector

import (
	"regexp"
	"strconv"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/facts/errcode"
)

// setupDiag are the keys in which SetupDiag leaves its verdict: started by Setup,
// and by hand.
var setupDiag = []string{`Setup\SetupDiag\Results`, `Setup\MoSetup\Volatile\SetupDiag`}

var (
	rule    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	osBuild = regexp.MustCompile(`^10\.0\.(\d{5})\b`)
)

// readUpgrade reads how the last feature update ended.
func (g *gathering) readUpgrade(system *registry) {
	var s facts.Setup
	for _, key := range setupDiag {
		if name := system.text(key, "ProfileName"); rule.MatchString(name) {
			result := failureIn(system.text(key, "FailureData") + "\n" + system.text(key, "FailureDetails"))
			s = facts.Setup{
				SetupDiagRule: facts.Some(name),
				FromBuild:     buildOf(system.text(key, "HostOSVersion")),
				ToBuild:       buildOf(system.text(key, "TargetOSVersion")),
				Result:        result,
				Blocker:       some(clip(system.text(key, "InfName"))),
			}
			s.Extend = some(facts.Extend(result.V.Extend))
			break
		}
	}
	if n, there := system.number(`Setup\MoSetup\Volatile`, "BoxResult"); there == found && s.Result.IsZero() {
		if code := (facts.Code{Value: uint32(n)}); !code.Success() {
			s.Result = facts.Some(code)
		}
	}
	g.report.Setup = some(s)
}

func buildOf(version string) facts.Maybe[int64] {
	m := osBuild.FindStringSubmatch(version)
	if m == nil {
		return facts.Maybe[int64]{}
	}
	n, _ := strconv.ParseInt(m[1], 10, 64)
	return facts.Some(n)
}

// failureIn returns the main code that a text mentions.
func failureIn(text string) facts.Maybe[facts.Code] {
	if m, ok := errcode.Primary(errcode.Find(text)); ok && !m.Code.Success() {
		return facts.Some(m.Code)
	}
	return facts.Maybe[facts.Code]{}
}
