package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/patchmedic/patchmedic/internal/edition"
	"github.com/patchmedic/patchmedic/search"
)

type faulty struct {
	*edition.Keeper
	search func(context.Context) error
}

func (f faulty) Search(ctx context.Context, _ *edition.Edition, _ search.Query) (search.Results, error) {
	return search.Results{}, f.search(ctx)
}

func TestFailuresTellNothing(t *testing.T) {
	keeper := openBundled(t)
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
	keeper := openBundled(t)
	c := start(t, func(cfg *Config) { cfg.Editions = incomplete{keeper} })
	got := c.do("GET", "/api/v1/search?q=0x800f0922", "").want(t, 200)
	if got.header.Get("ETag") != "" {
		t.Error("an incomplete answer would be kept")
	}
	if v, _ := got.json(t, "incomplete"); v != true {
		t.Errorf("incomplete is %v", v)
	}
}

type incomplete struct{ *edition.Keeper }

func (i incomplete) Search(ctx context.Context, e *edition.Edition, q search.Query) (search.Results, error) {
	found, err := i.Keeper.Search(ctx, e, q)
	found.Complete = false
	return found, err
}
