package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/patchmedic/patchmedic/docs/openapi"
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

// TestVersionTellsOfTheSite says whether the site's newest content is served.
func TestVersionTellsOfTheSite(t *testing.T) {
	since := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	c := start(t, func(cfg *Config) { cfg.Site = func() (int, time.Time) { return 3, since } })
	got := c.do("GET", "/version", "").want(t, 200)
	if faults, _ := got.json(t, "site.faults"); faults != 3. || got.text(t, "site.since") != "2026-11-22T12:00:00Z" {
		t.Errorf("site: %s", got.body)
	}
}

// ids returns the ids of a page.

// faulty is an edition that fails in a way of the test's choosing.

// incomplete answers as before the index is built.

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
		if got := c.do("GET", target, "").want(t, 200); strings.Contains(got.body, `":null`) {
			t.Errorf("%s has null: %s", target, got.body)
		}
	}
	got := c.do("POST", "/api/v1/advice", `{"schema":"patchmedic.facts/v1"}`).want(t, 200)
	if n := strings.Count(got.body, "null"); n != strings.Count(got.body, `"wait":null`) {
		t.Errorf("an advice has null where a list belongs: %s", got.body)
	}
}
