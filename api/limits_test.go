package api

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestBodiesAreBounded(t *testing.T) {
	c := start(t, func(cfg *Config) { cfg.MaxBody, cfg.MaxLog = 1000, 1000 })
	c.do("POST", "/api/v1/logs", strings.Repeat("2025-05-21 18:00:00, Info CBS x\n", 100), "Content-Type", "text/plain").want(t, 413)
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
