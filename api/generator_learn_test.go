package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/patchmedic/patchmedic/kb"
)

// knowledge is what the answers told of what there is.
type knowledge struct {
	// known are ids that were seen, by the path that takes them, up to the
	// parameter: "/api/v1/articles/{id}".
	known map[string][]string
	// pages are targets of further pages, by path.
	pages map[string][]string
	// reports are ids of reports that were listed, by device.
	reports map[string][]string
	// documents are articles and remedies whose source is known, by path.
	documents map[string]document
}

func newKnowledge() knowledge {
	return knowledge{map[string][]string{}, map[string][]string{}, map[string][]string{}, map[string]document{}}
}

// document is an article or a remedy as its editor knows it.
type document struct {
	kb.Document        // a text of it, not always the newest
	tag         string // of the newest version, for If-Match
	stale       string // a tag of before; empty: there was none
	version     int    // the newest
	original    string // revision of the original; empty: it is new
	served      bool   // readers have seen it
}

// backup is one that was read, with what was known then.
type backup struct {
	body string
	knowledge
}

func (k knowledge) clone() knowledge {
	lists := func(m map[string][]string) map[string][]string {
		out := map[string][]string{}
		for name, list := range m {
			out[name] = slices.Clone(list)
		}
		return out
	}
	return knowledge{lists(k.known), lists(k.pages), lists(k.reports), maps.Clone(k.documents)}
}

// learn takes from an answer what later calls can ask for.
func (g *generator) learn(t testing.TB, c *call, got answered) {
	if got.status >= 300 {
		return
	}
	switch {
	case c.path == "/api/v1/backup" && c.method == http.MethodGet:
		g.backup = &backup{got.body, g.clone()}
	case c.path == "/api/v1/restore":
		if g.backup == nil || c.body != g.backup.body {
			t.Errorf("what is no backup that was read is restored:\n%s", c)
			return
		}
		g.knowledge, g.restored = g.backup.clone(), g.restored || !c.damaged
	case c.method == http.MethodDelete && got.status == http.StatusNoContent:
		g.known[c.op.path] = without(g.known[c.op.path], path.Base(c.path))
	}
	g.learnPlace(got.header.Get("Location"))
	var answer any
	if json.Unmarshal([]byte(got.body), &answer) != nil {
		return
	}
	g.learnPage(t, c, answer)
	g.learnReports(c, answer)
	g.learnDocument(c, answer)
	for _, op := range g.ops {
		if rest, below := strings.CutPrefix(op.path, c.op.path+"/{"); below {
			name, _, _ := strings.Cut(rest, "}")
			g.collect(c.op.path+"/{"+name+"}", name, answer)
		}
	}
}

func without(list []string, id string) []string {
	return slices.DeleteFunc(list, func(have string) bool { return have == id })
}

// learnPlace knows the ids of a place that an answer names.
func (g *generator) learnPlace(location string) {
	if location == "" {
		return
	}
	r, err := http.NewRequest(http.MethodGet, location, nil)
	if err != nil {
		return
	}
	if route, params, err := contract().router.FindRoute(r); err == nil {
		for name, id := range params {
			g.know(placeOfID(route.Path, name), id)
		}
	}
}

// learnPage knows where a list goes on.
func (g *generator) learnPage(t testing.TB, c *call, answer any) {
	next := at(answer, "next")
	if next == nil {
		return
	}
	query, err := url.ParseQuery(c.query)
	if err != nil {
		t.Fatal(err) // it was answered
	}
	query.Set("cursor", plain(next))
	g.pages[c.op.path] = recent(append(g.pages[c.op.path], c.path+"?"+query.Encode()))
}

// learnReports knows which reports are of one device, and which are erased.
func (g *generator) learnReports(c *call, answer any) {
	for _, o := range objects(answer) {
		g.knowReport(o["device"], o["id"])
	}
	if c.op.String() == "POST /api/v1/reports" {
		var sent any
		_ = json.Unmarshal([]byte(c.body), &sent) // it was accepted
		g.knowReport(at(at(sent, "device"), "id"), at(answer, "id"))
	}
	device, _ := at(answer, "device").(string)
	if c.method != http.MethodDelete || device == "" {
		return
	}
	const place = "/api/v1/reports/{id}"
	for _, id := range g.reports[device] {
		g.known[place] = without(g.known[place], id)
	}
	delete(g.reports, device)
}

func (g *generator) knowReport(device, id any) {
	of, named := device.(string)
	report, kept := id.(string)
	if named && kept && of != "" && !slices.Contains(g.reports[of], report) {
		g.reports[of] = recent(append(g.reports[of], report))
	}
}

// learnDocument knows the newest version of an article or a remedy.
func (g *generator) learnDocument(c *call, answer any) {
	kind, _ := at(answer, "kind").(string)
	id, _ := at(answer, "id").(string)
	revision, _ := at(answer, "revision").(string)
	version, ok := at(answer, "version").(float64)
	if !ok || strings.Contains(c.query, "version=") { // an old one
		return
	}
	target := targets[kb.Kind(kind)] + id
	d := g.documents[target]
	if tag := `"` + revision + `"`; tag != d.tag {
		d.stale, d.tag = d.tag, tag
	}
	d.Kind, d.ID, d.version = kb.Kind(kind), id, int(version)
	d.original, _ = at(answer, "original").(string)
	if status := at(answer, "status"); status == "published" || status == "retired" {
		d.served = true
	}
	if c.method == http.MethodPut {
		_ = json.Unmarshal([]byte(c.body), &answer) // it was accepted
	}
	if yaml, ok := at(answer, "yaml").(string); ok {
		fr, _ := at(answer, "fr").(string)
		en, _ := at(answer, "en").(string)
		d.Files = kb.Files{YAML: yaml, FR: fr, EN: en}
	}
	g.documents[target] = d
}

// targets are the paths of documents, without their ids.
var targets = map[kb.Kind]string{kb.ArticleKind: "/api/v1/articles/", kb.RemedyKind: "/api/v1/remedies/"}

// collect knows an answer's own id, or those of the things that it lists.
func (g *generator) collect(place, name string, answer any) {
	fields, _ := answer.(map[string]any)
	if id, ok := fields[name].(string); ok {
		g.know(place, id)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		list, _ := fields[key].([]any)
		for _, element := range list {
			if id, ok := at(element, name).(string); ok && at(element, "revoked") == nil {
				g.know(place, id)
			}
		}
	}
}

// at returns a field of an object; nil where there is none.
func at(v any, name string) any {
	fields, _ := v.(map[string]any)
	return fields[name]
}

func (g *generator) know(place, id string) {
	if id != g.own && !slices.Contains(g.known[place], id) {
		g.known[place] = recent(append(g.known[place], id))
	}
}

// recent keeps the last few.
func recent(list []string) []string { return list[max(0, len(list)-20):] }
