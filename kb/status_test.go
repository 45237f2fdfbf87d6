package kb_test

import (
	"testing"

	"github.com/patchmedic/patchmedic/kb"
)

func TestRestated(t *testing.T) {
	for _, c := range []struct {
		kind         kb.Kind
		yaml         string
		status, heir string
		want         string // "" for an error
		was          string
	}{
		{kb.ArticleKind, "a: 1\nstatus: published # for now\nb: 2\n", "retired", "", "a: 1\nstatus: retired\nb: 2\n", "published"},
		{kb.ArticleKind, "a: 1\nstatus: 'draft'\nreplaced_by: old\n", "retired", "heir", "a: 1\nstatus: retired\nreplaced_by: heir\n", "draft"},
		{kb.RemedyKind, "a: 1", "retired", "", "a: 1\nstatus: retired\n", "published"},
		{kb.ArticleKind, "a: 1\n", "retired", "", "a: 1\nstatus: retired\n", ""},
		{kb.ArticleKind, "a: 1\r\nstatus: draft\r\nb: 2\r\n", "review", "", "a: 1\r\nstatus: review\nb: 2\r\n", "draft"},
		{kb.ArticleKind, "{status: draft}\n", "retired", "", "", "draft"},
		{kb.ArticleKind, "text: |\n  status: draft\nstatus: review\n", "published", "", "text: |\n  status: draft\nstatus: published\n", "review"},
		{kb.ArticleKind, "\t: [", "retired", "", "", ""},
		{kb.ArticleKind, "status: draft\n", "retired", "heir\na: 1", "", "draft"},
		{kb.ArticleKind, "status: draft\ra: 1\n", "retired", "", "status: retired\na: 1\n", "draft"},
	} {
		d := kb.Document{Kind: c.kind, ID: "x", Files: kb.Files{YAML: c.yaml}}
		if got := d.Status(); got != c.was {
			t.Errorf("%q has the status %q, want %q", c.yaml, got, c.was)
		}
		got, err := d.Restated(c.status, c.heir)
		if (err != nil) != (c.want == "") || err == nil && got.YAML != c.want {
			t.Errorf("%q becomes %q (%v), want %q", c.yaml, got.YAML, err, c.want)
		}
	}
}

func TestSameButStatus(t *testing.T) {
	a := kb.Document{Files: kb.Files{YAML: "status: review\na: 1\n", FR: "x", EN: "y"}}
	b := a
	b.YAML = "status: published\na: 1\n"
	if !a.SameButStatus(b) {
		t.Error("a status makes another content")
	}
	b.EN = "z"
	if a.SameButStatus(b) {
		t.Error("other prose is the same content")
	}
	for _, end := range []string{"\r", "\u0085", "\u2028", "\u2029"} { // all that end a line in YAML
		b = a
		b.YAML = "status: published" + end + "b: 2\na: 1\n"
		if a.SameButStatus(b) {
			t.Errorf("what follows %q hides behind the status", end)
		}
	}
}

// FuzzRestated holds that a status is written or refused, and that nothing else
// is lost.
func FuzzRestated(f *testing.F) {
	for _, text := range []string{"status: draft\n", "a: 1", "{status: draft}", "status:\n  draft\n", "\xff", "a: |\n status: x\r\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d := kb.Document{Kind: kb.ArticleKind, ID: "x", Files: kb.Files{YAML: text}}
		got, err := d.Restated("review", "")
		if err == nil && got.Status() != "review" {
			t.Errorf("%q became %q", text, got.YAML)
		}
		if again, err2 := got.Restated("review", ""); err == nil && (err2 != nil || again.YAML != got.YAML) {
			t.Errorf("%q became %q, then %q (%v)", text, got.YAML, again.YAML, err2)
		}
	})
}
