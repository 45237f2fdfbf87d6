package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/patchmedic/patchmedic/internal/access"
	"github.com/patchmedic/patchmedic/internal/cases"
	"github.com/patchmedic/patchmedic/internal/edition"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/store"
)

// editor edits a service under test with a token of its own.
type editor struct {
	caller
	token string
}

func (e editor) do(method, target, body string, headers ...string) answered {
	e.t.Helper()
	return e.caller.do(method, target, body, append([]string{"Authorization", e.token}, headers...)...)
}

// newEditor returns an editor with a name of their own.
func newEditor(t *testing.T, c caller, s store.Store, name string) editor {
	t.Helper()
	_, secret, err := access.Tokens{Records: s}.Create(t.Context(), access.Wish{Name: name, Scopes: []string{"edit", "read"}}, access.Operator())
	if err != nil {
		t.Fatal(err)
	}
	return editor{c, "Bearer " + secret}
}

// editing returns two editors of a service.
func editing(t *testing.T, change func(*Config)) (first, second editor) {
	t.Helper()
	s := records(t)
	c := start(t, func(cfg *Config) {
		cfg.Store = s
		if change != nil {
			change(cfg)
		}
	})
	return newEditor(t, c, s, "anna"), newEditor(t, c, s, "ben")
}

// written is the body of a PUT.
type written struct {
	YAML   string `json:"yaml"`
	FR     string `json:"fr"`
	EN     string `json:"en"`
	Reason string `json:"reason,omitempty"`
	Base   string `json:"base,omitempty"`
}

func (x written) body() string { return jsonOf(x) }

// with returns the text with a change of the YAML.
func (x written) with(old, new string) written {
	x.YAML = strings.Replace(x.YAML, old, new, 1)
	return x
}

// as returns the text with another status.
func (x written) as(t *testing.T, status string) written {
	t.Helper()
	d, err := kb.Document{Files: kb.Files{YAML: x.YAML}}.Restated(status, "")
	if err != nil {
		t.Fatal(err)
	}
	x.YAML = d.YAML
	return x
}

// source reads a document and the tag to change it by.
func (e editor) source(target string) (written, string) {
	e.t.Helper()
	got := e.do("GET", target+"/source", "").want(e.t, 200)
	var x written
	if err := json.Unmarshal([]byte(got.body), &x); err != nil {
		e.t.Fatal(err)
	}
	x.Base, x.Reason = "", ""
	return x, tagOf(got)
}

// tagOf returns the part of an answer's tag that counts in If-Match.
func tagOf(a answered) string {
	revision, _, _ := strings.Cut(strings.Trim(a.header.Get("ETag"), `"`), ".")
	return `"` + revision + `"`
}

// put changes a document and returns its tag.
func (e editor) put(target string, x written, tag string) string {
	e.t.Helper()
	return tagOf(e.do("PUT", target, x.body(), "If-Match", tag).want(e.t, 200))
}

// pageOf reports whether a page's tag is of the version that a source's tag names.
func pageOf(page answered, tag string) bool {
	return strings.HasPrefix(page.header.Get("ETag"), strings.TrimSuffix(tag, `"`)+".")
}

func listOf(t *testing.T, a answered, path string) []any {
	t.Helper()
	v, _ := a.json(t, path)
	list, ok := v.([]any)
	if !ok {
		t.Fatalf("%s is no list: %s", path, a.body)
	}
	return list
}

// things are an article and a remedy that no article needs, and new ones.
var things = []struct{ kind, target, fresh string }{
	{"article", "/api/v1/articles/esp-too-full", "/api/v1/articles/made-up"},
	{"remedy", "/api/v1/remedies/hide-update", "/api/v1/remedies/made-up"},
}

