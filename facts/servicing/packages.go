package servicing

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/facts"
)

const (
	maxPackages = 200 // packages of updates that are kept; the oldest statements go first
	maxPlanned  = 64  // packages whose targets are kept

	updatePackage = "Package_for_"           // begins the name of what an update brings; features have other names
	rollupPackage = "Package_for_RollupFix~" // a cumulative update, whose version is that of Windows
)

// stated is what a log says of a package.
type stated struct {
	kb    facts.KB // 0: neither its name nor its session tells
	state latest[string]
}

// pkg returns what is kept of a package of an update; nil for any other.
func (t *told) pkg(name string) *stated {
	if !strings.HasPrefix(name, updatePackage) {
		return nil
	}
	if s := t.packages[name]; s != nil {
		return s
	}
	if t.packages == nil {
		t.packages = map[string]*stated{}
	}
	if len(t.packages) == maxPackages {
		t.forgetPackage()
	}
	s := new(stated)
	if rest, ok := strings.CutPrefix(name, updatePackage+"KB"); ok {
		digits, _, _ := strings.Cut(rest, "~")
		s.kb, _ = facts.ParseKB(digits)
	}
	t.packages[strings.Clone(name)] = s
	return s
}

// forgetPackage drops the package of the oldest statement.
func (t *told) forgetPackage() {
	oldest := ""
	for name, s := range t.packages {
		if o := t.packages[oldest]; o == nil || s.state.at.Before(o.state.at) || s.state.at.Equal(o.state.at) && name < oldest {
			oldest = name
		}
	}
	delete(t.packages, oldest)
}

// packageState notes the state of a package; "" is none.
func (t *told) packageState(name, state string, at time.Time) {
	s := t.pkg(name)
	if s == nil || state == "" {
		return
	}
	s.state.tell(state, at)
	if state == "installed" && strings.HasPrefix(name, rollupPackage) {
		if part := strings.Split(name, "~"); len(part) == 5 {
			t.arch.tell(strings.Clone(part[2]), at)
		}
	}
}

// packageStates are the packages whose state is known, by name.
func (t *told) packageStates() []facts.Package {
	var out []facts.Package
	for name, s := range t.packages {
		if !s.state.is {
			continue
		}
		p := facts.Package{Name: facts.Some(name), State: facts.Some(s.state.v)}
		if s.kb != 0 {
			p.KB = facts.Some(s.kb)
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b facts.Package) int { return strings.Compare(a.Name.V, b.Name.V) })
	return out
}

// stateWords are the states of packages as CBS.log spells them, without the
// spaces that some versions put in, and as facts do.
var stateWords = map[string]string{
	"absent": "absent", "resolving": "resolving", "resolved": "resolved", "staging": "staged", "staged": "staged",
	"superseded": "superseded", "installed": "installed", "permanent": "permanent", "partiallyinstalled": "partially_installed",
	"installpending": "install_pending", "installrequested": "install_pending",
	"uninstallpending": "uninstall_pending", "uninstallrequested": "uninstall_pending",
}

func stateWord(s string) string {
	return stateWords[strings.ToLower(strings.ReplaceAll(s, " ", ""))]
}

// pending is the state of a package that reaches a target at the next restart.
func pending(target string) string {
	switch target {
	case "installed":
		return "install_pending"
	case "absent":
		return "uninstall_pending"
	}
	return ""
}

// packageChange reads what CBS.log reports of a package at the end of a change,
// or at the end of a step of it:
//
//	Reporting package change for package: <name>, current: Staged, pending: Default, start: ..., target: Installed, ..., status: 0x0, ...
//
// The current state is a fact whatever became of the change; "installed" is
// believed only of a change that worked. What was done to an image that does
// not run is nothing of this machine.
func (t *told) packageChange(msg string, at time.Time) {
	if strings.Contains(msg, "initiated offline: True") {
		return
	}
	state := stateWord(after(msg, "current: ", ","))
	if waits := stateWord(after(msg, "pending: ", ",")); waits != "" && waits != state {
		state = pending(waits)
	}
	status, err := strconv.ParseUint(strings.TrimPrefix(after(msg, ", status: ", " ,"), "0x"), 16, 32)
	if state == "" || state == "installed" && (err != nil || status != 0) {
		return
	}
	t.packageState(packageOf(msg), state, at)
}

