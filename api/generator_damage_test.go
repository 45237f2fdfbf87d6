package api

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// damages are ways to make a call wrong. Each leaves it a request that a client
// could send; some leave it valid by chance.
var damages = []func(*generator, *call){
	(*generator).wrongValue, (*generator).wrongValue, (*generator).missingField, (*generator).unknownField,
	(*generator).cutBody, (*generator).flipBytes, (*generator).otherBody, (*generator).otherKind,
	(*generator).oddHeader, (*generator).oddQuery, (*generator).oddQuery, (*generator).oddPath, (*generator).otherMethod,
}

// damaged makes a call with one or two things wrong.
func (g *generator) damaged(op operation) *call {
	c := g.valid(op)
	c.damaged = true
	if d := g.documents[strings.TrimSuffix(c.path, "/restore")]; d.stale != "" && slices.Contains(c.headers, "If-Match") && g.in(3) {
		c.set("If-Match", d.stale)
		c.want = http.StatusPreconditionFailed
		return c
	}
	for range 1 + g.IntN(2) {
		pick(g.chance, damages)(g, c)
	}
	return c
}

// oddValues stand where something else is wanted.
func oddValues() []any {
	deep := any([]any{})
	for range 200 {
		deep = []any{deep}
	}
	return []any{nil, true, 0, -1, 1.5, math.MaxInt64, 1e300, -1e300, "", "\x00", "0x", "KB", "null", "\u2028é😀\u202e", strings.Repeat("x", 5000),
		strings.Repeat("0x80070306 ", 300), "../../etc/passwd", "' OR 1=1 --", "{{.}}", "<script>", []any{}, map[string]any{}, []any{nil}, map[string]any{"": nil}, deep}
}

// places returns what sets each value inside a document to another.
func places(v any, set func(any)) []func(any) {
	out := []func(any){set}
	switch here := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(here)) {
			out = append(out, places(here[name], func(v any) { here[name] = v })...)
		}
	case []any:
		for i := range here {
			out = append(out, places(here[i], func(v any) { here[i] = v })...)
		}
	}
	return out
}

// objects returns the objects inside a document.
func objects(v any) []map[string]any {
	var out []map[string]any
	switch here := v.(type) {
	case map[string]any:
		out = append(out, here)
		for _, name := range slices.Sorted(maps.Keys(here)) {
			out = append(out, objects(here[name])...)
		}
	case []any:
		for _, v := range here {
			out = append(out, objects(v)...)
		}
	}
	return out
}

func (g *generator) wrongValue(c *call) {
	if c.value == nil {
		return
	}
	pick(g.chance, places(c.value, func(v any) { c.value = v }))(pick(g.chance, oddValues()))
	c.encode()
}

func (g *generator) missingField(c *call) {
	for _, o := range objects(c.value) {
		if len(o) > 0 && g.in(2) {
			delete(o, pick(g.chance, slices.Sorted(maps.Keys(o))))
			c.encode()
			return
		}
	}
}

func (g *generator) unknownField(c *call) {
	if all := objects(c.value); len(all) > 0 {
		pick(g.chance, all)[pick(g.chance, []string{"", "schema", "id", "ID", "__proto__", "x\x00", strings.Repeat("n", 3000)})] = pick(g.chance, oddValues())
		c.encode()
	}
}

func (g *generator) cutBody(c *call) { c.body = c.body[:g.IntN(len(c.body)+1)] }

func (g *generator) flipBytes(c *call) {
	body := []byte(c.body)
	for range 1 + g.IntN(4) {
		if len(body) > 0 {
			body[g.IntN(len(body))] = pick(g.chance, []byte("\x00\xff\xc0\"\\{}[],:0\n"))
		}
	}
	c.body = string(body)
}

func (g *generator) otherBody(c *call) {
	c.body = pick(g.chance, []string{"", " ", "null", "[]", "{}", "{", `"`, "1e999", `{"schema":1e999}`, "\xff\xfe{\x00}\x00", "\xef\xbb\xbf{}",
		`{"a":1}{"a":2}`, `{"schema":"patchmedic.facts/v1","schema":"x"}`, `{"text":"\ud800"}`, "{\"text\":\"\xff\"}", "PK\x05\x06", "\x1f\x8b",
		strings.Repeat("[", 100_000), strings.Repeat(`{"a":`, 20_000), "[" + strings.Repeat("0,", 50_000) + "0]", strings.Repeat("9", 10_000)})
}

func (g *generator) otherKind(c *call) {
	c.set("Content-Type", pick(g.chance, []string{"", "x", "application/json; charset=latin1", "application/json; charset", "text/plain; charset=utf-16",
		"application/xml", "application/zip", "multipart/form-data", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "*/*", ";;;", strings.Repeat("a/b;", 200)}))
}