// TestEditing changes a document, drafts another change over it, and goes back.
func TestEditing(t *testing.T) {
	for _, thing := range things {
		t.Run(thing.kind, func(t *testing.T) {
			anna, ben := editing(t, nil)
			if got := anna.do("GET", thing.target+"/history", "").want(t, 200); len(listOf(t, got, "versions")) > 0 {
				t.Errorf("history before any edit: %s", got.body)
			}
			x, original := anna.source(thing.target)
			if !pageOf(anna.do("GET", thing.target, ""), original) {
				t.Error("the page is of another revision than its source")
			}
			x.YAML += "# a comment\n"
			x.Reason = "a reason"
			first := anna.put(thing.target, x, original)
			page := anna.do("GET", thing.target, "").want(t, 200)
			if first == original || !pageOf(page, first) {
				t.Error("what was written is not read")
			}
			if again := anna.do("PUT", thing.target, x.body(), "If-Match", page.header.Get("ETag")).want(t, 200); tagOf(again) != first {
				t.Errorf("the same text makes another version: %s", again.body)
			}
			second := ben.put(thing.target, x.with("# a comment", "# a draft").as(t, "draft"), "W/"+first)
			if !pageOf(anna.do("GET", thing.target, ""), first) {
				t.Error("a draft changes what readers see")
			}
			if old := anna.do("GET", thing.target+"/source?version=1", "").want(t, 200); tagOf(old) != first {
				t.Errorf("version 1: %s", old.body)
			}
			if got := anna.do("GET", thing.target+"/source?version=0", "").want(t, 200); tagOf(got) != original {
				t.Errorf("the original: %s", got.body)
			}
			third := anna.do("POST", thing.target+"/restore", `{"version": 1, "reason": "as it was"}`, "If-Match", second).want(t, 200)
			if tagOf(third) != first {
				t.Errorf("restored: %s", third.body)
			}
			var told []string
			for _, v := range listOf(t, anna.do("GET", thing.target+"/history", "").want(t, 200), "versions") {
				m := v.(map[string]any)
				told = append(told, fmt.Sprint(m["version"], " ", m["status"], " by ", m["author"], ": ", m["reason"]))
			}
			if got := strings.Join(told, ", "); got != "3 published by anna: as it was, 2 draft by ben: a reason, 1 published by anna: a reason" {
				t.Errorf("history: %s", got)
			}
			refusals(t, anna, thing.target, first, x)
		})
	}
}

// refusals sends what must change nothing.
func refusals(t *testing.T, e editor, target, tag string, x written) {
	before := e.do("GET", target+"/history", "").body
	long, more := strings.Repeat("x", 2001), x.with("# a comment", "# more")
	for _, c := range []struct {
		method, path, body string
		status             int
		fault              string // its pointer and the beginning of its detail
	}{
		{"PUT", "", "{", 400, ""},
		{"PUT", "", more.as(t, "retreated").body(), 422, "/yaml line "},
		{"PUT", "", written{x.YAML + "colour: red\n", x.FR, x.EN, "", ""}.body(), 422, "/yaml line "},
		{"PUT", "", written{x.YAML, x.FR, "# Title\n", "", ""}.body(), 422, "/en line 1: "},
		{"PUT", "", written{x.YAML, "", x.EN, "", ""}.body(), 422, "/fr line 1: "},
		{"PUT", "", written{more.YAML, x.FR, x.EN, long, ""}.body(), 422, "/reason "},
		{"PUT", "", written{more.YAML, x.FR, x.EN, "", "0123456789ab"}.body(), 422, "/base "},
		{"POST", "/restore", "{", 400, ""},
		{"POST", "/restore", "{}", 422, "/version "},
		{"POST", "/restore", `{"version": 1, "reason": "` + long + `"}`, 422, "/reason "},
		{"POST", "/restore", `{"version": 99}`, 404, ""},
		{"DELETE", "?replaced_by=nothing-there", "", 422, ""},
		{"GET", "/source?version=x", "", 400, ""},
		{"GET", "/source?version=9", "", 404, ""},
	} {
		got := e.do(c.method, target+c.path, c.body, "If-Match", tag).want(t, c.status)
		if c.fault != "" {
			fault := listOf(t, got, "errors")[0].(map[string]any)
			if told := fmt.Sprint(fault["pointer"], " ", fault["detail"]); !strings.HasPrefix(told, c.fault) {
				t.Errorf("%s %s: %s, want %s", c.method, c.path, told, c.fault)
			}
		}
		if c.method == "PUT" || c.method == "POST" {
			e.do(c.method, target+c.path, c.body, "If-Match", tag, "Content-Type", "text/plain").want(t, 415)
			e.do(c.method, target+c.path, `{"yaml":"`+strings.Repeat("x", 5<<20)+`"}`, "If-Match", tag).want(t, 413)
		}
	}
	for _, c := range []struct{ method, path, body string }{{"PUT", "", more.body()}, {"POST", "/restore", `{"version": 0}`}, {"DELETE", "", ""}} {
		e.do(c.method, target+c.path, c.body).want(t, 428)
		e.do(c.method, target+c.path, c.body, "If-Match", `"another"`).want(t, 412)
		e.do(c.method, target+c.path, c.body, "If-None-Match", `*`).want(t, 412)
	}
	if after := e.do("GET", target+"/history", "").body; after != before {
		t.Errorf("something refused changed the history: %s", after)
	}
}