// plan notes which state a session wants a package in. The session may end
// after a restart.
//
//	Plan: Package: <name>, current: Staged, pending: Default, start: Staged, applicable: Installed, targeted: Installed, limit: Installed
func (p *cbsParser) plan(msg string) {
	name, target := packageOf(msg), stateWord(after(msg, "targeted: ", ","))
	if p.targets == nil || len(p.targets) == maxPlanned {
		p.targets = map[string]string{}
	}
	p.targets[strings.Clone(name)] = target
}

// changed notes the end of a session's work on a package: its plan is reached,
// or will be at the next restart. DISM also works on images that do not run,
// and its plan does not tell.
func (p *cbsParser) changed(name, msg string, code facts.Code, at time.Time) {
	s := p.c.told.pkg(name)
	if s == nil {
		return
	}
	if kb, err := facts.ParseKB(after(msg, "Identifier: ", " ,[")); err == nil && s.kb == 0 {
		s.kb = kb
	}
	if p.current == nil || strings.HasPrefix(p.current.client, "DISM") {
		return
	}
	target := p.targets[name]
	switch code.Value {
	case 0:
		p.c.told.packageState(name, target, at)
	case 0xbc2: // ERROR_SUCCESS_REBOOT_REQUIRED
		p.c.told.packageState(name, pending(target), at)
	}
}

// enabled are the builds that one cumulative update serves, by the build in
// the version of its package: a small package turns the first into the others.
// (Release health pages of Windows 10 and 11.)
var enabled = map[int64][]int64{
	18362: {18362, 18363},
	19041: {19041, 19042, 19043, 19044, 19045},
	22621: {22621, 22631},
	26100: {26100, 26200, 26300},
}

// runs notes which build was running, 0 for unknown, and on what. The same build
// without its revision leaves the revision that another log tells.
func (t *told) runs(build int64, arch string, at time.Time) {
	if build != 0 && build != t.build.v.Number {
		t.build.tell(facts.Build{Number: build}, at)
	}
	if arch != "" {
		t.arch.tell(strings.Clone(arch), at)
	}
}

// windows is the build that runs, zero when unknown. The cumulative update that
// is installed tells the revision, and the build where it serves only one; the
// revision is 0 when unknown.
func (t *told) windows() facts.Build {
	rollup, at := t.rollup()
	switch serves := enabled[rollup.Number]; {
	case rollup.Number == 0:
		return t.build.v
	case t.build.is && (rollup.Number == t.build.v.Number || slices.Contains(serves, t.build.v.Number)):
		build := t.build.v
		if build.Revision == 0 || at.After(t.build.at) {
			build.Revision = rollup.Revision
		}
		return build
	case t.build.is && at.Before(t.build.at):
		return t.build.v
	case serves != nil:
		return facts.Build{}
	}
	return rollup
}

// rollup is the version of the newest cumulative update that is installed, and
// when that was stated.
func (t *told) rollup() (newest facts.Build, at time.Time) {
	for name, s := range t.packages {
		if s.state.v != "installed" || !strings.HasPrefix(name, rollupPackage) {
			continue
		}
		b := packageBuild(name)
		if b.Number > newest.Number || b.Number == newest.Number && b.Revision > newest.Revision {
			newest, at = b, s.state.at
		}
	}
	return newest, at
}

// packageBuild reads the version of a package, 26100.4061 of ~~26100.4061.1.8.
func packageBuild(name string) facts.Build {
	_, version, _ := strings.Cut(name, "~~")
	part := strings.Split(version, ".")
	if len(part) != 4 {
		return facts.Build{}
	}
	number, err1 := strconv.ParseInt(part[0], 10, 32)
	revision, err2 := strconv.ParseInt(part[1], 10, 32)
	if err1 != nil || err2 != nil || number < 6000 {
		return facts.Build{}
	}
	return facts.Build{Number: number, Revision: revision}
}
