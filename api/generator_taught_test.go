package api

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/kb"
)

// taught is what an operation wants of a valid call that no schema says: things
// that are there, and that belong together. As long as nothing of the kind is
// known a call stays as the schema has it.
var taught = map[string]func(*generator, *call){
	"PUT /api/v1/articles/{id}":                (*generator).put,
	"PUT /api/v1/remedies/{action}":            (*generator).put,
	"DELETE /api/v1/articles/{id}":             (*generator).retire,
	"DELETE /api/v1/remedies/{action}":         (*generator).retire,
	"POST /api/v1/articles/{id}/restore":       (*generator).bringBack,
	"POST /api/v1/remedies/{action}/restore":   (*generator).bringBack,
	"GET /api/v1/articles/{id}/source":         (*generator).oldSource,
	"GET /api/v1/remedies/{action}/source":     (*generator).oldSource,
	"POST /api/v1/lint":                        (*generator).lint,
	"POST /api/v1/reports":                     (*generator).device,
	"GET /api/v1/reports/{id}/compare/{other}": (*generator).oneDevice,
	"DELETE /api/v1/devices/{id}":              (*generator).erase,
	"POST /api/v1/reports/{id}/outcomes":       (*generator).outcome,
	"POST /api/v1/tokens":                      (*generator).wish,
	"POST /api/v1/restore":                     (*generator).restore,
}

// madeUp begins the ids of documents that the generator adds. Those alone are
// retired: the others are what advice and searches are made from.
const madeUp = "made-up-"

func (d document) isMadeUp() bool { return strings.HasPrefix(d.ID, madeUp) }

func (d document) isRetirable() bool { return d.served && d.isMadeUp() }

// choose picks a document that fits and is of the call's kind, or of any kind
// where the path names none. ok is false where there is none.
func (g *generator) choose(c *call, fits func(document) bool) (d document, ok bool) {
	list, _, named := strings.Cut(c.op.path, "{")
	var all []document
	for _, target := range slices.Sorted(maps.Keys(g.documents)) {
		if d := g.documents[target]; (!named || strings.HasPrefix(target, list)) && fits(d) {
			all = append(all, d)
		}
	}
	if len(all) == 0 {
		return document{}, false
	}
	return pick(g.chance, all), true
}

func known(d document) bool { return d.tag != "" }

// change puts a document into the path, with what its editor knows of it.
func (c *call) change(d document) {
	for param := range c.ids { // the path has one
		c.name(param, d.ID)
	}
	if d.tag == "" {
		c.set("If-None-Match", "*")
	} else {
		c.set("If-Match", d.tag)
	}
}

// put changes a text a little, for its own document or for one that is made up.
func (g *generator) put(c *call) {
	d, ok := g.choose(c, known)
	if !ok {
		return
	}
	text := g.changed(d.Document)
	if _, some := g.choose(c, document.isRetirable); !some || g.in(3) {
		id := madeUp + strconv.Itoa(g.IntN(12))
		d = g.documents[targets[d.Kind]+id]
		d.ID = id
	}
	c.change(d)
	in := c.value.(map[string]any)
	in["yaml"], in["fr"], in["en"] = text.YAML, text.FR, text.EN
	if delete(in, "base"); d.original != "" && g.in(2) {
		in["base"] = d.original
	}
	c.encode()
}

// changed returns a text with another comment, other prose, and sometimes
// another status.
func (g *generator) changed(d kb.Document) kb.Files {
	again := func(text, more string) string {
		before, _, _ := strings.Cut(text, more)
		return before + more + " " + strconv.Itoa(g.IntN(1000)) + ".\n"
	}
	d.EN, d.FR = again(d.EN, "\nOne more sentence, the number"), again(d.FR, "\nUne phrase de plus, la numéro")
	d.YAML = again(d.YAML, "# Comment")
	if g.in(3) {
		if other, err := d.Restated(pick(g.chance, []string{"draft", "review", "published"}), ""); err == nil {
			d = other
		}
	}
	return d.Files
}

