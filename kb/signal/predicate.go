package signal

import (
	"sort"
	"strconv"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
)

// Predicate is a join over facts that a condition as data cannot say.
type Predicate struct {
	Name  string
	Doc   string   // one sentence: when it holds
	Facts []string // what it reads
	eval  func(*Case, Condition) Result
}

// Predicates lists all predicates, sorted by name.
func Predicates() []Predicate {
	return []Predicate{
		{"build_reaches_kb", "The machine's build is at or above the one that the update brings.",
			[]string{"os.build", "os.revision"}, buildReachesKB},
		{"failed_attempts_over", "The history holds more than count failed attempts of the update.",
			[]string{"updates.history[].kb", "updates.history[].result"}, failedAttemptsOver},
		{"kb_succeeded", "The update's last attempt succeeded, or the build reaches it.",
			[]string{"updates.history[].kb", "updates.history[].result", "os.build", "os.revision"}, kbSucceeded},
		{"made_for_another_build", "The update has builds in the releases table, and the machine's is none of them.",
			[]string{"os.build"}, madeForAnotherBuild},
		{"no_success_for_days", "No update succeeded in the last count days before the collection.",
			[]string{"collected_at", "updates.history[].result", "updates.history[].at"}, noSuccessForDays},
		{"offered_and_installed", "The update is offered although Windows or the component store lists it as installed. Without an update of the case, any offered one will do.",
			[]string{"updates.offered[].kb", "updates.installed[].kb", "packages[].kb", "packages[].state"}, offeredAndInstalled},
		{"rollup_staged", "A cumulative update newer than the installed one is staged and not installed.",
			[]string{"packages[].name", "packages[].state"}, rollupStaged},
		{"servicing_ended", "The machine's version and edition of Windows had no updates any more on the day of the collection.",
			[]string{"os.product", "os.version", "os.edition", "collected_at"}, servicingEnded},
		{"succeeded_then_failed", "The history holds a success of the update and a failure after it.",
			[]string{"updates.history[].kb", "updates.history[].result", "updates.history[].at"}, succeededThenFailed},
	}
}

type predicate struct {
	Predicate
	condition Condition
}

func (p predicate) eval(c *Case) Result { return p.Predicate.eval(c, p.condition) }

func (p predicate) paths(set map[string]bool) {
	for _, f := range p.Facts {
		set[f] = true
	}
}

func (k *compiler) predicate(c Condition) node {
	all := Predicates()
	i := sort.Search(len(all), func(i int) bool { return all[i].Name >= c.Predicate })
	if i == len(all) || all[i].Name != c.Predicate {
		return k.fault("there is no predicate %q: use %s", c.Predicate, names(all))
	}
	if c.KB != "" && c.KB != "$kb" {
		if _, err := facts.ParseKB(c.KB); err != nil {
			return k.fault("predicate %s: kb is $kb or a KB number: %w", c.Predicate, err)
		}
	}
	return predicate{all[i], c}
}

func names(all []Predicate) string {
	out := make([]string, len(all))
	for i, p := range all {
		out[i] = p.Name
	}
	return strings.Join(out, ", ")
}

// kb returns the update that a predicate is about, 0 if none is known.
func (c *Case) kb(condition Condition) facts.KB {
	if condition.KB == "" || condition.KB == "$kb" {
		return c.KB
	}
	kb, _ := facts.ParseKB(condition.KB) // checked when compiled
	return kb
}

func buildReachesKB(c *Case, condition Condition) Result {
	kb := c.kb(condition)
	if kb == 0 || c.Reaches == nil {
		return Result{}
	}
	r := Result{Answer: c.Reaches(c.Report, kb)}
	if r.Answer != Unknown {
		os := c.Report.OS.V
		r.Witnesses = []Witness{{"os.revision", facts.Build{Number: os.Build.V, Revision: os.Revision.V}.String()}}
	}
	return r
}

// attempts are the history's entries of one update.
type attempts struct {
	succeeded, failed []int // indices
	closed            bool  // nothing else can be in the history
}

func attemptsOf(r *facts.Report, kb facts.KB) attempts {
	history, known := r.Updates.V.History.Get()
	a := attempts{closed: known && (len(history) == 0 || isComplete(r, "updates.history"))}
	for i, e := range history {
		if e.KB.V != kb || e.Operation.V == "uninstall" {
			continue
		}
		switch e.Result.V {
		case "succeeded", "succeeded_with_errors":
			a.succeeded = append(a.succeeded, i)
		case "failed", "aborted":
			a.failed = append(a.failed, i)
		}
	}
	return a
}

func isComplete(r *facts.Report, list string) bool {
	for _, name := range r.Complete.V {
		if name == list {
			return true
		}
	}
	return false
}

func historyWitness(i int, value string) Witness {
	return Witness{"updates.history[" + strconv.Itoa(i) + "]", value}
}

// succeededThenFailed takes a success and a failure without times as ordered:
// Windows goes on trying only what it thinks is missing.
func succeededThenFailed(c *Case, condition Condition) Result {
	kb := c.kb(condition)
	if kb == 0 {
		return Result{}
	}
	a := attemptsOf(c.Report, kb)
	history := c.Report.Updates.V.History.V
	for _, s := range a.succeeded {
		for _, f := range a.failed {
			at, timed := history[s].At.Get()
			later, timedToo := history[f].At.Get()
			if !timed || !timedToo || later.After(at) {
				return Result{Yes, []Witness{historyWitness(s, "succeeded"), historyWitness(f, "failed")}}
			}
		}
	}
	if a.closed {
		return Result{No, []Witness{{Path: "updates.history"}}}
	}
	return Result{}
}

