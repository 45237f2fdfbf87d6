package kb

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/facts/errcode"
	"github.com/patchmedic/patchmedic/kb/signal"
)

// Permitted words of articles and remedies; the JSON Schemas list the same.
var (
	categories = []string{"servicing", "agent", "disk", "network", "policy", "setup", "driver", "security", "hardware", "store"}
	statuses   = []string{"draft", "review", "published", "retired"}
	sourceKind = []string{"vendor", "field", "forum"}
	risks      = []string{"low", "medium", "high"}
	losses     = []string{"none", "possible", "certain"}
	roles      = []string{"", "cure", "check", "end"}
	shells     = []string{"cmd", "powershell", "diskpart"}
	paramKinds = []string{"kb", "service", "text", "path"}
	updates    = []string{"B", "OOB", "preview", "checkpoint", "hotpatch", "enablement", "ssu", "rtm"}
)

// articleSections are the H2 that every article has, in this order; a section
// remedy-<action> may stand between why and prevention.
var articleSections = []string{"symptoms", "analysis", "ineffective", "why", "prevention", "faq"}

// lintTables checks what is neither an article nor a remedy.
func (l *loader) lintTables() {
	for _, s := range l.lib.signals {
		l.lintSignal(s)
	}
	l.lintReleases()
}

// linter adds problems of one YAML file.
type linter struct {
	*loader
	file, data string
	within     []any // where the thing stands in the file
}

func (l *loader) in(file, data string, within ...any) linter { return linter{l, file, data, within} }

func (l *loader) ofSignal(s *Signal) linter { return l.in(s.file, l.lib.tables[s.file], s.place) }

func (l linter) fault(place []any, format string, args ...any) {
	line := lineAt(l.root(l.file, l.data), slices.Concat(l.within, place)...)
	l.add(Problem{l.file, line, fmt.Sprintf(format, args...)})
}

func at(steps ...any) []any { return steps }

func (l linter) word(place []any, what, value string, words []string) {
	if !slices.Contains(words, value) {
		l.fault(place, "%s is %q: write one of %s", what, value, strings.TrimPrefix(strings.Join(words, ", "), ", "))
	}
}

func (l linter) signalExists(place []any, id string) {
	if _, ok := l.lib.signal[id]; !ok {
		l.fault(place, "there is no signal %q: check its spelling, or write it in signals/", id)
	}
}

func (l *loader) lintSignal(s *Signal) {
	x := l.ofSignal(s)
	if l.broken[x.file] {
		return
	}
	if s.Group == "" {
		x.fault(at("id"), "signal %s needs a group: of one group only the strongest line counts", s.ID)
	}
	if s.Otherwise == "" {
		x.fault(at("id"), "signal %s needs otherwise: how often it holds on a machine with another cause", s.ID)
	}
	if !s.Text.Complete() {
		x.fault(at("text"), "signal %s needs its text in en and fr", s.ID)
	}
	if s.Ask == nil || l.lib.signal[s.ID] == nil {
		return
	}
	if !s.Ask.Text.Complete() {
		x.fault(at("ask", "text"), "the question of %s needs its text in en and fr", s.ID)
	}
	if s.Ask.How.Command == "" && !s.Ask.How.Menu.Complete() {
		x.fault(at("ask", "how"), "the question of %s needs a command, or a menu in en and fr: how does a person find out?", s.ID)
	}
	if len(s.Ask.Answers) < 2 {
		x.fault(at("ask", "answers"), "the question of %s needs two answers or more", s.ID)
	}
	for i, a := range s.Ask.Answers {
		x.answer(s, i, a)
	}
}

// answer checks that an answer states facts, and that they decide the signal.
func (l linter) answer(s *Signal, i int, a Answer) {
	place := at("ask", "answers", i)
	if a.ID == "" || a.ID == "unknown" || !a.Label.Complete() {
		l.fault(place, "an answer of %s needs an id (not \"unknown\", which is always there) and a label in en and fr", s.ID)
	}
	patch, err := answersFacts(a)
	if err != nil {
		l.fault(place, "the facts of answer %s of %s: %v", a.ID, s.ID, err)
		return
	}
	c := l.lib.Case(patch, 5058411, facts.Code{Value: 0x80070306})
	if reads(s, "os.") { // a build decides only with the releases table, which says it of each update
		return
	}
	if s.Eval(c).Answer == signal.Unknown {
		l.fault(place, "answer %s does not decide %s: its facts leave the condition unknown", a.ID, s.ID)
	}
}

func reads(s *Signal, prefix string) bool {
	return slices.ContainsFunc(s.Facts(), func(f string) bool { return strings.HasPrefix(f, prefix) })
}

