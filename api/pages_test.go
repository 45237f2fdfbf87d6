package api

import (
	"bufio"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestPages(t *testing.T) {
	const changed = "articles/esp-too-full/en.md"
	after := files(t, map[string]func(string) string{changed: func(s string) string { return s + "\nMore.\n" }})
	for _, target := range []string{"/api/v1/articles?limit=3", "/api/v1/remedies?limit=7", "/api/v1/search?limit=2", "/api/v1/search?limit=1&q=windows"} {
		keeper := openBundled(t)
		c := start(t, func(cfg *Config) { cfg.Editions = keeper })
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
		if err := keeper.Reload(t.Context(), after, changed); err != nil {
			t.Fatal(err)
		}
		got := c.do("GET", target+"&cursor="+next, "").want(t, 409)
		if !strings.Contains(got.text(t, "fix"), "Begin again") {
			t.Errorf("409 does not ask to begin again: %s", got.body)
		}
	}
}

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
