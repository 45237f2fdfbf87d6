package kb

import (
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Problem is one fault of the content: where it is and what to do.
type Problem struct {
	File   string `json:"file"`
	Line   int    `json:"line"` // from 1; 0: the file as a whole
	Detail string `json:"detail"`
}

// String returns "file:line: detail".
func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Detail
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Detail)
}

// Problems is the error of content that cannot be used: all of its faults, in
// the order of files and lines.
type Problems []Problem

// Error lists every problem, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

func (p Problems) sort() {
	sort.SliceStable(p, func(i, j int) bool {
		if p[i].File != p[j].File {
			return p[i].File < p[j].File
		}
		return p[i].Line < p[j].Line
	})
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)

// yamlProblems turns the YAML library's error into problems of a file, in words
// for an author.
func yamlProblems(file string, err error) Problems {
	messages := []string{err.Error()}
	if typed, ok := err.(*yaml.TypeError); ok {
		messages = typed.Errors
	}
	var out Problems
	for _, message := range messages {
		p := Problem{File: file, Detail: strings.TrimPrefix(message, "yaml: ")}
		if m := yamlLine.FindStringSubmatch(message); m != nil {
			p.Line, _ = strconv.Atoi(m[1])
			p.Detail = m[2]
		}
		if m := unknownField.FindStringSubmatch(p.Detail); m != nil {
			p.Detail = "there is no field " + m[1] + " here: check its spelling and its indentation"
		}
		out = append(out, p)
	}
	return out
}

var unknownField = regexp.MustCompile(`^field (\S+) not found in type`)

// lineAt returns the line of the node under a path of keys and indices, or of
// the deepest node of the path that there is.
func lineAt(n *yaml.Node, path ...any) int {
	if n == nil {
		return 1
	}
	for _, step := range path {
		next := child(n, step)
		if next == nil {
			break
		}
		n = next
	}
	return max(n.Line, 1)
}

// lineOfValue returns the line of a scalar that a message quotes, 0 if there is
// none: the YAML library does not say where a text was refused.
func lineOfValue(n *yaml.Node, message string) int {
	if n == nil {
		return 0
	}
	if n.Kind == yaml.ScalarNode && n.Value != "" && strings.Contains(message, strconv.Quote(n.Value)) {
		return n.Line
	}
	for _, c := range n.Content {
		if line := lineOfValue(c, message); line > 0 {
			return line
		}
	}
	return 0
}

func child(n *yaml.Node, step any) *yaml.Node {
	switch s := step.(type) {
	case string:
		for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
			if n.Content[i].Value == s {
				return n.Content[i+1]
			}
		}
	case int:
		if n.Kind == yaml.SequenceNode && s < len(n.Content) {
			return n.Content[s]
		}
	}
	return nil
}
