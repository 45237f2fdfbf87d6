package kb

import (
	"encoding"
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/patchmedic/patchmedic/facts"
)

// Likelihood is a probability in a word that an author can judge.
type Likelihood string

// Probability returns the number behind the word. The values were chosen on
// diagnosed cases: see docs/adr/0004-evidence.md.
func (l Likelihood) Probability() float64 {
	switch l {
	case "always":
		return 0.98
	case "usually":
		return 0.85
	case "often":
		return 0.6
	case "sometimes":
		return 0.3
	case "rarely":
		return 0.08
	case "never":
		return 0.01
	}
	return 0
}

// UnmarshalYAML refuses a word that has no number.
func (l *Likelihood) UnmarshalYAML(n *yaml.Node) error {
	*l = Likelihood(n.Value)
	if l.Probability() == 0 {
		return wrongAt(n, "%q is not one of always, usually, often, sometimes, rarely, never", n.Value)
	}
	return nil
}

// Frequency says how common a cause is among failed updates.
type Frequency string

// Weight is the cause's share of the prior, relative to an occasional one.
func (f Frequency) Weight() float64 {
	switch f {
	case "common":
		return 4
	case "occasional":
		return 1
	case "rare":
		return 0.25
	}
	return 0
}

// UnmarshalYAML refuses a word that has no weight.
func (f *Frequency) UnmarshalYAML(n *yaml.Node) error {
	*f = Frequency(n.Value)
	if f.Weight() == 0 {
		return wrongAt(n, "%q is not one of common, occasional, rare", n.Value)
	}
	return nil
}

// wrongAt is the error of one place in a YAML file. Unlike any other it lets the
// decoder go on, so that an author sees all faults at once.
func wrongAt(n *yaml.Node, format string, args ...any) error {
	return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: ", n.Line) + fmt.Sprintf(format, args...)}}
}

// eachText reads a list of words with an UnmarshalText, all faults at once.
func eachText[T any, P interface {
	*T
	encoding.TextUnmarshaler
}](n *yaml.Node) ([]T, error) {
	if n.Kind != yaml.SequenceNode {
		return nil, wrongAt(n, "a list is wanted here: [a, b]")
	}
	out := make([]T, len(n.Content))
	faults := &yaml.TypeError{}
	for i, item := range n.Content {
		if err := P(&out[i]).UnmarshalText([]byte(item.Value)); err != nil {
			faults.Errors = append(faults.Errors, fmt.Sprintf("line %d: %v", item.Line, err))
		}
	}
	if len(faults.Errors) > 0 {
		return out, faults
	}
	return out, nil
}

// Codes is a list of error codes, each in any spelling.
type Codes []facts.Code

// UnmarshalYAML reads the list and reports every code that is none.
func (c *Codes) UnmarshalYAML(n *yaml.Node) (err error) {
	*c, err = eachText[facts.Code](n)
	return err
}

// KBs is a list of updates.
type KBs []facts.KB

// UnmarshalYAML reads the list and reports every number that is none.
func (k *KBs) UnmarshalYAML(n *yaml.Node) (err error) {
	*k, err = eachText[facts.KB](n)
	return err
}