// TestNewDocuments makes documents that were not there. Drafts are not for
// readers, and are not retired.
func TestNewDocuments(t *testing.T) {
	for _, thing := range things {
		t.Run(thing.kind, func(t *testing.T) {
			e, _ := editing(t, nil)
			x, _ := e.source(thing.target)
			e.do("GET", thing.fresh+"/source", "").want(t, 404)
			e.do("GET", thing.fresh+"/history", "").want(t, 404)
			got := e.do("PUT", thing.fresh, x.as(t, "retired").body(), "If-None-Match", "*").want(t, 409)
			if !strings.Contains(got.text(t, "fix"), "draft, review, published") {
				t.Errorf("fix: %s", got.text(t, "fix"))
			}
			e.do("PUT", thing.fresh, x.body(), "If-Match", "*").want(t, 412)
			tag := tagOf(e.do("PUT", thing.fresh, x.as(t, "draft").body(), "If-None-Match", "*").want(t, 201))
			e.do("GET", thing.fresh, "").want(t, 404)
			e.do("DELETE", thing.fresh, "", "If-Match", tag).want(t, 404)
			e.do("POST", thing.fresh+"/restore", `{"version": 1, "status": "retired"}`, "If-Match", tag).want(t, 409)
			tag = e.put(thing.fresh, x.as(t, "published"), tag)
			e.do("GET", thing.fresh, "").want(t, 200)
			heir := thing.target[strings.LastIndexByte(thing.target, '/')+1:]
			tag = tagOf(e.do("DELETE", thing.fresh+"?reason=never+mind&replaced_by="+heir, "", "If-Match", tag).want(t, 200))
			e.do("GET", thing.fresh, "").want(t, 200)
			if x, now := e.source(thing.fresh); now != tag || !strings.Contains(x.YAML, "status: retired\nreplaced_by: "+heir+"\n") {
				t.Errorf("retired: %s\n%s", now, x.YAML)
			}
			if got := e.do("GET", thing.fresh, "").want(t, 200); got.text(t, "status") != "retired" || got.text(t, "replaced_by") != heir {
				t.Errorf("the page of what is retired: %s", got.body)
			}
			list := thing.fresh[:strings.LastIndexByte(thing.fresh, '/')]
			if got := e.do("GET", list+"?limit=100", "").want(t, 200); strings.Contains(got.body, thing.fresh) || !strings.Contains(got.body, thing.target) {
				t.Errorf("the list: %s", got.body)
			}
			e.do("PUT", thing.fresh+"%20", x.body(), "If-None-Match", "*").want(t, 422)
			e.do("PUT", thing.fresh+strings.Repeat("-and-on", 20), x.body(), "If-None-Match", "*").want(t, 422)
		})
	}
}

