package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/docs/openapi"
	"github.com/patchmedic/patchmedic/internal/edition"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/search"
)

func TestAdviceIsTheSameOnEveryRequestAndInTheReadersLanguage(t *testing.T) {
	c := start(t, nil)
	for _, name := range []string{"facts/state-disagrees.json", "facts/esp-full.json"} {
		en := c.do("POST", "/api/v1/advice?lang=en", sample(t, name)).want(t, 200)
		again := c.do("POST", "/api/v1/advice", sample(t, name), "Accept-Language", "en-GB").want(t, 200)
		if en.body != again.body {
			t.Errorf("%s: two answers to the same facts", name)
		}
		fr := c.do("POST", "/api/v1/advice?lang=fr&audience=user", sample(t, name)).want(t, 200)
		if en.text(t, "diagnoses.0.title") == fr.text(t, "diagnoses.0.title") {
			t.Errorf("%s: the same title in two languages", name)
		}
		url := en.text(t, "diagnoses.0.url")
		got := c.do("GET", url, "").want(t, 200)
		if got.text(t, "id") != en.text(t, "diagnoses.0.article") {
			t.Errorf("%s: %s is another article", name, url)
		}
	}
}

func TestUnknownFieldsAreWarnedOf(t *testing.T) {
	got := start(t, nil).do("POST", "/api/v1/advice", `{"schema":"patchmedic.facts/v1","os":{"bild":1}}`).want(t, 200)
	if w := got.text(t, "warnings.0"); !strings.Contains(w, "/os/bild") {
		t.Errorf("got warning %q, want one of /os/bild", w)
	}
}

// Every GET with an ETag answers 304 to it, in one language and not the other.
func TestNotModified(t *testing.T) {
	c := start(t, nil)
	for _, target := range []string{
		"/api/v1/search?q=0x800f0922", "/api/v1/suggest?q=0x8", "/api/v1/codes/0x80070306", "/api/v1/articles", "/api/v1/articles?format=jsonl",
		"/api/v1/articles/esp-too-full", "/api/v1/remedies", "/api/v1/remedies/reboot", "/api/v1/openapi.json",
		"/api/docs", "/api/docs/swagger-ui.css", "/api/docs/swagger-ui-bundle.js",
	} {
		first := c.do("GET", target, "", "Accept-Language", "fr").want(t, 200)
		tag := first.header.Get("ETag")
		if tag == "" {
			t.Errorf("%s: no ETag", target)
			continue
		}
		for _, list := range []string{tag, "W/" + strings.TrimPrefix(tag, "W/"), `"other", ` + tag, "*"} {
			got := c.do("GET", target, "", "Accept-Language", "fr", "If-None-Match", list).want(t, 304)
			if got.body != "" || got.header.Get("ETag") != tag {
				t.Errorf("%s: 304 with body %q and ETag %q", target, got.body, got.header.Get("ETag"))
			}
		}
		c.do("GET", target, "", "Accept-Language", "fr", "If-None-Match", `"other"`).want(t, 200)
		if strings.Contains(target, "openapi") || strings.Contains(target, "docs") {
			continue
		}
		c.do("GET", target, "", "Accept-Language", "en", "If-None-Match", tag).want(t, 200)
	}
}

func TestMarkdownAndJSONHaveTagsOfTheirOwn(t *testing.T) {
	c := start(t, nil)
	const target = "/api/v1/articles/esp-too-full"
	tag := c.do("GET", target, "").want(t, 200).header.Get("ETag")
	got := c.do("GET", target, "", "Accept", "text/markdown", "If-None-Match", tag).want(t, 200)
	if revision := c.do("GET", target, "").text(t, "revision"); !strings.HasPrefix(got.header.Get("ETag"), `"`+revision+".") {
		t.Errorf("ETag %s does not begin with revision %s", got.header.Get("ETag"), revision)
	}
	c.do("GET", target, "", "Accept", "text/markdown", "If-None-Match", got.header.Get("ETag")).want(t, 304)
}