func (l *loader) lintRemedy(r *Remedy) {
	x := l.in(Document{Kind: RemedyKind, ID: r.Action}.File(""), r.yaml)
	if l.broken[x.file] {
		return
	}
	if r.Schema != RemedySchema {
		x.fault(at("schema"), "schema is %q: write %s", r.Schema, RemedySchema)
	}
	if !facts.KnownAction(r.Action) && !validID(r.Action) {
		x.fault(nil, "the folder's name is the action: small letters, digits and hyphens, at most %d characters", longestID)
	}
	x.word(at("status"), "status", r.Status, statuses)
	if r.ReplacedBy != "" && (r.Status != "retired" || l.lib.remedy[r.ReplacedBy] == nil) {
		x.fault(at("replaced_by"), "replaced_by belongs to a retired remedy and names another one")
	}
	x.word(at("role"), "role", r.Role, roles)
	x.word(at("cost", "risk"), "risk", r.Cost.Risk, risks)
	x.word(at("cost", "data_loss"), "data_loss", r.Cost.DataLoss, losses)
	if m := r.Cost.Minutes; m[0] < 0 || m[1] < m[0] {
		x.fault(at("cost", "minutes"), "minutes are [shortest, longest], not %v", m)
	}
	if r.Who == "" {
		x.fault(at("who"), "who is the least skilled person who may do it: user, l1, l2, admin, vendor")
	}
	for _, name := range sortedKeys(r.Params) {
		x.word(at("params", name, "kind"), "kind of "+name, r.Params[name].Kind, paramKinds)
	}
	for i, id := range r.BlockedWhen {
		x.signalExists(at("blocked_when", i), id)
	}
	if len(r.Steps) == 0 {
		x.fault(at("steps"), "a remedy needs steps")
	}
	for i, s := range r.Steps {
		x.step(r, at("steps", i), s)
	}
	for i, s := range r.Undo {
		x.step(r, at("undo", i), s)
	}
	for _, s := range r.Sources {
		x.source(at("sources"), s)
	}
	x.remedyProse(r)
}

func (l linter) step(r *Remedy, place []any, s Step) {
	if s.ID == "" {
		l.fault(place, "a step needs an id, which is a ### heading of the prose")
	}
	if len(s.Commands) > 0 {
		l.word(place, "shell of step "+s.ID, s.Shell, shells)
	}
	if s.When != "" {
		l.signalExists(place, s.When)
	}
	for _, command := range s.Commands {
		if strings.TrimSpace(command) != command || command == "" {
			l.fault(place, "a command of step %s is empty or has spaces around it", s.ID)
		}
		for _, name := range undeclared(command, r.Params) {
			l.fault(place, "step %s uses {%s}, which params does not declare", s.ID, name)
		}
	}
}

// undeclared returns {name} of the kinds of parameter names that a command uses
// without a declaration; other braces belong to the shell.
func undeclared(command string, params map[string]Param) []string {
	var out []string
	for _, name := range []string{"kb", "kb.number", "service", "start", "path", "drive", "package", "host"} {
		declared, _, _ := strings.Cut(name, ".")
		if _, ok := params[declared]; !ok && strings.Contains(command, "{"+name+"}") {
			out = append(out, name)
		}
	}
	return out
}

// remedyProse holds headings and YAML together, in both languages.
func (l linter) remedyProse(r *Remedy) {
	ids := func(steps []Step) []string {
		out := make([]string, len(steps))
		for i, s := range steps {
			out[i] = s.ID
		}
		return out
	}
	for _, lang := range Langs() {
		t := r.texts[lang]
		l.headings(t, "preflight", r.Preflight)
		l.headings(t, "steps", ids(r.Steps))
		l.headings(t, "undo", ids(r.Undo))
		for _, s := range t.Sections {
			if !slices.Contains([]string{"preflight", "steps", "undo", "notes"}, s.ID) {
				l.inProse(t, s.Line, "a remedy has the sections preflight, steps, undo and notes; {#%s} is none", s.ID)
			}
		}
		l.lintProse(t)
	}
}

// headings checks that the H3 under an H2 are exactly the ids that YAML names.
func (l linter) headings(t *Text, section string, ids []string) {
	s := t.Section(section)
	if s == nil {
		if len(ids) > 0 {
			l.inProse(t, 1, "no section {#%s}: it describes %s", section, strings.Join(ids, ", "))
		}
		return
	}
	for _, id := range ids {
		if s.Section(id) == nil {
			l.inProse(t, s.Line, "no ### heading {#%s} under {#%s}", id, section)
		}
	}
	for _, sub := range s.Sections {
		if !slices.Contains(ids, sub.ID) {
			l.inProse(t, sub.Line, "{#%s} is not in the YAML under %s: add it there, or remove the heading", sub.ID, section)
		}
	}
}

