package api

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/getkin/kin-openapi/openapi3filter"

	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/internal/edition"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/store"
	"github.com/patchmedic/patchmedic/store/bolt"
)

// TestMain fails when an operation and status of the description was exercised
// by no test.
func TestMain(m *testing.M) {
	openapi3filter.RegisterBodyDecoder("application/jsonl", openapi3filter.PlainBodyDecoder)
	openapi3filter.RegisterBodyDecoder("text/markdown", openapi3filter.PlainBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/zip", openapi3filter.FileBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/x-zip-compressed", openapi3filter.FileBodyDecoder)
	code := m.Run()
	bundled.remove()
	if missing := contract().missing(); code == 0 && wholeRun() && len(missing) > 0 {
		fmt.Println("no test exercises:\n\t" + strings.Join(missing, "\n\t"))
		code = 1
	}
	os.Exit(code)
}

// wholeRun reports whether all tests were run.
func wholeRun() bool {
	for _, name := range []string{"test.run", "test.skip", "test.bench", "test.fuzz", "test.list"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			return false
		}
	}
	return !testing.Short()
}

// files returns the bundled content with some files changed by name.
func files(t testing.TB, change map[string]func(string) string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(content.Files(), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(content.Files(), path)
		if f := change[path]; f != nil {
			data = []byte(f(string(data)))
			delete(change, path)
		}
		out[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil || len(change) > 0 {
		t.Fatalf("content: %v; files to change that are not there: %d", err, len(change))
	}
	return out
}

// bundledContent is the bundled content, read and indexed once for all tests:
// each would spend most of its time on that.
type bundledContent struct {
	once sync.Once
	lib  *kb.Library
	dir  string // of its index
	err  error
}

var bundled bundledContent

func (b *bundledContent) prepare() {
	if b.lib, b.err = kb.Load(content.Files()); b.err != nil {
		return
	}
	if b.dir, b.err = os.MkdirTemp("", "patchmedic-index"); b.err != nil {
		return
	}
	keeper, err := edition.Open(b.lib, b.dir, nil)
	if err != nil {
		b.err = err
		return
	}
	b.err = errors.Join(keeper.Wait(context.Background()), keeper.Close())
}

func (b *bundledContent) remove() {
	if b.dir != "" {
		os.RemoveAll(b.dir)
	}
}

// openBundled returns a keeper of the bundled content with an index of its own.
func openBundled(t testing.TB) *edition.Keeper {
	t.Helper()
	bundled.once.Do(bundled.prepare)
	if bundled.err != nil {
		t.Fatal(bundled.err)
	}
	dir := filepath.Join(t.TempDir(), "index")
	if err := os.CopyFS(dir, os.DirFS(bundled.dir)); err != nil {
		t.Fatal(err)
	}
	return openIn(t, bundled.lib, dir)
}

// open returns a keeper of content whose index is ready.
func open(t testing.TB, fsys fs.FS) *edition.Keeper {
	t.Helper()
	lib, err := kb.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return openIn(t, lib, "")
}

func openIn(t testing.TB, lib *kb.Library, dir string) *edition.Keeper {
	t.Helper()
	keeper, err := edition.Open(lib, dir, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := keeper.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := keeper.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	return keeper
}

// records returns an empty store of the test's own.
func records(t testing.TB) store.Store {
	t.Helper()
	s, err := bolt.Open(filepath.Join(t.TempDir(), "records.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// caller sends requests to a service under test. Every HTTP test goes through
// its do.
type caller struct {
	t       testing.TB
	handler http.Handler
}

// start returns a caller of a service with the bundled content, configured
// further by change, which may be nil.
func start(t testing.TB, change func(*Config)) caller {
	t.Helper()
	c, _ := startServer(t, change)
	return c
}

// startServer also returns the service itself.
func startServer(t testing.TB, change func(*Config)) (caller, *server) {
	t.Helper()
	cfg := Config{Version: Version{Version: "1.2.3", Commit: "abc"}, Open: true}
	if change != nil {
		change(&cfg)
	}
	if cfg.Store == nil {
		cfg.Store = records(t)
	}
	if cfg.Editions == nil {
		keeper := openBundled(t)
		cfg.Editions = keeper
		if cfg.Ready == nil {
			cfg.Ready = keeper.Ready
		}
	}
	s := newServer(cfg)
	return caller{t, s.engine()}, s
}

// answered is what came back.
type answered struct {
	status int
	header http.Header
	body   string
}

// do sends a request; headers come in pairs of name and value.
func (c caller) do(method, target, body string, headers ...string) answered {
	c.t.Helper()
	return c.send(c.t, method, target, body, headers...)
}

func (c caller) send(t testing.TB, method, target, body string, headers ...string) answered {
	t.Helper()
	r := httptest.NewRequest(method, "http://localhost:8080"+target, strings.NewReader(body))
	if method == http.MethodPost || method == http.MethodPut {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		switch {
		case headers[i] == "Host":
			r.Host = headers[i+1]
		case headers[i] == "From": // the connection's other end
			r.RemoteAddr = headers[i+1]
		case headers[i+1] == "":
			r.Header.Del(headers[i])
		default:
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	got := answered{w.Code, w.Result().Header, w.Body.String()}
	contract().hold(t, r, []byte(body), got)
	if got.status >= 400 && got.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s %s: %d is no problem+json: %s", method, target, got.status, got.body)
	}
	if got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("Content-Security-Policy") == "" {
		t.Errorf("%s %s: security headers missing: %v", method, target, got.header)
	}
	return got
}

// want fails unless the status is as wanted.
func (a answered) want(t testing.TB, status int) answered {
	t.Helper()
	if a.status != status {
		t.Fatalf("got status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// json returns the value at a dotted path, and whether it is there.
func (a answered) json(t testing.TB, path string) (any, bool) {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("no JSON: %v: %s", err, a.body)
	}
	for part := range strings.SplitSeq(path, ".") {
		switch here := v.(type) {
		case map[string]any:
			next, ok := here[part]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(here) {
				return nil, false
			}
			v = here[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// text returns the text at a path.
func (a answered) text(t testing.TB, path string) string {
	t.Helper()
	v, _ := a.json(t, path)
	s, ok := v.(string)
	if !ok {
		t.Fatalf("%s is no text: %s", path, a.body)
	}
	return s
}

// sample returns a file of testdata.
func sample(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
