package kb

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/patchmedic/patchmedic/facts"
)

// RemedySchema is the schema field of a remedy.
const RemedySchema = "patchmedic.remedy/v1"

// Remedy is one thing a person does, used by many articles.
type Remedy struct {
	// Action is the folder's name, a word of the vocabulary of facts.
	Action string `yaml:"-" json:"-"`
	// Schema is always patchmedic.remedy/v1.
	Schema string `yaml:"schema" json:"schema" jsonschema:"enum=patchmedic.remedy/v1"`
	// Status: absent is published. A published article uses published remedies
	// only; a retired one stays readable.
	Status string `yaml:"status,omitempty" json:"status,omitempty" jsonschema:"enum=draft,enum=review,enum=published,enum=retired"`
	// ReplacedBy names the heir of a retired remedy.
	ReplacedBy string `yaml:"replaced_by,omitempty" json:"replaced_by,omitempty"`
	// Role: a cure is ranked; a check or an end never is. Default cure.
	Role string `yaml:"role,omitempty" json:"role,omitempty" jsonschema:"enum=cure,enum=check,enum=end"`
	// Params are the values that commands and prose leave open, as {name}.
	Params map[string]Param `yaml:"params,omitempty" json:"params,omitempty"`
	// Cost is what the remedy asks of a machine and its people.
	Cost Cost `yaml:"cost" json:"cost"`
	// Who is the least skilled person who may do it.
	Who Skill `yaml:"who" json:"who" jsonschema:"enum=user,enum=l1,enum=l2,enum=admin,enum=vendor"`
	// Destructive: it can lose what cannot be brought back.
	Destructive bool `yaml:"destructive,omitempty" json:"destructive,omitempty"`
	// BlockedWhen are signals of which none may hold.
	BlockedWhen []string `yaml:"blocked_when,omitempty" json:"blocked_when,omitempty"`
	// Preflight are the checks before, as headings of the prose.
	Preflight []string `yaml:"preflight,omitempty" json:"preflight,omitempty"`
	// Steps are what is done, in order, as headings of the prose.
	Steps []Step `yaml:"steps" json:"steps"`
	// Undo is how to go back, as headings of the prose.
	Undo []Step `yaml:"undo,omitempty" json:"undo,omitempty"`
	// Sources are where the facts come from.
	Sources []Source `yaml:"sources,omitempty" json:"sources,omitempty"`

	texts    map[Lang]*Text
	yaml     string // as written
	revision string
}

// Text returns the prose in a language.
func (r *Remedy) Text(lang Lang) *Text { return r.texts[lang] }

// Revision identifies the remedy's content.
func (r *Remedy) Revision() string { return r.revision }

// IsCure reports whether the remedy may be ranked among the cures.
func (r *Remedy) IsCure() bool { return r.Role == "" || r.Role == "cure" }

// Param is a value that a remedy leaves open.
type Param struct {
	Kind     string `yaml:"kind" json:"kind" jsonschema:"enum=kb,enum=service,enum=text,enum=path"`
	Required bool   `yaml:"required,omitempty" json:"required,omitempty"`
	Default  string `yaml:"default,omitempty" json:"default,omitempty"`
}

// Cost is the price of a remedy.
type Cost struct {
	// Minutes is the shortest and the longest usual time of the person or the machine.
	Minutes  [2]int `yaml:"minutes" json:"minutes"`
	Restarts int    `yaml:"restarts" json:"restarts"`
	Risk     string `yaml:"risk" json:"risk" jsonschema:"enum=low,enum=medium,enum=high"`
	// Reversible: what was done can be undone.
	Reversible bool   `yaml:"reversible" json:"reversible"`
	DataLoss   string `yaml:"data_loss" json:"data_loss" jsonschema:"enum=none,enum=possible,enum=certain"`
}

// Step is one thing to do; its heading in the prose says what and what to expect.
type Step struct {
	ID       string   `yaml:"id" json:"id"`
	Commands []string `yaml:"commands,omitempty" json:"commands,omitempty"`
	Shell    string   `yaml:"shell,omitempty" json:"shell,omitempty" jsonschema:"enum=cmd,enum=powershell,enum=diskpart"`
	Elevated bool     `yaml:"elevated,omitempty" json:"elevated,omitempty"`
	// Restart: the machine restarts in this step.
	Restart bool `yaml:"restart,omitempty" json:"restart,omitempty"`
	// When names a signal: the step is left out where it says no.
	When string `yaml:"when,omitempty" json:"when,omitempty"`
	// Who overrides the remedy's skill for this step.
	Who Skill `yaml:"who,omitempty" json:"who,omitempty" jsonschema:"enum=user,enum=l1,enum=l2,enum=admin,enum=vendor"`
}

// Skill is what a person may do, from the user of the machine to the vendor.
type Skill string

// Level orders skills from 0 (the user) to 4 (the vendor), -1 for no skill.
func (s Skill) Level() int {
	for i, name := range []Skill{"user", "l1", "l2", "admin", "vendor"} {
		if s == name {
			return i
		}
	}
	return -1
}

// UnmarshalYAML refuses an unknown skill.
func (s *Skill) UnmarshalYAML(n *yaml.Node) error {
	*s = Skill(n.Value)
	if s.Level() < 0 {
		return wrongAt(n, "%q is not one of user, l1, l2, admin, vendor", n.Value)
	}
	return nil
}

// Arguments are the values of a remedy's parameters by name.
type Arguments map[string]string

// Bind returns the arguments of a remedy: what the plan gives, "$kb" being the
// update of the case, and defaults for the rest. missing names required
// parameters without a value.
func (r *Remedy) Bind(with map[string]string, kb facts.KB) (args Arguments, missing []string) {
	args = Arguments{}
	for _, name := range sortedKeys(r.Params) {
		p := r.Params[name]
		value, given := with[name]
		switch {
		case value == "$kb", !given && p.Kind == "kb":
			value = kb.String()
		case !given:
			value = p.Default
		}
		if value == "" {
			if p.Required {
				missing = append(missing, name)
			}
			continue
		}
		args[name] = value
		if p.Kind == "kb" {
			args[name+".number"] = strings.TrimPrefix(value, "KB")
		}
	}
	return args, missing
}

// Lacks reports whether a text has a place for a parameter without a value.
func (r *Remedy) Lacks(text string, args Arguments) bool {
	for name := range r.Params {
		if _, known := args[name]; !known && (strings.Contains(text, "{"+name+"}") || strings.Contains(text, "{"+name+".number}")) {
			return true
		}
	}
	return false
}

// Fill replaces {name} by its value and leaves every other brace as it is;
// without a value {kb} stays, so that a person sees what to put there.
func (a Arguments) Fill(text string) string {
	if len(a) == 0 || !strings.Contains(text, "{") {
		return text
	}
	pairs := make([]string, 0, 2*len(a))
	for _, name := range sortedKeys(a) {
		pairs = append(pairs, "{"+name+"}", a[name])
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
