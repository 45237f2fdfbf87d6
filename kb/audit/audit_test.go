package audit_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/kb/audit"
)

// TestBundledContent is what `patchmedic lint` says of the content we ship.
func TestBundledContent(t *testing.T) {
	lib, err := kb.Load(content.Files())
	if err != nil {
		t.Fatal(err)
	}
	problems, err := audit.Check(lib, content.Files())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}

const article = "articles/http-service-disabled/"

// TestFaults breaks one thing in the bundled content at a time.
func TestFaults(t *testing.T) {
	tests := []struct {
		name, file, old, new string // old "": new is appended
		want                 []string
	}{
		{"a case of no article", "cases/http-service.yaml", "article: http-service-disabled", "article: http-service-disbled", []string{`there is no article "http-service-disbled"`}},
		{"a case with facts that are none", "cases/http-service.yaml", "start: disabled", "start: off", []string{"case http-service"}},
		{"a case without a title", "cases/http-service.yaml", "title: the HTTP driver service was disabled by hardening", "title: ''", []string{"needs a title"}},
		{"a state that decides alone", article + "article.yaml", "{signal: http-service-disabled, if_cause: usually}", "{signal: http-service-disabled, if_cause: always}", []string{"is a state and would decide alone"}},
		{"one condition twice", "signals/services.yaml", "", "\n- id: http-off\n  when: {fact: 'services[].start', where: {name: HTTP}, op: eq, value: disabled}\n  otherwise: never\n  group: x\n  text: {en: a, fr: b}\n",
			[]string{"the same condition", "nothing uses the signal http-off"}},
		{"nobody can be asked", "signals/services.yaml", "", "\n- id: spooler-off\n  when: {fact: 'services[].start', where: {name: Spooler}, op: eq, value: disabled}\n  otherwise: never\n  group: x\n  text: {en: a, fr: b}\n",
			[]string{"a person can find out whether spooler-off holds", "nothing uses the signal spooler-off"}},
		{"a question that only says yes", "signals/services.yaml", "facts: {services: [{name: HTTP, start: manual}]}}\n      - {id: automatic, label: {en: 'Automatic (2 AUTO_START, Start = 2)', fr: 'Automatique (2 AUTO_START, Start = 2)'}, facts: {services: [{name: HTTP, start: automatic}]}}",
			"facts: {services: [{name: HTTP, start: disabled}]}}", []string{"no answer to the question of http-service-disabled says yes, or none says no", "http-service-enabled"}},
		{"a command in one language", article + "en.md", "sc.exe enumdepend http", "sc.exe enumdepend HTTP", []string{"in English only", "in French only"}},
		{"a code in one language", article + "en.md", "## Prevention", "`0x80070002` is another matter.\n\n## Prevention", []string{"0x80070002 stands in the English text only"}},
		{"a hole in a command", article + "en.md", "sc.exe enumdepend http", "sc.exe enumdepend <service>", []string{"the command has <service>", "in English only", "in French only"}},
		{"a hole in a step", "remedies/enable-service/remedy.yaml", "sc.exe qc {service}", "sc.exe qc <name>", []string{"has <name> in a command"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			holds(t, edited(t, tt.file, tt.old, tt.new), tt.want)
		})
	}
}

// TestRepetition copies an article: nothing in it is its own, and no case wants it.
func TestRepetition(t *testing.T) {
	files := fstest.MapFS{}
	for _, name := range []string{"article.yaml", "en.md", "fr.md"} {
		files["articles/http-copied/"+name] = edited(t, article+name, "", "")[article+name]
	}
	holds(t, files, []string{"no case wants this article: write cases/http-copied.yaml", "this paragraph stands in articles/http-copied/en.md too", "this paragraph stands in articles/http-copied/fr.md too"})
}

// edited returns one file of the bundled content with a change.
func edited(t *testing.T, file, old, replacement string) fstest.MapFS {
	t.Helper()
	data, err := fs.ReadFile(content.Files(), file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data) + replacement
	if old != "" {
		if !strings.Contains(string(data), old) {
			t.Fatalf("%s has no %q", file, old)
		}
		text = strings.ReplaceAll(string(data), old, replacement)
	}
	return fstest.MapFS{file: {Data: []byte(text)}}
}

// holds checks that exactly the wanted faults are found.
func holds(t *testing.T, files fstest.MapFS, want []string) {
	t.Helper()
	fsys := kb.Overlay(content.Files(), files)
	lib, err := kb.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	problems, err := audit.Check(lib, fsys)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if !containsAny(p.String(), want) {
			t.Errorf("unexpected: %s", p)
		}
	}
	for _, w := range want {
		if !strings.Contains(problems.Error(), w) {
			t.Errorf("no fault with %q among\n%s", w, problems)
		}
	}
}

func containsAny(s string, parts []string) bool {
	for _, part := range parts {
		if strings.Contains(s, part) {
			return true
		}
	}
	return false
}
