package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
)

// operation is one of the description's operations.
type operation struct {
	method, path string
	params       openapi3.Parameters
	body         openapi3.Content
}

func (op operation) String() string { return op.method + " " + op.path }

// operations lists what the description has, in a fixed order.
func operations(doc *openapi3.T) []operation {
	var out []operation
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			this := operation{method: method, path: path, params: append(slices.Clone(item.Parameters), op.Parameters...)}
			if op.RequestBody != nil {
				this.body = op.RequestBody.Value.Content
			}
			out = append(out, this)
		}
	}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return out
}

// call is one request to be sent.
type call struct {
	op      operation
	method  string
	path    string
	query   string // raw
	headers []string
	value   any // what the body is made of when it is JSON
	body    string
	ids     map[string]string // of the path, by what they were taken from
}

func (c *call) target() string {
	if c.query == "" {
		return c.path
	}
	return c.path + "?" + c.query
}

// String writes a call as a case of testdata.
func (c *call) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s\n", c.method, c.target())
	for i := 0; i < len(c.headers); i += 2 {
		fmt.Fprintf(&out, "> %s: %s\n", c.headers[i], c.headers[i+1])
	}
	body := c.body
	if len(body) > 4000 {
		fmt.Fprintf(&out, "# %d bytes, cut here\n", len(body))
		body = body[:4000]
	}
	if !utf8.ValidString(body) || strings.ContainsFunc(body, func(r rune) bool { return r != '\n' && unicode.IsControl(r) }) {
		fmt.Fprintf(&out, "# as a Go string: %q\n", body)
	} else if body != "" {
		out.WriteString("| " + strings.ReplaceAll(body, "\n", "\n| ") + "\n")
	}
	return out.String()
}

// generator makes calls and learns from their answers what exists.
type generator struct {
	chance
	ops []operation
	// known are ids that were seen, by the path that takes them, up to the
	// parameter: "/api/v1/articles/{id}".
	known map[string][]string
	// pages are targets of further pages, by path.
	pages map[string][]string
	// etags are those of targets, by path.
	etags map[string]string
}

func newGenerator(doc *openapi3.T, seed uint64) *generator {
	return &generator{chance: newChance(seed), ops: operations(doc), known: map[string][]string{}, pages: map[string][]string{}, etags: map[string]string{}}
}

// headersFor returns the headers, in pairs, that every valid call of an
// operation needs beside those of the description: its token.
func (g *generator) headersFor(operation) []string { return nil }

// valid makes a call that the description accepts.
func (g *generator) valid(op operation) *call {
	c := &call{op: op, method: op.method, path: op.path, headers: g.headersFor(op), ids: map[string]string{}}
	if pages := g.pages[op.path]; len(pages) > 0 && op.method == http.MethodGet && g.in(6) {
		c.path, c.query, _ = strings.Cut(pick(g.chance, pages), "?")
		return c
	}
	query := url.Values{}
	for _, ref := range op.params {
		p := ref.Value
		switch {
		case p.In == "path":
			g.fillPath(c, p)
		case p.Name == "cursor", !p.Required && !g.in(3) && p.Name != "If-Match":
		case p.In == "query":
			query.Set(p.Name, plain(g.value(p.Schema, p.Name, 0)))
		case p.In == "header":
			c.headers = append(c.headers, p.Name, g.header(c.path, p))
		}
	}
	c.query = query.Encode()
	if op.method == http.MethodGet && g.in(10) {
		c.method = http.MethodHead
	}
	if len(op.body) > 0 {
		g.fillBody(c)
	}
	return c
}

func (g *generator) fillPath(c *call, p *openapi3.Parameter) {
	place := "{" + p.Name + "}"
	from, _, _ := strings.Cut(c.op.path, place)
	known := g.known[from+place]
	if len(known) == 0 { // another of the same things
		first, _, _ := strings.Cut(c.op.path, "}")
		known = g.known[first+"}"]
	}
	id := plain(g.value(p.Schema, p.Name, 0))
	if len(known) > 0 {
		id = pick(g.chance, known)
		c.ids[from+place] = id
	}
	c.path = strings.Replace(c.path, place, url.PathEscape(id), 1)
}

func (g *generator) header(path string, p *openapi3.Parameter) string {
	if tag := g.etags[path]; tag != "" && p.Name == "If-Match" {
		return tag
	}
	return strings.Map(visible, plain(g.value(p.Schema, strings.ToLower(p.Name), 0)))
}

// visible leaves of a text what a header may hold.
func visible(r rune) rune {
	if r < ' ' || r > '~' {
		return -1
	}
	return r
}

// fillBody makes the body in one of the forms that the operation takes.
func (g *generator) fillBody(c *call) {
	kind := pick(g.chance, slices.Sorted(maps.Keys(c.op.body)))
	switch kind {
	case "application/zip", "application/x-zip-compressed":
		c.body = g.zip()
	case "multipart/form-data":
		c.body, kind = g.form()
	case "text/plain":
		c.body = g.log()
	default:
		c.value = g.value(c.op.body[kind].Schema, "", 0)
		if example := c.op.body[kind].Example; example != nil && g.in(10) {
			c.value = copied(example)
		}
		c.encode()
	}
	c.headers = append(c.headers, "Content-Type", kind)
}

// copied returns a value of the description that may be changed.
func copied(v any) any {
	data, err := json.Marshal(v)
	var out any
	if err := errors.Join(err, json.Unmarshal(data, &out)); err != nil {
		panic(err) // it was read from JSON
	}
	return out
}

// encode writes the value as the body.
func (c *call) encode() {
	data, err := json.Marshal(c.value)
	if err != nil {
		panic(err) // values are made of maps, lists, texts and numbers
	}
	c.body = string(data)
}

// plain writes a value as a parameter.
func plain(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return fmt.Sprint(v)
}

// learn takes from an answer what later calls can ask for.
func (g *generator) learn(t testing.TB, c *call, got answered) {
	if got.status >= 300 {
		return
	}
	if c.method == http.MethodDelete {
		for place, id := range c.ids {
			g.known[place] = slices.DeleteFunc(g.known[place], func(have string) bool { return have == id })
		}
		return
	}
	if tag := got.header.Get("ETag"); tag != "" {
		g.etags[c.path] = tag
	}
	if r, err := http.NewRequest(http.MethodGet, got.header.Get("Location"), nil); err == nil && got.header.Get("Location") != "" {
		if route, params, err := contract().router.FindRoute(r); err == nil {
			for name, id := range params {
				from, _, _ := strings.Cut(route.Path, "{"+name+"}")
				g.know(from+"{"+name+"}", id)
			}
		}
	}
	var answer any
	if json.Unmarshal([]byte(got.body), &answer) != nil {
		return
	}
	if next := at(answer, "next"); next != nil {
		query, err := url.ParseQuery(c.query)
		if err != nil {
			t.Fatal(err) // it was answered
		}
		query.Set("cursor", plain(next))
		g.pages[c.op.path] = recent(append(g.pages[c.op.path], c.path+"?"+query.Encode()))
	}
	for _, op := range g.ops {
		if rest, below := strings.CutPrefix(op.path, c.op.path+"/{"); below {
			name, _, _ := strings.Cut(rest, "}")
			g.collect(c.op.path+"/{"+name+"}", name, answer)
		}
	}
}

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
			if id, ok := at(element, name).(string); ok {
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
	if !slices.Contains(g.known[place], id) {
		g.known[place] = recent(append(g.known[place], id))
	}
}

// recent keeps the last few.
func recent(list []string) []string { return list[max(0, len(list)-20):] }