// switching is an edition that an edit replaces.
type switching struct {
	now atomic.Pointer[edition.Keeper]
}

func (s *switching) Current() *edition.Edition { return s.now.Load().Current() }
func (s *switching) Search(ctx context.Context, e *edition.Edition, q search.Query) (search.Results, error) {
	return s.now.Load().Search(ctx, e, q)
}
func (s *switching) Suggest(e *edition.Edition, text string, lang kb.Lang) []search.Suggestion {
	return s.now.Load().Suggest(e, text, lang)
}
func (s *switching) Hints(ctx context.Context, e *edition.Edition, text string, lang kb.Lang) map[string]float64 {
	return s.now.Load().Hints(ctx, e, text, lang)
}

func TestPages(t *testing.T) {
	before, after := open(t, content.Files()), open(t, files(t, map[string]func(string) string{
		"articles/esp-too-full/en.md": func(s string) string { return s + "\nMore.\n" },
	}))
	for _, target := range []string{"/api/v1/articles?limit=3", "/api/v1/remedies?limit=7", "/api/v1/search?limit=2", "/api/v1/search?limit=1&q=windows"} {
		editions := &switching{}
		editions.now.Store(before)
		c := start(t, func(cfg *Config) { cfg.Editions = editions })
		first := c.do("GET", target, "").want(t, 200)
		total, _ := first.json(t, "total")
		next := first.text(t, "next")
		seen := ids(t, first)
		for cursor := next; cursor != ""; {
			got := c.do("GET", target+"&cursor="+cursor, "").want(t, 200)
			seen = append(seen, ids(t, got)...)
			v, _ := got.json(t, "next")
			cursor, _ = v.(string)
		}
		slices.Sort(seen)
		if n := len(slices.Compact(seen)); float64(n) != total || n != len(seen) {
			t.Errorf("%s: %d different things on all pages, of %d; total says %v", target, n, len(seen), total)
		}
		c.do("GET", target+"&lang=fr&cursor="+next, "").want(t, 400)
		for _, damaged := range []string{next[1:], next + "AA", strings.ToUpper(next), "x", "%00", strings.Repeat("A", 100)} {
			c.do("GET", target+"&cursor="+damaged, "").want(t, 400)
		}
		c.do("GET", target+"&cursor="+strings.Repeat("A", 301), "").want(t, 400)
		editions.now.Store(after)
		got := c.do("GET", target+"&cursor="+next, "").want(t, 409)
		if !strings.Contains(got.text(t, "fix"), "Begin again") {
			t.Errorf("409 does not ask to begin again: %s", got.body)
		}
	}
}

// ids returns the ids of a page.
func ids(t *testing.T, a answered) []string {
	t.Helper()
	var p struct {
		Articles, Hits []struct{ ID string }
		Remedies       []struct{ Action string }
	}
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, v := range append(p.Articles, p.Hits...) {
		out = append(out, v.ID)
	}
	for _, v := range p.Remedies {
		out = append(out, v.Action)
	}
	return out
}

func TestARetiredArticleStaysReadableAndIsListedNoMore(t *testing.T) {
	retire := func(s string) string {
		return strings.Replace(s, "status: published", "status: retired\nreplaced_by: update-state-disagrees-with-store", 1)
	}
	keeper := open(t, files(t, map[string]func(string) string{
		"articles/esp-too-full/article.yaml":          retire,
		"articles/http-service-disabled/article.yaml": func(s string) string { return strings.Replace(s, "status: published", "status: draft", 1) },
	}))
	c := start(t, func(cfg *Config) { cfg.Editions = keeper })
	got := c.do("GET", "/api/v1/articles/esp-too-full", "").want(t, 200)
	if got.text(t, "status") != "retired" || got.text(t, "replaced_by") != "update-state-disagrees-with-store" {
		t.Errorf("a retired article does not say so: %s", got.body)
	}
	c.do("GET", "/api/v1/articles/http-service-disabled", "").want(t, 404)
	if list := ids(t, c.do("GET", "/api/v1/articles", "")); slices.Contains(list, "esp-too-full") || slices.Contains(list, "http-service-disabled") {
		t.Errorf("the list has a retired article or a draft: %v", list)
	}
	feed := c.do("GET", "/api/v1/articles?format=jsonl", "").want(t, 200)
	if !strings.Contains(feed.body, `"status":"retired"`) || strings.Contains(feed.body, `"id":"http-service-disabled"`) {
		t.Error("a feed tells of retired articles and not of drafts")
	}
}