func failedAttemptsOver(c *Case, condition Condition) Result {
	kb := c.kb(condition)
	if kb == 0 {
		return Result{}
	}
	a := attemptsOf(c.Report, kb)
	witness := []Witness{{"updates.history", strconv.Itoa(len(a.failed))}}
	switch {
	case int64(len(a.failed)) > condition.Count:
		return Result{Yes, witness}
	case a.closed:
		return Result{No, witness}
	}
	return Result{}
}

func kbSucceeded(c *Case, condition Condition) Result {
	if r := buildReachesKB(c, condition); r.Answer == Yes {
		return r
	}
	kb := c.kb(condition)
	if kb == 0 {
		return Result{}
	}
	a := attemptsOf(c.Report, kb)
	switch {
	case len(a.succeeded) > 0 && len(a.failed) == 0:
		return Result{Yes, []Witness{historyWitness(a.succeeded[0], "succeeded")}}
	case len(a.failed) > 0 && len(a.succeeded) == 0:
		return Result{No, []Witness{historyWitness(a.failed[0], "failed")}}
	case len(a.failed) > 0:
		return lastAttempt(c.Report.Updates.V.History.V, a)
	case a.closed:
		return Result{No, []Witness{{Path: "updates.history"}}}
	}
	return Result{}
}

// lastAttempt decides between successes and failures by their times; without
// all times nobody knows which came last.
func lastAttempt(history []facts.HistoryEntry, a attempts) Result {
	last, answer := -1, Unknown
	for _, group := range []struct {
		indices []int
		answer  Answer
	}{{a.succeeded, Yes}, {a.failed, No}} {
		for _, i := range group.indices {
			at, ok := history[i].At.Get()
			if !ok {
				return Result{}
			}
			if last < 0 || at.After(history[last].At.V) {
				last, answer = i, group.answer
			}
		}
	}
	return Result{answer, []Witness{historyWitness(last, history[last].Result.V)}}
}

// offeredAndInstalled asks of the case's update. Where the case has none, any
// offered update that is installed will do, and no such update says nothing.
func offeredAndInstalled(c *Case, condition Condition) Result {
	if kb := c.kb(condition); kb != 0 {
		return bothOffered(c.Report, kb)
	}
	for _, o := range c.Report.Updates.V.Offered.V {
		if r := bothOffered(c.Report, o.KB.V); r.Answer == Yes {
			return r
		}
	}
	return Result{}
}

func bothOffered(r *facts.Report, kb facts.KB) Result {
	offered := offeredKB(r, kb)
	installed := installedKB(r, kb)
	switch {
	case offered.Answer == Yes && installed.Answer == Yes:
		return Result{Yes, append(offered.Witnesses, installed.Witnesses...)}
	case offered.Answer == No:
		return offered
	case installed.Answer == No:
		return installed
	}
	return Result{}
}

func offeredKB(r *facts.Report, kb facts.KB) Result {
	offers, known := r.Updates.V.Offered.Get()
	for i, o := range offers {
		if o.KB.V == kb {
			return Result{Yes, []Witness{{"updates.offered[" + strconv.Itoa(i) + "]", kb.String()}}}
		}
	}
	if known && (len(offers) == 0 || isComplete(r, "updates.offered")) {
		return Result{No, []Witness{{Path: "updates.offered"}}}
	}
	return Result{}
}

func installedKB(r *facts.Report, kb facts.KB) Result {
	for i, p := range r.Packages.V {
		if p.KB.V != kb {
			continue
		}
		w := []Witness{{"packages[" + strconv.Itoa(i) + "].state", p.State.V}}
		switch p.State.V {
		case "installed", "permanent":
			return Result{Yes, w}
		case "absent", "staged", "resolved", "resolving", "partially_installed":
			return Result{No, w}
		}
	}
	installed, known := r.Updates.V.Installed.Get()
	for i, u := range installed {
		if u.KB.V == kb {
			return Result{Yes, []Witness{{"updates.installed[" + strconv.Itoa(i) + "]", kb.String()}}}
		}
	}
	if known && isComplete(r, "updates.installed") {
		return Result{No, []Witness{{Path: "updates.installed"}}}
	}
	return Result{}
}

const rollupPrefix = "package_for_rollupfix"

func rollupStaged(c *Case, _ Condition) Result {
	var newest []int64
	var staged []int
	for i, p := range c.Report.Packages.V {
		if !strings.HasPrefix(strings.ToLower(p.Name.V), rollupPrefix) {
			continue
		}
		switch p.State.V {
		case "installed", "permanent":
			if v := packageVersion(p.Name.V); compareVersions(v, newest) > 0 {
				newest = v
			}
		case "staged", "install_pending":
			staged = append(staged, i)
		}
	}
	for _, i := range staged {
		if p := c.Report.Packages.V[i]; compareVersions(packageVersion(p.Name.V), newest) > 0 {
			return Result{Yes, []Witness{{"packages[" + strconv.Itoa(i) + "].state", p.State.V}}}
		}
	}
	if isComplete(c.Report, "packages") {
		return Result{No, []Witness{{Path: "packages"}}}
	}
	return Result{}
}

// packageVersion returns the version at the end of a package's identity
// (Name~key~architecture~language~version).
func packageVersion(name string) []int64 {
	var out []int64
	for part := range strings.SplitSeq(name[strings.LastIndexByte(name, '~')+1:], ".") {
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			break
		}
		out = append(out, n)
	}
	return out
}

func compareVersions(a, b []int64) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			if a[i] < b[i] {
				return -1
			}
			return 1
		}
	}
	return len(a) - len(b)
}
