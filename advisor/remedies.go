package advisor

import (
	"maps"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/kb/signal"
)

// What a remedy costs beside its minutes, in minutes.
const (
	perRestart    = 15
	perMediumRisk = 30
	perHighRisk   = 120
	perSkillLevel = 15
)

// plan is an alternative of an article, ready to be judged for a machine.
type plan struct {
	kb.Alternative
	remedies []*kb.Remedy
	args     []kb.Arguments
	missing  []string // required parameters without a value
}

func (c *consultation) planOf(alt kb.Alternative) plan {
	p := plan{Alternative: alt}
	for _, step := range alt.Plan {
		r, ok := c.lib.Remedy(step.Action)
		if !ok {
			continue
		}
		args, missing := r.Bind(step.With, c.o.subject.kb)
		p.remedies = append(p.remedies, r)
		p.args = append(p.args, args)
		p.missing = append(p.missing, missing...)
	}
	return p
}

// main is the plan's last action that is no check and no restart.
func (p plan) main() *kb.Remedy {
	for i := len(p.remedies) - 1; i > 0; i-- {
		if p.remedies[i].IsCure() && p.remedies[i].Action != "reboot" {
			return p.remedies[i]
		}
	}
	return p.remedies[0]
}

// remedies returns the alternatives for this machine in the order to try them,
// and what is left out, with reasons.
func (c *consultation) remedies(a *kb.Article) ([]Remedy, []Skipped) {
	list := []Remedy{}
	skipped := c.ineffective(a)
	judged := true
	for _, alt := range a.Remedies {
		p := c.planOf(alt)
		if len(p.remedies) == 0 {
			continue
		}
		if why := c.leaves(p); why != "" {
			skipped = addSkipped(skipped, c.skip(p.main().Action, why))
			continue
		}
		r := c.remedy(a, p)
		judged = judged && (r.Chance > 0 || r.Temporary)
		list = append(list, r)
	}
	sort.SliceStable(list, func(i, j int) bool { return before(list[i], list[j], judged) })
	return list, skipped
}

// before orders alternatives: a temporary one that is allowed leads, then what
// is not blocked, then by expected cost; without judged chances the author's
// order holds.
func before(a, b Remedy, judged bool) bool {
	if x, y := a.Temporary && a.Availability != "blocked", b.Temporary && b.Availability != "blocked"; x != y {
		return x
	}
	if x, y := a.Availability == "blocked", b.Availability == "blocked"; x != y {
		return y
	}
	return judged && a.Cost.Expected < b.Cost.Expected
}

// leaves returns why an alternative is not offered, "" if it is.
func (c *consultation) leaves(p plan) string {
	if p.Only != "" {
		if s, r := c.answerID(p.Only); r.Answer != signal.Yes {
			return c.say("not-now", c.fill(s.Text.In(c.opt.Lang), ""))
		}
	}
	if p.Unless != "" {
		if s, r := c.answerID(p.Unless); r.Answer == signal.Yes {
			return c.say("taken-away", c.fill(s.Text.In(c.opt.Lang), ""))
		}
	}
	why := ""
	for _, r := range p.remedies {
		if !r.IsCure() || (r.Action == "reboot" && len(p.remedies) > 1) {
			continue
		}
		tried := c.triedInVain(r.Action)
		if tried == "" {
			if r == p.main() || !c.followsUp(p, r) {
				return ""
			}
			continue
		}
		if why == "" || r == p.main() {
			why = tried
		}
	}
	return why
}

// followsUp reports whether an action of a plan only makes sense after its
// first cure, which was tried in vain.
func (c *consultation) followsUp(p plan, r *kb.Remedy) bool {
	for _, other := range p.remedies {
		if other == r {
			return false
		}
		if other.IsCure() && c.triedInVain(other.Action) != "" {
			return true
		}
	}
	return false
}

// triedInVain says when an action was tried without effect, "" if it was not.
func (c *consultation) triedInVain(action string) string {
	for _, t := range c.o.report.Tried.V {
		if !strings.EqualFold(t.Action.V, action) || t.Outcome.V != "no_effect" {
			continue
		}
		if at, ok := t.At.Get(); ok {
			return c.say("tried-on", c.day(at))
		}
		return c.say("tried")
	}
	return ""
}

// ineffective returns what the article says does not help, with its reasons.
func (c *consultation) ineffective(a *kb.Article) []Skipped {
	out := []Skipped{}
	section := a.Text(c.opt.Lang).Section("ineffective")
	for _, action := range a.Ineffective {
		why := section.Section(action).FirstSentence()
		if tried := c.triedInVain(action); tried != "" {
			why = tried + ". " + why
		}
		out = append(out, c.skip(action, why))
	}
	return out
}

func (c *consultation) skip(action, why string) Skipped {
	s := Skipped{Action: action, Title: action, Why: why}
	if r, ok := c.lib.Remedy(action); ok {
		s.Title = r.Text(c.opt.Lang).Title
	}
	return s
}

func addSkipped(list []Skipped, s Skipped) []Skipped {
	for _, have := range list {
		if have.Action == s.Action {
			return list
		}
	}
	return append(list, s)
}

func (c *consultation) remedy(a *kb.Article, p plan) Remedy {
	main := p.main()
	out := Remedy{
		Action: main.Action, Plan: []string{}, Title: c.title(p), Temporary: p.Temporary, Because: []string{},
		Preflight: []Preflight{}, Steps: []Step{}, Undo: []Step{},
		Summary: main.Text(c.opt.Lang).Summary, Outcomes: c.outcomes(a, p),
	}
	likely := chance(p.Cures, out.Outcomes)
	out.Chance = round(likely)
	if note := a.Text(c.opt.Lang).Section("remedy-" + main.Action); note != nil {
		out.NoteHTML = c.lib.HTML(note.Markdown(), p.argsOf(main))
	}
	out.Availability, out.Because = c.availability(p)
	out.Cost, out.Who = c.cost(p, likely)
	for i, r := range p.remedies {
		out.Plan = append(out.Plan, r.Action)
		c.write(&out, r, p.args[i])
	}
	return out
}