func TestAFeedIsOneWholeArticlePerLine(t *testing.T) {
	c := start(t, nil)
	feed := c.do("GET", "/api/v1/articles?format=jsonl&lang=en", "").want(t, 200)
	lines := bufio.NewScanner(strings.NewReader(feed.body))
	lines.Buffer(nil, 1<<20)
	n := 0
	for lines.Scan() {
		n++
		var a struct{ ID string }
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			t.Fatal(err)
		}
		if one := c.do("GET", "/api/v1/articles/"+a.ID+"?lang=en", "").want(t, 200); strings.TrimSpace(one.body) != lines.Text() {
			t.Errorf("%s: the feed has another article than the article's own path", a.ID)
		}
	}
	if n == 0 {
		t.Error("an empty feed")
	}
	revision := feed.header.Get("Patchmedic-Revision")
	if got := c.do("GET", "/api/v1/articles?format=jsonl&since="+revision, "").want(t, 200); got.body != "" {
		t.Errorf("nothing changed since %s, but the feed has %q", revision, got.body)
	}
	if got := c.do("GET", "/api/v1/articles?format=jsonl&lang=en&since=0123456789ab", "").want(t, 200); got.body != feed.body {
		t.Error("since a revision that is gone, a feed has everything")
	}
}

func TestToken(t *testing.T) {
	c := start(t, func(cfg *Config) { cfg.Token = "pm_secret" })
	for _, open := range []string{"/healthz", "/readyz", "/version", "/api/docs", "/api/docs/openapi.json", "/"} {
		if got := c.do("GET", open, "", "Host", "updates.example"); got.status >= 400 {
			t.Errorf("%s needs no token, but answers %d", open, got.status)
		}
	}
	for _, closed := range []string{"/metrics", "/api/v1/search", "/api/v1/openapi.json", "/api/v1/articles", "/api/v1/nothing", "/api/v1/codes/1"} {
		for _, header := range []string{"", "pm_secret", "Bearer", "Bearer pm_secre", "Bearer pm_secret2", "Basic pm_secret"} {
			got := c.do("GET", closed, "", "Authorization", header).want(t, 401)
			if !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Bearer") || strings.Contains(got.body, "pm_secret") {
				t.Errorf("%s: %v %s", closed, got.header, got.body)
			}
		}
	}
	c.do("POST", "/api/v1/advice", "{}").want(t, 401)
	c.do("POST", "/api/v1/advice", "{}", "Authorization", "bearer pm_secret").want(t, 422)
	c.do("GET", "/api/v1/articles", "", "Authorization", "Bearer pm_secret", "Host", "updates.example").want(t, 200)
	c.do("GET", "/metrics", "", "Authorization", "Bearer pm_secret").want(t, 200)
}