// TestReadYourWrite holds that what is written is found and advised at once, and
// what is retired no more.
func TestReadYourWrite(t *testing.T) {
	e, _ := editing(t, nil)
	x, _ := e.source("/api/v1/articles/http-service-disabled")
	x = x.with("'0x800f0922'", "'0x80245678'")
	x.EN = strings.Replace(x.EN, "{#symptoms}\n", "{#symptoms}\n\nA quagga sits on the machine.\n", 1)
	check := func(want any) {
		t.Helper()
		byWord, _ := e.do("GET", "/api/v1/search?lang=en&q=quagga", "").want(t, 200).json(t, "hits.0.id")
		byCode, _ := e.do("GET", "/api/v1/codes/0x80245678", "").want(t, 200).json(t, "articles.0.id")
		advised, _ := e.do("POST", "/api/v1/advice", `{"schema":"patchmedic.facts/v1","symptoms":{"codes":["0x80245678"]}}`).want(t, 200).json(t, "diagnoses.0.article")
		if byWord != want || byCode != want || advised != want {
			t.Errorf("found by word %v, by code %v, advised %v, want %v", byWord, byCode, advised, want)
		}
	}
	check(nil)
	tag := tagOf(e.do("PUT", "/api/v1/articles/quagga", x.body(), "If-None-Match", "*").want(t, 201))
	check("quagga")
	e.do("DELETE", "/api/v1/articles/quagga", "", "If-Match", tag).want(t, 200)
	check(nil)
}

// TestRemedyInUse holds that a remedy is not taken from under articles, which
// are named.
func TestRemedyInUse(t *testing.T) {
	e, _ := editing(t, nil)
	_, tag := e.source("/api/v1/remedies/enable-service")
	got := e.do("DELETE", "/api/v1/remedies/enable-service", "", "If-Match", tag).want(t, 422)
	if !strings.Contains(got.body, "articles/http-service-disabled/article.yaml:") {
		t.Errorf("users are not named: %s", got.body)
	}
}

// TestSecondPerson has what one editor wrote published by another.
func TestSecondPerson(t *testing.T) {
	for _, thing := range things {
		t.Run(thing.kind, func(t *testing.T) {
			author, reviewer := editing(t, func(cfg *Config) { cfg.SecondPerson = true })
			x, tag := author.source(thing.target)
			x.YAML += "# new\n"
			got := author.do("PUT", thing.target, x.as(t, "published").body(), "If-Match", tag).want(t, 403)
			if !strings.Contains(got.text(t, "fix"), "review") {
				t.Errorf("fix: %s", got.text(t, "fix"))
			}
			tag = author.put(thing.target, x.as(t, "review"), tag)
			published := x.as(t, "published")
			author.do("PUT", thing.target, published.body(), "If-Match", tag).want(t, 403)
			author.do("POST", thing.target+"/restore", `{"version": 1, "status": "published"}`, "If-Match", tag).want(t, 403)
			reviewer.do("PUT", thing.target, published.with("# new", "# newer").body(), "If-Match", tag).want(t, 403)
			tag = reviewer.put(thing.target, published, tag)
			author.do("PUT", thing.target, published.with("# new", "# newest").as(t, "retired").body(), "If-Match", tag).want(t, 403)
		})
	}
}

