package kb

import (
	"encoding/json"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb/signal"
)

// Signal is one thing that can be observed on a machine.
type Signal struct {
	ID string `yaml:"id" json:"id"`
	// When is the condition, in three values.
	When signal.Condition `yaml:"when" json:"when"`
	// Otherwise is how often it holds on a failing machine with another cause.
	Otherwise Likelihood `yaml:"otherwise" json:"otherwise" jsonschema:"enum=always,enum=usually,enum=often,enum=sometimes,enum=rarely,enum=never"`
	// Group: of the signals of one group only the strongest counts.
	Group string `yaml:"group" json:"group"`
	// Text is said when the signal holds; {kb}, {code} and {value} are filled in.
	Text Localized `yaml:"text" json:"text"`
	// Ask is how a person finds out.
	Ask *Ask `yaml:"ask,omitempty" json:"ask,omitempty"`

	compiled *signal.Compiled
	file     string
	place    int // in the file's list
}

// Eval answers the signal's condition.
func (s *Signal) Eval(c signal.Case) signal.Result { return s.compiled.Eval(c) }

// File returns the file that the signal stands in.
func (s *Signal) File() string { return s.file }

// Facts returns the paths that the condition reads.
func (s *Signal) Facts() []string { return s.compiled.Facts() }

// Ask is a question and the facts of each answer.
type Ask struct {
	Text    Localized `yaml:"text" json:"text"`
	How     How       `yaml:"how" json:"how"`
	Answers []Answer  `yaml:"answers" json:"answers"`
}

// How tells a person where to look: a command, a way through the menus, or both.
type How struct {
	Command  string    `yaml:"command,omitempty" json:"command,omitempty"`
	Shell    string    `yaml:"shell,omitempty" json:"shell,omitempty" jsonschema:"enum=cmd,enum=powershell"`
	Elevated bool      `yaml:"elevated,omitempty" json:"elevated,omitempty"`
	Menu     Localized `yaml:"menu,omitempty" json:"menu,omitempty"`
}

// Answer is one answer and what it states.
type Answer struct {
	ID    string    `yaml:"id" json:"id"`
	Label Localized `yaml:"label" json:"label"`
	// Facts is a part of a report; "$kb" and "$code" are the case's.
	Facts Patch `yaml:"facts" json:"facts"`
}

// Patch is a part of a report as an author wrote it.
type Patch struct {
	text string // JSON, with $kb and $code
	Line int
}

// UnmarshalYAML keeps the patch as JSON. Quoted or not, a code stays as written.
func (p *Patch) UnmarshalYAML(n *yaml.Node) error {
	var b strings.Builder
	if err := writeJSON(&b, n); err != nil {
		return err
	}
	p.text, p.Line = b.String(), n.Line
	return nil
}

// JSON returns the patch for a case. Where the case has no update or code, the
// elements that speak of it are unknown and the patch is empty.
func (p Patch) JSON(kb facts.KB, code facts.Code) json.RawMessage {
	text := p.text
	if strings.Contains(text, `"$kb"`) {
		if kb == 0 {
			return nil
		}
		text = strings.ReplaceAll(text, `"$kb"`, strconv.Quote(kb.String()))
	}
	if strings.Contains(text, `"$code"`) {
		if code.IsZero() {
			return nil
		}
		text = strings.ReplaceAll(text, `"$code"`, strconv.Quote(code.String()))
	}
	return json.RawMessage(text)
}

// Report returns the patch as facts for a case, nil where [Patch.JSON] is empty.
func (p Patch) Report(kb facts.KB, code facts.Code) (*facts.Report, error) {
	text := p.JSON(kb, code)
	if text == nil {
		return nil, nil
	}
	return facts.DecodePatch(text)
}

func writeJSON(b *strings.Builder, n *yaml.Node) error {
	switch n.Kind {
	case yaml.MappingNode:
		b.WriteByte('{')
		for i := 0; i+1 < len(n.Content); i += 2 {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(strconv.Quote(n.Content[i].Value) + ":")
			if err := writeJSON(b, n.Content[i+1]); err != nil {
				return err
			}
		}
		b.WriteByte('}')
	case yaml.SequenceNode:
		b.WriteByte('[')
		for i, item := range n.Content {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := writeJSON(b, item); err != nil {
				return err
			}
		}
		b.WriteByte(']')
	case yaml.ScalarNode:
		b.WriteString(scalarJSON(n))
	default:
		return wrongAt(n, "aliases have no place in the facts of an answer: write them out")
	}
	return nil
}

func scalarJSON(n *yaml.Node) string {
	switch n.Tag {
	case "!!null":
		return "null"
	case "!!bool":
		return strings.ToLower(n.Value)
	case "!!int":
		if i, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
			return strconv.FormatInt(i, 10)
		}
	}
	text, _ := json.Marshal(n.Value)
	return string(text)
}
