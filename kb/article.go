package kb

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb/signal"
)

// ArticleSchema is the schema field of an article.
const ArticleSchema = "patchmedic.article/v1"

// Article is one cause of failed updates. A code is ambiguous, a cause is not.
type Article struct {
	// ID is the folder's name; it is never reused.
	ID string `yaml:"-" json:"-"`
	// Schema is always patchmedic.article/v1.
	Schema string `yaml:"schema" json:"schema" jsonschema:"enum=patchmedic.article/v1"`
	// Category is where the cause lies.
	Category string `yaml:"category" json:"category" jsonschema:"enum=servicing,enum=agent,enum=disk,enum=network,enum=policy,enum=setup,enum=driver,enum=security,enum=hardware,enum=store"`
	// Status: only a published article is advised; a retired one stays readable.
	Status string `yaml:"status" json:"status" jsonschema:"enum=draft,enum=review,enum=published,enum=retired"`
	// ReplacedBy names the heir of a retired article.
	ReplacedBy string `yaml:"replaced_by,omitempty" json:"replaced_by,omitempty"`
	// Reviewed is the day somebody last checked the article against its sources.
	Reviewed facts.Date `yaml:"reviewed" json:"reviewed" jsonschema:"format=date"`
	// Frequency is how common the cause is among failed updates.
	Frequency Frequency `yaml:"frequency" json:"frequency" jsonschema:"enum=common,enum=occasional,enum=rare"`
	// Generic marks an article of the kind "read the log first": it never
	// stands above a specific article of the same codes.
	Generic bool `yaml:"generic,omitempty" json:"generic,omitempty"`
	// Codes are those that the cause produces, a setup pair as
	// "0xc1900101-0x20017".
	Codes Codes `yaml:"codes,omitempty" json:"codes,omitempty"`
	// KBs are updates that are known for this cause.
	KBs KBs `yaml:"kbs,omitempty" json:"kbs,omitempty"`
	// Affects is where the cause was seen: a soft prior, never a gate.
	Affects []Affected `yaml:"affects,omitempty" json:"affects,omitempty"`
	// Signatures are RE2 expressions over the text of one log line or event
	// that names this cause alone.
	Signatures []Pattern `yaml:"signatures,omitempty" json:"signatures,omitempty"`
	// Phrases are what people type, by language.
	Phrases map[Lang][]string `yaml:"phrases,omitempty" json:"phrases,omitempty"`
	// Evidence is what tells this cause from the others.
	Evidence []Evidence `yaml:"evidence" json:"evidence"`
	// Ineffective are actions that do not help here; the prose says why.
	Ineffective []string `yaml:"ineffective,omitempty" json:"ineffective,omitempty"`
	// Remedies are alternatives, in the author's order.
	Remedies []Alternative `yaml:"remedies" json:"remedies"`
	// Verify is what a later collection must show.
	Verify []Check `yaml:"verify" json:"verify"`
	// Related are articles that are easily confused with this one.
	Related []string `yaml:"related,omitempty" json:"related,omitempty"`
	// Sources are where the facts come from.
	Sources []Source `yaml:"sources" json:"sources"`

	texts    map[Lang]*Text
	yaml     string // as written
	revision string
}

// refersTo reports whether the article names one of the articles or remedies.
func (a *Article) refersTo(articles, remedies map[string]bool) bool {
	related := func(id string) bool { return articles[id] }
	action := func(id string) bool { return remedies[id] }
	return articles[a.ReplacedBy] || slices.ContainsFunc(a.Related, related) || slices.ContainsFunc(a.Ineffective, action) ||
		slices.ContainsFunc(a.Remedies, func(alt Alternative) bool {
			return slices.ContainsFunc(alt.Plan, func(s PlanStep) bool { return remedies[s.Action] })
		})
}

// Text returns the prose in a language.
func (a *Article) Text(lang Lang) *Text { return a.texts[lang] }

// Revision identifies the article's content: it changes with every byte of its
// files.
func (a *Article) Revision() string { return a.revision }

// Affected is a Windows on which a cause was seen.
type Affected struct {
	Product  string   `yaml:"product,omitempty" json:"product,omitempty"`
	Versions []string `yaml:"versions,omitempty" json:"versions,omitempty"`
	// Builds are build numbers, possibly with a revision: "26100", "26100.4061".
	Builds []string `yaml:"builds,omitempty" json:"builds,omitempty"`
}

// Evidence is a signal and how often it holds when this is the cause. How often
// it holds otherwise belongs to the signal.
type Evidence struct {
	Signal  string     `yaml:"signal" json:"signal"`
	IfCause Likelihood `yaml:"if_cause" json:"if_cause" jsonschema:"enum=always,enum=usually,enum=often,enum=sometimes,enum=rarely,enum=never"`
}

// Alternative is one way to cure the cause: a plan of actions in order.
type Alternative struct {
	Plan []PlanStep `yaml:"plan" json:"plan"`
	// Cures is the share of the machines with this cause that the plan heals;
	// without it the author's order holds.
	Cures Likelihood `yaml:"cures,omitempty" json:"cures,omitempty" jsonschema:"enum=always,enum=usually,enum=often,enum=sometimes,enum=rarely,enum=never"`
	// Temporary: it hides the failure and does not cure it.
	Temporary bool `yaml:"temporary,omitempty" json:"temporary,omitempty"`
	// Only names a signal that must hold for the plan to be offered.
	Only string `yaml:"only,omitempty" json:"only,omitempty"`
	// Unless names a signal that takes the plan away when it holds.
	Unless string `yaml:"unless,omitempty" json:"unless,omitempty"`
}

// Uses reports whether the plan has an action.
func (a Alternative) Uses(action string) bool {
	return slices.ContainsFunc(a.Plan, func(step PlanStep) bool { return step.Action == action })
}

// PlanStep is an action with the values of its parameters. "$kb" is the update
// of the case.
type PlanStep struct {
	Action string            `yaml:"action" json:"action"`
	With   map[string]string `yaml:"with,omitempty" json:"with,omitempty"`
}

// Check is a signal that a later collection must show.
type Check struct {
	Signal string `yaml:"signal" json:"signal"`
	// Needs is attempt_since_remedy where the signal says nothing before the
	// machine tried to update again.
	Needs string `yaml:"needs,omitempty" json:"needs,omitempty" jsonschema:"enum=attempt_since_remedy"`
}

// Source is where facts come from.
type Source struct {
	Title string `yaml:"title" json:"title"`
	URL   string `yaml:"url" json:"url" jsonschema:"format=uri"`
	// Kind: the vendor's own word, an administrator's account, or a forum.
	Kind string     `yaml:"kind" json:"kind" jsonschema:"enum=vendor,enum=field,enum=forum"`
	Seen facts.Date `yaml:"seen" json:"seen" jsonschema:"format=date"`
}

// Pattern is an RE2 expression, compiled when it is read.
type Pattern struct{ *signal.Expression }

// UnmarshalYAML compiles the expression.
func (p *Pattern) UnmarshalYAML(n *yaml.Node) error {
	expression, err := signal.CompileExpression(n.Value)
	if err != nil {
		return wrongAt(n, "not an RE2 expression: %v", err)
	}
	p.Expression = expression
	return nil
}