// TestManyEditors has editors change one article at once, each from what all of
// them read: one is served, the others are told.
func TestManyEditors(t *testing.T) {
	const target, editors = "/api/v1/articles/esp-too-full", 8
	e, _ := editing(t, nil)
	x, tag := e.source(target)
	var accepted, refused atomic.Int32
	var running sync.WaitGroup
	for i := range editors {
		running.Go(func() {
			mine := x
			mine.YAML += fmt.Sprintf("# by %d\n", i)
			switch got := e.do("PUT", target, mine.body(), "If-Match", tag); got.status {
			case 200:
				accepted.Add(1)
			case 412:
				refused.Add(1)
			default:
				t.Errorf("%d %s", got.status, got.body)
			}
		})
	}
	running.Wait()
	versions := listOf(t, e.do("GET", target+"/history", ""), "versions")
	if accepted.Load() != 1 || refused.Load() != editors-1 || len(versions) != 1 {
		t.Errorf("%d accepted, %d refused, %d versions", accepted.Load(), refused.Load(), len(versions))
	}
}

// openEdited returns a keeper of content with the edits of a store over it.
func openEdited(t *testing.T, fsys fs.FS, s store.Store) *edition.Keeper {
	t.Helper()
	edits, err := cases.ServedEdits(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	lib, err := kb.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := edition.Open(lib, "", func(err error) { t.Error(err) }, edits...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keeper.Close() })
	if err := keeper.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	return keeper
}

// TestUpgrade starts a service whose bundle changed under its edits: one lies
// over another original than it was made from, and one does not fit any more.
func TestUpgrade(t *testing.T) {
	s := records(t)
	e := newEditor(t, start(t, func(cfg *Config) { cfg.Store = s }), s, "anna")
	for _, id := range []string{"esp-too-full", "http-service-disabled"} {
		x, tag := e.source("/api/v1/articles/" + id)
		x.YAML += "# edited\n"
		e.put("/api/v1/articles/"+id, x, tag)
	}
	if got := e.do("GET", "/api/v1/edits", "").want(t, 200); len(listOf(t, got, "edits")) != 2 || strings.Contains(got.body, `"original_changed":true`) {
		t.Errorf("before the upgrade: %s", got.body)
	}
	renamed := func(s string) string {
		return strings.ReplaceAll(strings.ReplaceAll(s, "signal: http-service-disabled", "signal: http-service-off"), "id: http-service-disabled", "id: http-service-off")
	}
	upgraded := files(t, map[string]func(string) string{
		"articles/esp-too-full/en.md":                 func(s string) string { return s + "\nMore.\n" },
		"signals/services.yaml":                       renamed,
		"articles/http-service-disabled/article.yaml": renamed,
	})
	e.caller = start(t, func(cfg *Config) { cfg.Store, cfg.Editions = s, openEdited(t, upgraded, s) })
	got := e.do("GET", "/api/v1/edits", "").want(t, 200)
	for path, want := range map[string]any{
		"edits.0.id": "esp-too-full", "edits.0.original_changed": true, "edits.0.served": 1., "edits.0.faults.0": nil,
		"edits.1.id": "http-service-disabled", "edits.1.original_changed": true, "edits.1.served": 0.,
		"edits.1.faults.0.file": "articles/http-service-disabled/article.yaml",
	} {
		if v, _ := got.json(t, path); v != want {
			t.Errorf("%s is %v, want %v: %s", path, v, want, got.body)
		}
	}
	const target = "/api/v1/articles/esp-too-full"
	x, tag := e.source(target)
	x.Base = e.do("GET", target+"/source?version=0", "").text(t, "revision")
	for _, merged := range []string{"", "# merged\n"} { // nothing to merge is an answer too
		x.YAML += merged
		got := e.do("PUT", target, x.body(), "If-Match", tag).want(t, 200)
		if tag = tagOf(got); strings.Contains(got.body, `"original_changed":true`) {
			t.Errorf("merged %q, and still: %s", merged, got.body)
		}
	}
}

// TestUnchanged holds that what was read is not sent again.
func TestUnchanged(t *testing.T) {
	e, _ := editing(t, nil)
	targets := []string{"/api/v1/edits"}
	for _, thing := range things {
		targets = append(targets, thing.target+"/history", thing.target+"/source")
	}
	for _, target := range targets {
		tag := e.do("GET", target, "").want(t, 200).header.Get("ETag")
		e.do("GET", target, "", "If-None-Match", tag).want(t, 304)
	}
}