func TestBodiesAreBounded(t *testing.T) {
	c := start(t, func(cfg *Config) { cfg.MaxBody = 1000 })
	long := `{"schema":"patchmedic.facts/v1","symptoms":{"text":"` + strings.Repeat("x", 2000) + `"}}`
	got := c.do("POST", "/api/v1/advice", long).want(t, 413)
	if !strings.Contains(got.text(t, "detail"), "1000") {
		t.Errorf("the limit is not told: %s", got.body)
	}
	c.do("POST", "/api/v1/codes/extract", `{"text":"`+strings.Repeat("x", 2000)+`"}`).want(t, 413)
	c = start(t, nil)
	c.do("POST", "/api/v1/codes/extract", `{"text":"`+strings.Repeat("x", maxExtract+1)+`"}`).want(t, 422)
	c.do("POST", "/api/v1/advice", strings.Repeat("[", 100_000)).want(t, 400)
	c.do("POST", "/api/v1/advice", "").want(t, 400)
	c.do("POST", "/api/v1/advice", "\xff{}").want(t, 400)
}

// faulty is an edition that fails in a way of the test's choosing.
type faulty struct {
	*edition.Keeper
	search func(context.Context) error
}

func (f faulty) Search(ctx context.Context, _ *edition.Edition, _ search.Query) (search.Results, error) {
	return search.Results{}, f.search(ctx)
}

func TestFailuresTellNothing(t *testing.T) {
	keeper := open(t, content.Files())
	for _, test := range []struct {
		name   string
		search func(context.Context) error
		status int
	}{
		{"panic", func(context.Context) error { panic("secret of the house") }, 500},
		{"error", func(context.Context) error { return errors.New("secret of the house") }, 500},
		{"timeout", func(ctx context.Context) error { <-ctx.Done(); return fmt.Errorf("secret of the house: %w", ctx.Err()) }, 503},
		{"cancelled", func(context.Context) error { return context.Canceled }, 503},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			c := start(t, func(cfg *Config) {
				cfg.Editions, cfg.Timeout = faulty{keeper, test.search}, time.Millisecond
				cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
			})
			got := c.do("GET", "/api/v1/search?q=password", "").want(t, test.status)
			if strings.Contains(got.body, "goroutine") || strings.Contains(got.body, "secret") {
				t.Errorf("the answer tells of the inside: %s", got.body)
			}
			id := got.text(t, "id")
			if got.header.Get("X-Request-Id") != id || !strings.Contains(log.String(), "request_id="+id) {
				t.Errorf("id %q is not in the log: %s", id, &log)
			}
			if strings.Contains(log.String(), "password") {
				t.Errorf("the log has the query: %s", &log)
			}
			if test.status == 500 && !strings.Contains(log.String(), "secret of the house") {
				t.Errorf("the log does not say what failed: %s", &log)
			}
			if test.status == 503 && got.header.Get("Retry-After") == "" {
				t.Error("503 without Retry-After")
			}
			metrics := c.do("GET", "/metrics", "").body
			if want := fmt.Sprintf(`patchmedic_http_requests_total{method="GET",route="/api/v1/search",status="%d"} 1`, test.status); !strings.Contains(metrics, want) {
				t.Errorf("not counted: %s", want)
			}
			if !strings.Contains(metrics, "patchmedic_http_requests_in_flight 1") {
				t.Error("requests in flight are miscounted")
			}
		})
	}
}

func TestNotReady(t *testing.T) {
	c := start(t, func(cfg *Config) { cfg.Ready = func() bool { return false } })
	got := c.do("GET", "/readyz", "").want(t, 503)
	if got.header.Get("Retry-After") == "" {
		t.Error("503 without Retry-After")
	}
	c.do("GET", "/healthz", "").want(t, 200)
	c.do("GET", "/api/v1/codes/0x80070306", "").want(t, 200)
	if body := c.do("GET", "/metrics", "").body; !strings.Contains(body, "patchmedic_ready 0") {
		t.Error("metrics do not tell that the service is not ready")
	}
}

func TestASearchWithoutIndexSaysSo(t *testing.T) {
	keeper := open(t, content.Files())
	c := start(t, func(cfg *Config) {
		cfg.Editions, cfg.Ready = incomplete{keeper}, func() bool { return false }
	})
	got := c.do("GET", "/api/v1/search?q=0x800f0922", "").want(t, 200)
	if v, _ := got.json(t, "incomplete"); v != true {
		t.Errorf("incomplete is %v", v)
	}
}

