package signal

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Condition is what an author writes. Exactly one of Fact, Predicate, Signal,
// All, Any and Not is set.
type Condition struct {
	// Fact is the path of a fact, with at most one list: "services[].start".
	Fact string `yaml:"fact,omitempty" json:"fact,omitempty"`
	// Where selects elements of the list by other fields of the same element.
	Where map[string]Selector `yaml:"where,omitempty" json:"where,omitempty"`
	// Op compares: eq ne in lt lte gt gte match present absent, and over lists
	// none, all, count_gt.
	Op string `yaml:"op,omitempty" json:"op,omitempty" jsonschema:"enum=eq,enum=ne,enum=in,enum=lt,enum=lte,enum=gt,enum=gte,enum=match,enum=present,enum=absent,enum=none,enum=all,enum=count_gt"`
	// Value is what the fact is compared with; "$kb" and "$code" are the case's,
	// "$os.build" is another single fact.
	Value Value `yaml:"value,omitempty" json:"value,omitempty"`

	// Predicate names a join that data cannot say.
	Predicate string `yaml:"predicate,omitempty" json:"predicate,omitempty"`
	// KB is the predicate's update, "$kb" for the case's.
	KB string `yaml:"kb,omitempty" json:"kb,omitempty"`
	// Count is the predicate's number.
	Count int64 `yaml:"count,omitempty" json:"count,omitempty"`

	// Signal reuses the condition of another signal.
	Signal string `yaml:"signal,omitempty" json:"signal,omitempty"`

	All []Condition `yaml:"all,omitempty" json:"all,omitempty"`
	Any []Condition `yaml:"any,omitempty" json:"any,omitempty"`
	Not *Condition  `yaml:"not,omitempty" json:"not,omitempty"`
}

// Value is one scalar or a list of scalars, kept as written so that a quoted
// code is never read as a number.
type Value struct {
	Items []string
	List  bool
	Line  int
}

// IsZero reports that no value was written.
func (v Value) IsZero() bool { return v.Line == 0 }

// UnmarshalYAML reads a scalar or a list of scalars.
func (v *Value) UnmarshalYAML(n *yaml.Node) error {
	v.Line = n.Line
	switch n.Kind {
	case yaml.ScalarNode:
		v.Items = []string{n.Value}
		return nil
	case yaml.SequenceNode:
		v.List = true
		for _, item := range n.Content {
			if item.Kind != yaml.ScalarNode {
				return wrongAt(item, "a value is a word, a number or a list of them")
			}
			v.Items = append(v.Items, item.Value)
		}
		return nil
	}
	return wrongAt(n, "a value is a word, a number or a list of them")
}

// Selector is how an element of a list is chosen: equal to a value, in a list
// of values, different from one, or matching an expression.
type Selector struct {
	Op    string
	Value Value
}

// UnmarshalYAML reads "value", or "{match: RE2}", "{in: [..]}", "{ne: value}",
// "{lt: n}" and so on.
func (s *Selector) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		s.Op = "eq"
		return s.Value.UnmarshalYAML(n)
	}
	if len(n.Content) != 2 {
		return wrongAt(n, "a selector is a value or one of {match: ..}, {in: [..]}, {ne: ..}")
	}
	s.Op = n.Content[0].Value
	return s.Value.UnmarshalYAML(n.Content[1])
}

// wrongAt is the error of one place in a YAML file; the decoder goes on after it.
func wrongAt(n *yaml.Node, what string) error {
	return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: %s", n.Line, what)}}
}