func (g *generator) oddHeader(c *call) {
	odd := [][2]string{{"Accept", "text/markdown"}, {"Accept", "*/*;q=nan"}, {"Accept", strings.Repeat("text/html;q=0.1,", 500)}, {"Accept-Language", "zz-ZZ, *;q=2, fr;q=-1"},
		{"Accept-Language", strings.Repeat("fr,", 2000)}, {"Content-Encoding", "gzip"}, {"Content-Encoding", "br, identity"}, {"If-None-Match", "*"}, {"If-None-Match", `W/"`},
		{"If-Match", "*"}, {"If-Match", `"nothing"`}, {"If-Modified-Since", "yesterday"}, {"Range", "bytes=5-2"}, {"Authorization", "Bearer"}, {"Authorization", "Basic eDp5"}, {"Authorization", "Bearer pm_nobody"}, {"Authorization", ""},
		{"X-Request-Id", strings.Repeat("é", 500)}, {"X-HTTP-Method-Override", "DELETE"}, {"X-Forwarded-For", "::1"}, {"Idempotency-Key", strings.Repeat("k", 5000)}, {"Idempotency-Key", " "},
		{"Cookie", "a=b; a=c"}, {"Expect", "200-ok"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}, {"Host", "evil.example"}, {"Host", "[::1]:0"}, {"TE", "trailers"}}
	h := pick(g.chance, odd)
	c.set(h[0], h[1])
}

func (g *generator) oddQuery(c *call) {
	var names []string
	for _, p := range c.op.params {
		if p.Value.In == "query" {
			names = append(names, p.Value.Name)
		}
	}
	name := "undeclared"
	if len(names) > 0 {
		name = pick(g.chance, names)
	}
	raw := pick(g.chance, []string{"", "%zz", "%00", "%ff%fe", "-1", "0", "1e9", "99999999999999999999", "NaN", "true", "fr", "xx", "a&" + name + "=b", ";", "%2525",
		strings.Repeat("a", 3000), strings.Repeat("%F0%9F%98%80", 120), url.QueryEscape("\"(+-*~^:\\/[]{}"), "1:" + strings.Repeat("A", 280), "bm90aGluZw==", "2026-13-45", "..%2f.."})
	c.query = strings.TrimPrefix(c.query+"&"+name+"="+raw, "&")
}

func (g *generator) oddPath(c *call) {
	odd := pick(g.chance, []string{"nothing-has-this-id", "%00", "%FF", "..", "%2e%2e%2f", "a%2Fb", "%20", "-", "0", strings.Repeat("a", 2000), "%F0%9F%98%80", "*", "%25s%25n", "a;b=c", "~"})
	at := strings.LastIndexByte(c.path, '/')
	switch {
	case strings.Contains(c.op.path, "{") && !g.in(4):
		c.path = c.path[:at+1] + odd
	case g.in(2):
		c.path += "/" + odd
	default:
		c.path += "/"
	}
}

func (g *generator) otherMethod(c *call) {
	c.method = pick(g.chance, []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, "BREW"})
}

// log writes some lines of a servicing log.
func (g *generator) log() string {
	var out strings.Builder
	lines := strings.SplitAfter(failedUpdate, "\n")
	for range g.IntN(8) {
		out.WriteString(pick(g.chance, lines))
	}
	return out.String()
}

var logNames = []string{"CBS.log", `Windows\Logs\CBS\CBS.log`, "Windows/Logs/DISM/dism.log", "setupact.log", "notes.txt", "SetupDiagResults.xml", "../x.log", "C:\\y.log"}

// zip packs some logs.
func (g *generator) zip() string {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for range g.IntN(4) {
		f, err := w.Create(pick(g.chance, logNames))
		if err == nil {
			_, err = io.WriteString(f, g.log())
		}
		if err != nil {
			panic(err) // into memory
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.String()
}

// form makes a form of logs and zips.
func (g *generator) form() (body, kind string) {
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	faults := []error{w.SetBoundary(fmt.Sprintf("cut%d", g.IntN(1000)))}
	for range 1 + g.IntN(3) {
		name, content := pick(g.chance, logNames), g.log()
		if g.in(3) {
			name, content = "logs.zip", g.zip()
		}
		f, err := w.CreateFormFile("file", name)
		if err == nil {
			_, err = io.WriteString(f, content)
		}
		faults = append(faults, err)
	}
	if err := errors.Join(append(faults, w.Close())...); err != nil {
		panic(err) // into memory
	}
	return out.String(), w.FormDataContentType()
}
