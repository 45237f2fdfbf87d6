package kb

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Status returns what the document says of itself: draft, review, published or
// retired. It is "" where the YAML does not say it in a way that can be read; a
// remedy that says nothing is published.
func (d Document) Status() string {
	var head struct {
		Status string `yaml:"status"`
	}
	if err := yaml.Unmarshal([]byte(d.YAML), &head); err != nil {
		return ""
	}
	if head.Status == "" && d.Kind == RemedyKind {
		return "published"
	}
	return head.Status
}

// Served reports whether readers see documents of a status.
func Served(status string) bool { return status == "published" || status == "retired" }

var (
	statusLine = regexp.MustCompile(`(?m)^status:.*\n?`)
	heirLine   = regexp.MustCompile(`(?m)^replaced_by:.*\n?`)
)

// Restated returns the document with another status, and an heir unless it is
// "". All else stays as it was written, comments too. The error is [Problems].
func (d Document) Restated(status, heir string) (Document, error) {
	line := "status: " + status + "\n"
	if heir != "" {
		line += "replaced_by: " + heir + "\n"
	}
	text := heirLine.ReplaceAllString(d.YAML, "")
	if at := statusLine.FindStringIndex(text); at != nil {
		text = text[:at[0]] + line + text[at[1]:]
	} else {
		text = strings.TrimSuffix(text, "\n") + "\n" + line
	}
	d.YAML = text
	if d.Status() != status {
		return d, Problems{{d.File(""), 1, "the status cannot be written into this file: put it on a line of its own, as in \"status: " + status + "\""}}
	}
	return d, nil
}

// SameButStatus reports whether two documents differ in their status at most.
func (d Document) SameButStatus(other Document) bool {
	d.YAML, other.YAML = statusLine.ReplaceAllString(d.YAML, ""), statusLine.ReplaceAllString(other.YAML, "")
	return d.Files == other.Files
}

// Text returns the prose in a language, whether or not it has faults.
func (d Document) Text(lang Lang) *Text {
	text, _ := parseProse(d.File(lang), lang, d.Prose(lang))
	return text
}