// incomplete answers as before the index is built.
type incomplete struct{ *edition.Keeper }

func (i incomplete) Search(ctx context.Context, e *edition.Edition, q search.Query) (search.Results, error) {
	found, err := i.Keeper.Search(ctx, e, q)
	found.Complete = false
	return found, err
}

func TestTheLogHasNoQueryAndNoFacts(t *testing.T) {
	var log bytes.Buffer
	c := start(t, func(cfg *Config) { cfg.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
	c.do("GET", "/api/v1/search?q=jeanne-dupont", "")
	c.do("GET", "/api/v1/codes/jeanne-dupont", "")
	c.do("GET", "/nowhere/jeanne-dupont", "")
	c.do("POST", "/api/v1/codes/extract", `{"text":"jeanne-dupont"}`)
	c.do("POST", "/api/v1/advice", `{"schema":"patchmedic.facts/v1","symptoms":{"text":"jeanne-dupont"}}`)
	c.do("POST", "/api/v1/advice", `{"schema":"jeanne-dupont"}`)
	if strings.Contains(log.String(), "jeanne") {
		t.Errorf("the log has what a client sent:\n%s", &log)
	}
	if n := strings.Count(log.String(), `"msg":"request"`); n != 6 {
		t.Errorf("%d lines for 6 requests:\n%s", n, &log)
	}
}

func TestRequestIDs(t *testing.T) {
	c := start(t, nil)
	if got := c.do("GET", "/healthz", "", "X-Request-Id", "proxy-0001"); got.header.Get("X-Request-Id") != "proxy-0001" {
		t.Error("a proxy's id is not taken over")
	}
	for _, bad := range []string{"short", "with space", "a\tb\tc\td\te", strings.Repeat("x", 65), "<script>alert</script>"} {
		if got := c.do("GET", "/healthz", "", "X-Request-Id", bad); got.header.Get("X-Request-Id") == bad {
			t.Errorf("%q is taken for an id", bad)
		}
	}
}

// Titles and prose may be written by anybody, and queries are: no answer's HTML
// has an element that they chose.
func TestHTMLInjection(t *testing.T) {
	keeper := open(t, files(t, map[string]func(string) string{
		"articles/esp-too-full/en.md": func(s string) string {
			s = strings.Replace(s, "The update installs", "The update `<img src=x onerror=alert(1)>` installs <script>alert(2)</script>", 1)
			return strings.Replace(s, "## What happens {#analysis}", "## What <b onclick=alert(3)>happens</b> {#analysis}\n\n<iframe src=\"javascript:alert(4)\"></iframe> [x](javascript:alert(5)) reservation", 1)
		},
	}))
	c := start(t, func(cfg *Config) { cfg.Editions = keeper })
	element := regexp.MustCompile(`<[^>]*>`)
	for _, q := range []string{"<script>alert(1)</script> update installs", "onerror img src partition", "0x800f0922 \"><mark onclick=x>", "reservation javascript"} {
		got := c.do("GET", "/api/v1/search?lang=en&q="+strings.NewReplacer(" ", "+", "<", "%3C", ">", "%3E", "\"", "%22").Replace(q), "").want(t, 200)
		var found searchAnswer
		if err := json.Unmarshal([]byte(got.body), &found); err != nil {
			t.Fatal(err)
		}
		for _, hit := range found.Hits {
			for _, h := range hit.Highlights {
				for _, e := range element.FindAllString(h.HTML, -1) {
					if e != "<mark>" && e != "</mark>" {
						t.Errorf("%q: a highlight has %s: %s", q, e, h.HTML)
					}
				}
			}
		}
	}
	page := c.do("GET", "/api/v1/articles/esp-too-full?lang=en", "").want(t, 200).body
	for _, bad := range []string{"<script", "<iframe", "onclick", "javascript:alert(5)"} {
		if strings.Contains(regexp.MustCompile(`"summary":"[^"]*"`).ReplaceAllString(page, ""), bad) {
			t.Errorf("an article has %s", bad)
		}
	}
}

// A real server: HEAD has the headers and no body, and what is embedded
// compressed comes in the form that the client takes.
func TestOverTheWire(t *testing.T) {
	c := start(t, nil)
	server := httptest.NewServer(c.handler)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	defer client.CloseIdleConnections()
	call := func(method, path, encoding string) (*http.Response, []byte) {
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", encoding)
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res, body
	}
	for _, path := range []string{"/api/v1/articles/esp-too-full", "/api/v1/codes/0x80070306", "/healthz", "/api/docs/swagger-ui.css", "/api/v1/nothing"} {
		get, body := call("GET", path, "gzip")
		head, none := call("HEAD", path, "gzip")
		if head.StatusCode != get.StatusCode || head.Header.Get("Etag") != get.Header.Get("Etag") || len(none) != 0 {
			t.Errorf("HEAD %s differs from GET: %v %v", path, head.Header, get.Header)
		}
		if head.ContentLength != int64(len(body)) {
			t.Errorf("HEAD %s: Content-Length %d, want %d", path, head.ContentLength, len(body))
		}
	}
	packed, small := call("GET", "/api/docs/swagger-ui-bundle.js", "br, gzip;q=0.5")
	plain, large := call("GET", "/api/docs/swagger-ui-bundle.js", "identity, gzip;q=0")
	if packed.Header.Get("Content-Encoding") != "gzip" || plain.Header.Get("Content-Encoding") != "" || packed.Header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("encodings: %v and %v", packed.Header, plain.Header)
	}
	if unpacked, err := unpack(small); err != nil || !bytes.Equal(unpacked, large) || packed.Header.Get("Etag") == plain.Header.Get("Etag") {
		t.Errorf("the two forms of the script differ: %v", err)
	}
}

// Whatever refuses or fails looks the same on every operation.
func TestEveryOperationRefusesAlike(t *testing.T) {
	c := start(t, func(cfg *Config) { cfg.Token = "pm_secret" })
	open := start(t, nil)
	for path, item := range contract().doc.Paths.Map() {
		for method := range item.Operations() {
			target := strings.NewReplacer("{id}", "esp-too-full", "{action}", "reboot", "{code}", "1058").Replace(path)
			open.do(method, target, "{}", "Host", "evil.example").want(t, 421)
			if needsToken(path) {
				c.do(method, target, "{}").want(t, 401)
			}
		}
	}
}

func TestTheDescriptionIsServed(t *testing.T) {
	got := start(t, nil).do("GET", "/api/v1/openapi.json", "").want(t, 200)
	if got.body != string(openapi.JSON()) {
		t.Error("another document is served than the one that is committed")
	}
}

func TestNoListIsNull(t *testing.T) {
	c := start(t, nil)
	for _, target := range []string{
		"/api/v1/search?q=zzzz", "/api/v1/suggest", "/api/v1/codes/0x80070f0f", "/api/v1/articles", "/api/v1/articles?format=jsonl",
		"/api/v1/remedies", "/api/v1/remedies/reboot", "/api/v1/remedies/escalate",
	} {
		if got := c.do("GET", target, "").want(t, 200); strings.Contains(got.body, "null") {
			t.Errorf("%s has null: %s", target, got.body)
		}
	}
	got := c.do("POST", "/api/v1/advice", `{"schema":"patchmedic.facts/v1"}`).want(t, 200)
	if n := strings.Count(got.body, "null"); n != strings.Count(got.body, `"wait":null`) {
		t.Errorf("an advice has null where a list belongs: %s", got.body)
	}
}
