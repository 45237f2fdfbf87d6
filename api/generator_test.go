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
	ids     map[string]string // of the path, by parameter
	want    int               // the status that must come; 0: any but a failure of ours
	damaged bool
}

// name puts an id into the path.
func (c *call) name(param, id string) {
	c.ids[param] = id
	c.path = c.op.path
	for param, id := range c.ids {
		c.path = strings.Replace(c.path, "{"+param+"}", url.PathEscape(id), 1)
	}
}

// set gives a header a value, in the place of any other.
func (c *call) set(header, value string) { c.headers = append(c.headers, header, value) }

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
	knowledge
	ops []operation
	// token is the secret that calls carry; own is its id, which is never learned:
	// who revokes it learns nothing more.
	token, own string
	// backup is the newest one; nil: none yet.
	backup   *backup
	restored bool // a valid call restored one
}

func newGenerator(doc *openapi3.T, seed uint64, token, own string) *generator {
	return &generator{chance: newChance(seed), knowledge: newKnowledge(), ops: operations(doc), token: token, own: own}
}

// valid makes a call that the description accepts.
func (g *generator) valid(op operation) *call {
	c := &call{op: op, method: op.method, path: op.path, headers: []string{"Authorization", "Bearer " + g.token}, ids: map[string]string{}}
	if pages := g.pages[op.path]; len(pages) > 0 && op.method == http.MethodGet && g.in(6) {
		c.path, c.query, _ = strings.Cut(pick(g.chance, pages), "?")
		return c
	}
	query := url.Values{}
	for _, ref := range op.params {
		p := ref.Value
		switch {
		case p.In == "path":
			c.name(p.Name, g.id(op, p))
		case p.Name == "cursor", p.Name == "If-Match", p.Name == "If-None-Match", !p.Required && !g.in(3):
		case p.In == "query":
			query.Set(p.Name, plain(g.value(p.Schema, p.Name, 0)))
		case p.In == "header":
			c.set(p.Name, strings.Map(visible, plain(g.value(p.Schema, strings.ToLower(p.Name), 0))))
		}
	}
	c.query = query.Encode()
	if op.method == http.MethodGet && g.in(10) {
		c.method = http.MethodHead
	}
	if len(op.body) > 0 {
		g.fillBody(c)
	}
	if teach := taught[op.String()]; teach != nil {
		teach(g, c)
	}
	return c
}

// id returns what exists for a parameter of a path, or what could.
func (g *generator) id(op operation, p *openapi3.Parameter) string {
	known := g.known[placeOfID(op.path, p.Name)]
	if len(known) == 0 { // another of the same things
		first, _, _ := strings.Cut(op.path, "}")
		known = g.known[first+"}"]
	}
	made := plain(g.value(p.Schema, p.Name, 0))
	if len(known) > 0 {
		return pick(g.chance, known)
	}
	return made
}

// placeOfID is a path up to one of its parameters.
func placeOfID(path, param string) string {
	from, _, _ := strings.Cut(path, "{"+param+"}")
	return from + "{" + param + "}"
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
	c.set("Content-Type", kind)
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