func (l linter) inProse(t *Text, line int, format string, args ...any) {
	if l.broken[t.file] {
		return
	}
	l.add(Problem{t.file, line, fmt.Sprintf(format, args...)})
}

func (l *loader) lintArticle(a *Article) {
	x := l.in(Document{Kind: ArticleKind, ID: a.ID}.File(""), a.yaml)
	if l.broken[x.file] {
		return
	}
	if a.Schema != ArticleSchema {
		x.fault(at("schema"), "schema is %q: write %s", a.Schema, ArticleSchema)
	}
	if !validID(a.ID) {
		x.fault(nil, "the folder's name is the id: small letters, digits and hyphens, at most %d characters", longestID)
	}
	x.word(at("category"), "category", a.Category, categories)
	x.word(at("status"), "status", a.Status, statuses)
	if a.Frequency == "" {
		x.fault(at("frequency"), "frequency is missing: common, occasional or rare")
	}
	if a.Reviewed == "" {
		x.fault(at("reviewed"), "reviewed is missing: the day the article was checked against its sources")
	}
	if a.ReplacedBy != "" && (a.Status != "retired" || l.lib.article[a.ReplacedBy] == nil) {
		x.fault(at("replaced_by"), "replaced_by belongs to a retired article and names another one")
	}
	if len(a.Codes)+len(a.KBs)+len(a.Signatures)+len(a.Phrases) == 0 {
		x.fault(nil, "nothing leads to this article: give it codes, kbs, signatures or phrases")
	}
	x.codes(a)
	x.evidence(a)
	x.alternatives(a)
	for i, id := range a.Related {
		if _, ok := l.lib.article[id]; !ok || id == a.ID {
			x.fault(at("related", i), "related names %q: there is no such other article", id)
		}
	}
	for i, check := range a.Verify {
		x.signalExists(at("verify", i, "signal"), check.Signal)
		x.word(at("verify", i, "needs"), "needs", check.Needs, []string{"", needsAttempt})
	}
	if len(a.Verify) == 0 {
		x.fault(at("verify"), "verify is missing: what must a later collection show?")
	}
	if len(a.Sources) == 0 {
		x.fault(at("sources"), "sources are missing: where do the facts come from?")
	}
	for i, s := range a.Sources {
		x.source(at("sources", i), s)
	}
	x.articleProse(a)
}

func (l linter) codes(a *Article) {
	seen := map[facts.Code]bool{}
	for i, c := range a.Codes {
		if seen[c] {
			l.fault(at("codes", i), "%s stands here twice", c)
		}
		seen[c] = true
		if info := errcode.Lookup(c); !info.Known && info.Facility.Name == "" {
			l.fault(at("codes", i), "no table knows %s, not even its facility: check its digits", c)
		}
	}
}

func (l linter) evidence(a *Article) {
	seen := map[string]bool{}
	groups := map[string]bool{}
	for i, e := range a.Evidence {
		l.signalExists(at("evidence", i, "signal"), e.Signal)
		if seen[e.Signal] {
			l.fault(at("evidence", i), "the signal %s stands here twice", e.Signal)
		}
		seen[e.Signal] = true
		if e.IfCause == "" {
			l.fault(at("evidence", i), "if_cause is missing: how often does %s hold when this is the cause?", e.Signal)
		}
		if s := l.lib.signal[e.Signal]; s != nil {
			groups[s.Group] = true
		}
	}
	if len(groups) == 0 {
		l.fault(at("evidence"), "evidence is missing: what tells this cause from the others of the same codes?")
	}
}

func (l linter) alternatives(a *Article) {
	for i, action := range a.Ineffective {
		if _, ok := l.lib.remedy[action]; !ok && !facts.KnownAction(action) {
			l.fault(at("ineffective", i), "there is no action %q: use a name of the vocabulary", action)
		}
	}
	if len(a.Remedies) == 0 {
		l.fault(at("remedies"), "remedies are missing; where nothing helps, name collect-more-logs and escalate")
	}
	for i, alt := range a.Remedies {
		if len(alt.Plan) == 0 {
			l.fault(at("remedies", i), "a remedy needs a plan: [{action: ...}]")
		}
		for j, step := range alt.Plan {
			l.planStep(at("remedies", i, "plan", j), a, step)
		}
		for _, id := range []string{alt.Only, alt.Unless} {
			if id != "" {
				l.signalExists(at("remedies", i), id)
			}
		}
		if alt.Temporary && alt.Only == "" {
			l.fault(at("remedies", i), "a temporary remedy needs only: the signal that allows it")
		}
	}
}