func (g *generator) retire(c *call) {
	d, ok := g.choose(c, document.isRetirable)
	if !ok {
		return
	}
	c.change(d)
	query, _ := url.ParseQuery(c.query) // that was encoded
	if query.Has("replaced_by") {
		heir, _ := g.choose(c, func(d document) bool { return d.original != "" })
		query.Set("replaced_by", heir.ID)
	}
	c.query = query.Encode()
}

func (g *generator) bringBack(c *call) {
	if d, ok := g.choose(c, known); ok {
		c.change(d)
		in := c.value.(map[string]any)
		in["version"] = g.version(d)
		if in["status"] == "retired" { // only what is published can become that
			delete(in, "status")
		}
		c.encode()
	}
}

// version returns the number of a version that a document has.
func (g *generator) version(d document) int {
	oldest := 0
	if d.original == "" {
		oldest = 1
	}
	return oldest + g.IntN(d.version-oldest+1)
}

func (g *generator) oldSource(c *call) {
	if d, ok := g.choose(c, known); ok && c.query != "" {
		for param := range c.ids {
			c.name(param, d.ID)
		}
		c.query = "version=" + strconv.Itoa(g.version(d))
	}
}

func (g *generator) lint(c *call) {
	if d, ok := g.choose(c, known); ok {
		text := g.changed(d.Document)
		c.value = map[string]any{"kind": string(d.Kind), "id": d.ID, "yaml": text.YAML, "fr": text.FR, "en": text.EN}
		c.encode()
	}
}

// devices are few, so that each sends several reports.
var devices = []string{"7d0c1b52", "contoso-0017"}

func (g *generator) device(c *call) {
	if !g.in(4) {
		c.value.(map[string]any)["device"] = map[string]any{"id": pick(g.chance, devices)}
		c.encode()
	}
}

// oneDevice compares two reports of the same device.
func (g *generator) oneDevice(c *call) {
	var pairs [][]string
	for _, device := range slices.Sorted(maps.Keys(g.reports)) {
		if list := g.reports[device]; len(list) > 1 {
			pairs = append(pairs, list)
		}
	}
	if len(pairs) == 0 {
		return
	}
	list := pick(g.chance, pairs)
	i := g.IntN(len(list))
	j := (i + 1 + g.IntN(len(list)-1)) % len(list)
	c.name("id", list[i])
	c.name("other", list[j])
}

// erase mostly names a device that sent nothing, lest there be nothing to compare.
func (g *generator) erase(c *call) {
	all := slices.Sorted(maps.Keys(g.reports))
	if len(all) == 0 || !g.in(10) {
		all = []string{"a device that sent nothing"}
	}
	c.name("id", pick(g.chance, all))
}

func (g *generator) outcome(c *call) {
	actions, articles := g.known["/api/v1/remedies/{action}"], g.known["/api/v1/articles/{id}"]
	if len(actions) == 0 || len(articles) == 0 {
		return
	}
	in := c.value.(map[string]any)
	in["action"] = pick(g.chance, actions)
	if in["article"] != nil {
		in["article"] = pick(g.chance, articles)
	}
	if in["at"] != nil {
		in["at"] = g.time().AddDate(-3, 0, 0).Format(time.RFC3339) // in the past
	}
	c.encode()
}

// wish asks for a token that ends in one way at most.
func (g *generator) wish(c *call) {
	in := map[string]any{"name": fmt.Sprintf("portal %d", g.IntN(100)), "scopes": []any{pick(g.chance, []any{"read", "report", "edit", "admin"}), "read"}}
	switch g.IntN(3) {
	case 0:
		in["expires_in_days"] = 1 + g.IntN(mostDays)
	case 1:
		in["expires"] = g.time().AddDate(100, 0, 0).Format(time.RFC3339)
	}
	c.value = in
	c.encode()
}

// restore sends a backup that was read before. It does so seldom, lest all that
// calls make be gone a moment later.
func (g *generator) restore(c *call) {
	if g.backup != nil && (!g.restored || g.in(8)) {
		c.value, c.body = nil, g.backup.body
	}
}