// TestLint checks documents without keeping them.
func TestLint(t *testing.T) {
	e, _ := editing(t, nil)
	x, _ := e.source("/api/v1/articles/esp-too-full")
	body := func(kind, id string, x written) string {
		return jsonOf(map[string]string{"kind": kind, "id": id, "yaml": x.YAML, "fr": x.FR, "en": x.EN})
	}
	got := e.do("POST", "/api/v1/lint", x.body()).want(t, 200)
	if len(listOf(t, got, "faults")) > 0 || got.text(t, "fr.title") == "" || !strings.Contains(got.text(t, "en.sections.0.html"), "<p>") {
		t.Errorf("without faults: %s", got.body)
	}
	x.FR = strings.Replace(x.FR, "{#faq}", "{#fak}", 1)
	x.EN += "\n<script>alert(1)</script>\n"
	got = e.do("POST", "/api/v1/lint", body("article", "esp-too-full", x.with("category: ", "category: no-"))).want(t, 200)
	if n := len(listOf(t, got, "faults")); n < 3 || got.text(t, "faults.0.file") != "articles/esp-too-full/article.yaml" {
		t.Errorf("%d faults: %s", n, got.body)
	}
	if strings.Contains(got.body, "<script") {
		t.Error("the preview has a script")
	}
	e.do("POST", "/api/v1/lint", body("remedy", "reboot", x)).want(t, 200)
	e.do("POST", "/api/v1/lint", body("poem", "", x)).want(t, 422)
	e.do("POST", "/api/v1/lint", "{").want(t, 400)
	e.do("POST", "/api/v1/lint", "null").want(t, 422)
	e.do("POST", "/api/v1/lint", "{}").want(t, 200)
	e.do("POST", "/api/v1/lint", "{}", "Content-Type", "text/plain").want(t, 415)
	e.do("POST", "/api/v1/lint", `{"yaml":"`+strings.Repeat("x", 5<<20)+`"}`).want(t, 413)
	if got := e.do("GET", "/api/v1/edits", "").want(t, 200); len(listOf(t, got, "edits")) > 0 {
		t.Error("a lint keeps something")
	}
}

// lame follows edits and says that its index does not.
type lame struct{ *edition.Keeper }

func (l lame) Edit(_ context.Context, d kb.Document, keep func() error) error {
	if err := l.Draft(d, keep); err != nil {
		return err
	}
	return edition.Following{Err: errors.New("secret of the house")}
}

// TestIndexFollowsLater holds that a change that is kept is no failure.
func TestIndexFollowsLater(t *testing.T) {
	keeper := openBundled(t)
	e, _ := editing(t, func(cfg *Config) { cfg.Editions = lame{keeper} })
	x, tag := e.source("/api/v1/articles/esp-too-full")
	x.YAML += "# new\n"
	got := e.do("PUT", "/api/v1/articles/esp-too-full", x.body(), "If-Match", tag).want(t, 200)
	if len(listOf(t, got, "warnings")) != 1 || strings.Contains(got.body, "secret") {
		t.Errorf("warnings: %s", got.body)
	}
}

// full is a store that keeps nothing more.
type full struct{ store.Store }

func (full) PutDocument(context.Context, *store.Document, store.Entry) error {
	return errors.New("no space left")
}

// TestFullStore holds that nothing is served that is not kept.
func TestFullStore(t *testing.T) {
	e, _ := editing(t, func(cfg *Config) { cfg.Store = full{cfg.Store} })
	x, tag := e.source("/api/v1/articles/esp-too-full")
	x.YAML += "# new\n"
	e.do("PUT", "/api/v1/articles/esp-too-full", x.body(), "If-Match", tag).want(t, 500)
	if !pageOf(e.do("GET", "/api/v1/articles/esp-too-full", ""), tag) {
		t.Error("what is not kept is served")
	}
}