func (l linter) planStep(place []any, a *Article, step PlanStep) {
	r, ok := l.lib.remedy[step.Action]
	if !ok {
		l.fault(place, "there is no remedy %q: write remedies/%s, or check the spelling", step.Action, step.Action)
		return
	}
	if l.broken[(Document{Kind: RemedyKind, ID: r.Action}).File("")] {
		return
	}
	if a.Status == "published" && r.Status != "published" && slices.Contains(statuses, r.Status) {
		l.fault(place, "the remedy %s is %s, and this article is published: take it out of the plan, or publish the remedy", r.Action, r.Status)
	}
	for _, name := range sortedKeys(step.With) {
		if _, ok := r.Params[name]; !ok {
			l.fault(place, "%s has no parameter %q", step.Action, name)
		}
	}
	for _, name := range sortedKeys(r.Params) {
		p := r.Params[name]
		if p.Required && p.Kind != "kb" && step.With[name] == "" && p.Default == "" {
			l.fault(place, "%s needs with: {%s: ...}", step.Action, name)
		}
	}
}

func (l linter) source(place []any, s Source) {
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		l.fault(place, "a source needs the full address of a page, not %q", s.URL)
	}
	if s.Title == "" || s.Seen == "" {
		l.fault(place, "a source needs a title and the day it was seen")
	}
	l.word(place, "kind of source", s.Kind, sourceKind)
}

// articleProse checks the fixed sections, and that both languages have the same.
func (l linter) articleProse(a *Article) {
	for _, lang := range Langs() {
		t := a.texts[lang]
		l.order(t)
		l.headings(t, "ineffective", a.Ineffective)
		for _, s := range t.Sections {
			action, isRemedy := strings.CutPrefix(s.ID, "remedy-")
			if isRemedy && !a.uses(action) {
				l.inProse(t, s.Line, "{#%s}: no plan of this article uses %s", s.ID, action)
			}
			if !isRemedy && !slices.Contains(articleSections, s.ID) {
				l.inProse(t, s.Line, "an article has the sections %s and remedy-<action>; {#%s} is none", strings.Join(articleSections, ", "), s.ID)
			}
		}
		l.lintProse(t)
	}
	fr, en := a.texts[French], a.texts[English]
	if got, want := outline(fr), outline(en); got != want {
		l.inProse(fr, 1, "the headings differ from the English file's: %s against %s", got, want)
	}
}

func (l linter) order(t *Text) {
	last := -1
	for _, id := range articleSections {
		i := slices.IndexFunc(t.Sections, func(s *Section) bool { return s.ID == id })
		if i < 0 {
			if id != "ineffective" {
				l.inProse(t, 1, "no section {#%s}", id)
			}
			continue
		}
		if i < last {
			l.inProse(t, t.Sections[i].Line, "{#%s} stands too early: the order is %s", id, strings.Join(articleSections, ", "))
		}
		last = i
	}
}

func (a *Article) uses(action string) bool {
	for _, alt := range a.Remedies {
		for _, step := range alt.Plan {
			if step.Action == action {
				return true
			}
		}
	}
	return false
}

// outline returns the ids of a text's headings.
func outline(t *Text) string {
	var ids []string
	for _, s := range t.Sections {
		ids = append(ids, s.ID)
		for _, sub := range s.Sections {
			ids = append(ids, s.ID+"/"+sub.ID)
		}
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

func (l *loader) lintReleases() {
	x := l.in(releasesFile, l.lib.tables[releasesFile])
	if l.broken[x.file] {
		return
	}
	r := l.lib.releases
	if r.Schema != ReleasesSchema {
		x.fault(at("schema"), "schema is %q: write %s", r.Schema, ReleasesSchema)
	}
	for i, rel := range r.Releases {
		x.word(at("releases", i, "kind"), "kind", rel.Kind, updates)
		if rel.Build == 0 || (rel.KB == 0 && rel.Kind != "rtm") {
			x.fault(at("releases", i), "a release needs a build and a kb")
		}
	}
	for _, err := range r.contradictions() {
		x.fault(at("releases"), "%v", err)
	}
}

// longestID bounds an id in characters: it names a folder, and stands in addresses.
const longestID = 100

// validID accepts words of small letters and digits joined by hyphens.
func validID(id string) bool {
	if len(id) > longestID {
		return false
	}
	for _, word := range strings.Split(id, "-") {
		if word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return false
		}
	}
	return true
}

// answersFacts decodes the facts of an answer for a made-up case.
func answersFacts(a Answer) (*facts.Report, error) {
	return a.Facts.Report(5058411, facts.Code{Value: 0x80070306})
}
