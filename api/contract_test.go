package api

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/patchmedic/patchmedic/docs/openapi"
)

// described is the description that all requests and answers are held against.
type described struct {
	doc    *openapi3.T
	router routers.Router
	mu     sync.Mutex
	seen   map[string]bool
	// compiler compiles the schemas of bodies, each of them once.
	compiler *jsonschema.Compiler
}

var contract = sync.OnceValue(func() *described {
	doc, err := openapi3.NewLoader().LoadFromData(openapi.JSON())
	if err != nil {
		panic(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		panic(err)
	}
	return &described{doc: doc, router: router, seen: map[string]bool{}, compiler: compiler()}
})

// whole is what the description is called in references to its parts.
const whole = "urn:patchmedic:description"

// compiler knows the description. The filter would compile a schema again for
// each body, which takes longer than the service takes to answer.
func compiler() *jsonschema.Compiler {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(openapi.JSON()))
	if err != nil {
		panic(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(whole, doc); err != nil {
		panic(err)
	}
	return c
}

// body checks a body against the schema that the description has at the given
// place for its kind. It leaves what is no JSON, or of a kind that is not
// declared, to the filter: then checked is false.
func (d *described) body(place string, declared openapi3.Content, kind, body string) (checked bool, err error) {
	kind, _, err = mime.ParseMediaType(kind)
	if err != nil || declared[kind] == nil || !strings.HasSuffix(kind, "json") || body == "" {
		return false, nil
	}
	d.mu.Lock()
	schema, err := d.compiler.Compile(whole + "#" + place + "/content/" + escaped(kind) + "/schema")
	d.mu.Unlock()
	if err != nil {
		return true, err
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		return true, err
	}
	return true, schema.Validate(value)
}

// escaped writes a name as a part of a JSON Pointer in a URL.
func escaped(name string) string {
	return url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
}

// missing lists the declared operations and statuses that nothing exercised.
func (d *described) missing() []string {
	var out []string
	for path, item := range d.doc.Paths.Map() {
		for method, op := range item.Operations() {
			for status := range op.Responses.Map() {
				if key := method + " " + path + " " + status; !d.seen[key] {
					out = append(out, key)
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

// slashed reports whether a device's id has slashes as they are: a path of the
// description cannot say that they are taken.
func slashed(r *http.Request) bool {
	id, device := strings.CutPrefix(r.URL.EscapedPath(), "/api/v1/devices/")
	return device && strings.Contains(id, "/")
}

// hold checks one exchange. What the service accepts, the description must
// accept too; what it refuses may be refused for reasons that no schema says.
func (d *described) hold(t testing.TB, r *http.Request, body []byte, got answered) {
	t.Helper()
	if r.Method == http.MethodHead {
		r = r.Clone(r.Context())
		r.Method = http.MethodGet
	}
	r = withoutEmpty(r)
	route, params, err := d.router.FindRoute(r)
	if err != nil {
		if got.status == http.StatusOK && strings.HasPrefix(r.URL.Path, "/api/v1") && !slashed(r) {
			t.Errorf("%s %s: not in the description: %v", r.Method, r.URL, err)
		}
		return
	}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route}
	if got.status < 300 {
		if err := d.request(in, string(body)); err != nil {
			t.Errorf("%s %s was accepted, but breaks the description: %v", r.Method, r.URL, err)
		}
	}
	status := strconv.Itoa(got.status)
	if route.Operation.Responses.Value(status) == nil {
		status = "default"
	}
	if err := d.response(in, status, got); err != nil {
		t.Errorf("%s %s: the answer breaks the description: %v\n%s", r.Method, r.URL, err, got.body)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen[r.Method+" "+route.Path+" "+status] = true
}

// request checks what was sent.
func (d *described) request(in *openapi3filter.RequestValidationInput, body string) error {
	packed := in.Request.Header.Get("Content-Encoding") != "" // nothing here unpacks
	checked := false
	if sent := in.Route.Operation.RequestBody; sent != nil && !packed {
		var err error
		if checked, err = d.body(placeOf(in.Route)+"/requestBody", sent.Value.Content, in.Request.Header.Get("Content-Type"), body); err != nil {
			return err
		}
	}
	in.Request.Body = io.NopCloser(strings.NewReader(body))
	in.Options = &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, ExcludeRequestBody: checked || packed}
	return openapi3filter.ValidateRequest(context.Background(), in)
}

// response checks an answer, for which the description has a status.
func (d *described) response(in *openapi3filter.RequestValidationInput, status string, got answered) error {
	if got.status == http.StatusNotModified {
		got.header = http.Header{}
	}
	checked := false
	if declared := in.Route.Operation.Responses.Value(status); declared != nil {
		var err error
		if checked, err = d.body(placeOf(in.Route)+"/responses/"+status, declared.Value.Content, got.header.Get("Content-Type"), got.body); err != nil {
			return err
		}
	}
	return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: got.status, Header: got.header, Body: io.NopCloser(strings.NewReader(got.body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: checked},
	})
}

// placeOf is where the description has an operation.
func placeOf(r *routers.Route) string {
	return "/paths/" + escaped(r.Path) + "/" + strings.ToLower(r.Method)
}

// withoutEmpty leaves out parameters without a value, which the service takes
// for absent.
func withoutEmpty(r *http.Request) *http.Request {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return r
	}
	for name, list := range values {
		if list[0] == "" {
			values.Del(name)
		}
	}
	r = r.Clone(r.Context())
	r.URL.RawQuery = values.Encode()
	return r
}