func (c *consultation) title(p plan) string {
	main := p.main()
	args := maps.Clone(p.argsOf(main))
	for name, param := range main.Params {
		if _, known := args[name]; !known && param.Kind == "kb" {
			args[name] = c.say("the-update")
		}
	}
	return args.Fill(main.Text(c.opt.Lang).Title)
}

func (p plan) argsOf(r *kb.Remedy) kb.Arguments {
	for i, other := range p.remedies {
		if other == r {
			return p.args[i]
		}
	}
	return nil
}

// write adds one remedy's checks and steps, its parameters filled in.
func (c *consultation) write(out *Remedy, r *kb.Remedy, args kb.Arguments) {
	text := r.Text(c.opt.Lang)
	for _, id := range r.Preflight {
		if s := text.Section("preflight").Section(id); s != nil {
			out.Preflight = append(out.Preflight, Preflight{id, r.Action, args.Fill(s.Title), c.lib.HTML(s.Body, args)})
		}
	}
	out.Steps = append(out.Steps, c.steps(r, "steps", r.Steps, args)...)
	out.Undo = append(out.Undo, c.steps(r, "undo", r.Undo, args)...)
}

func (c *consultation) steps(r *kb.Remedy, section string, steps []kb.Step, args kb.Arguments) []Step {
	var out []Step
	for _, s := range steps {
		if s.When != "" {
			if _, r := c.answerID(s.When); r.Answer == signal.No {
				continue
			}
		}
		step := Step{ID: s.ID, Action: r.Action, Commands: []string{}, Shell: s.Shell, Elevated: s.Elevated, Restart: s.Restart, Who: string(r.Who)}
		if s.Who != "" {
			step.Who = string(s.Who)
		}
		if prose := r.Text(c.opt.Lang).Section(section).Section(s.ID); prose != nil {
			step.Title, step.HTML = args.Fill(prose.Title), c.lib.HTML(prose.Body, args)
		}
		for _, command := range s.Commands {
			// What nobody knows yet would be pasted as it stands.
			if !r.Lacks(command, args) {
				step.Commands = append(step.Commands, args.Fill(command))
			}
		}
		out = append(out, step)
	}
	return out
}

// availability judges whether a plan may be carried out on this machine.
func (c *consultation) availability(p plan) (string, []string) {
	blocked, ask := []string{}, []string{}
	for _, r := range p.remedies {
		for _, id := range r.BlockedWhen {
			s, result := c.answerID(id)
			text := c.fill(s.Text.In(c.opt.Lang), firstValue(result))
			switch {
			case result.Answer == signal.Yes:
				blocked = appendNew(blocked, text)
			case result.Answer == signal.Unknown && !isConstraint(s):
				ask = appendNew(ask, c.say("check", text))
			}
		}
	}
	for _, name := range p.missing {
		ask = appendNew(ask, c.say("missing-param", name))
	}
	switch {
	case len(blocked) > 0:
		return "blocked", blocked
	case len(ask) > 0:
		return "ask", ask
	}
	return "allowed", blocked
}

// isConstraint reports whether a signal reads only what a person forbids: what
// nobody forbade is allowed, and no reason to ask.
func isConstraint(s *kb.Signal) bool {
	for _, f := range s.Facts() {
		if !strings.HasPrefix(f, "constraints.") {
			return false
		}
	}
	return true
}

func appendNew(list []string, text string) []string {
	if slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

func firstValue(r signal.Result) string {
	if len(r.Witnesses) > 0 {
		return r.Witnesses[0].Value
	}
	return ""
}

// cost adds up the plan's remedies; the expected cost is the price per chance.
func (c *consultation) cost(p plan, chance float64) (Cost, string) {
	sum := Cost{Risk: "low", DataLoss: "none", Reversible: true}
	var who kb.Skill = "user"
	for _, r := range p.remedies {
		sum.Minutes[0] += r.Cost.Minutes[0]
		sum.Minutes[1] += r.Cost.Minutes[1]
		sum.Restarts += r.Cost.Restarts
		sum.Risk = worse(sum.Risk, r.Cost.Risk, "low", "medium", "high")
		sum.DataLoss = worse(sum.DataLoss, r.Cost.DataLoss, "none", "possible", "certain")
		sum.Reversible = sum.Reversible && r.Cost.Reversible
		if r.Who.Level() > who.Level() {
			who = r.Who
		}
	}
	if chance > 0 {
		sum.Expected = int(math.Round(c.price(sum, who) / chance))
	}
	return sum, string(who)
}

func (c *consultation) price(cost Cost, who kb.Skill) float64 {
	price := float64(cost.Minutes[0]+cost.Minutes[1])/2 + perRestart*float64(cost.Restarts)
	switch cost.Risk {
	case "medium":
		price += perMediumRisk
	case "high":
		price += perHighRisk
	}
	return price + perSkillLevel*math.Max(0, float64(who.Level()-c.opt.Reader.Level()))
}

// worse returns the word that stands later in the order.
func worse(a, b string, order ...string) string {
	for i := len(order) - 1; i >= 0; i-- {
		if order[i] == a || order[i] == b {
			return order[i]
		}
	}
	return a
}
