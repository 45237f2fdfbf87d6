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
	return d.head().Status
}

// head is what decides who sees a document.
type head struct {
	Status string `yaml:"status"`
	Heir   string `yaml:"replaced_by"`
}

// head is zero where the YAML cannot be read.
func (d Document) head() (h head) {
	if err := yaml.Unmarshal([]byte(d.YAML), &h); err != nil {
		return head{}
	}
	if h.Status == "" && d.Kind == RemedyKind {
		h.Status = "published"
	}
	return h
}

// Served reports whether readers see documents of a status.
func Served(status string) bool { return status == "published" || status == "retired" }

// restOfLine ends where a line of YAML does: what follows is another field.
const restOfLine = `[^\r\n\x{85}\x{2028}\x{2029}]*(?:\r\n|[\r\n\x{85}\x{2028}\x{2029}])?`

var (
	statusLine = regexp.MustCompile(`(?m)^status:` + restOfLine)
	heirLine   = regexp.MustCompile(`(?m)^replaced_by:` + restOfLine)
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
	if got := d.head(); got.Status != status || heir != "" && got.Heir != heir {
		return d, Problems{{d.File(""), 1, "the status cannot be written into this file: put it, and replaced_by, on lines of their own, as in \"status: " + status + "\""}}
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
