package api

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/internal/access"
)

// BenchmarkHTTP measures whole requests over loopback connections, two clients a
// processor. "constant" is the floor: a gin handler that writes 5 kB of ready
// JSON and nothing else.
func BenchmarkHTTP(b *testing.B) {
	c := start(b, nil)
	advice := []byte(sample(b, "facts/state-disagrees.json"))
	for _, test := range []struct {
		name, method, path string
		body               []byte
	}{
		{"constant", "GET", "/constant", nil},
		{"health", "GET", "/healthz", nil},
		{"code", "GET", "/api/v1/codes/0x80070306", nil},
		{"code not modified", "GET", "/api/v1/codes/0x80070306", nil},
		{"search code", "GET", "/api/v1/search?q=0x800f0922", nil},
		{"search KB", "GET", "/api/v1/search?q=KB5089549", nil},
		{"search words", "GET", "/api/v1/search?q=system+partition+full", nil},
		{"article", "GET", "/api/v1/articles/esp-too-full", nil},
		{"advice", "POST", "/api/v1/advice", advice},
	} {
		b.Run(test.name, func(b *testing.B) {
			handler := c.handler
			if test.name == "constant" {
				handler = constant()
			}
			server := httptest.NewServer(handler)
			defer server.Close()
			tag := ""
			if strings.HasSuffix(test.name, "not modified") {
				tag = c.do(test.method, test.path, "").header.Get("ETag")
			}
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16, DisableCompression: true}}
			defer client.CloseIdleConnections()
			b.ReportAllocs()
			b.SetParallelism(2)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := fetch(client, test.method, server.URL+test.path, test.body, tag); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
		})
	}
}

func constant() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	body := []byte(`{"text":"` + strings.Repeat("x", 5000) + `"}`)
	e.GET("/constant", func(c *gin.Context) { c.Data(http.StatusOK, "application/json; charset=utf-8", body) })
	return e
}

func fetch(client *http.Client, method, url string, body []byte, tag string) error {
	r, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if tag != "" {
		r.Header.Set("If-None-Match", tag)
	}
	res, err := client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return err
}

// BenchmarkHandler measures the handlers without a network.
func BenchmarkHandler(b *testing.B) {
	c := start(b, nil)
	for _, path := range []string{"/api/v1/codes/0x80070306", "/api/v1/search?q=0x800f0922", "/healthz"} {
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				c.handler.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost"+path, nil))
			}
		})
	}
}

// BenchmarkAdmit measures what access costs a request, by who calls.
func BenchmarkAdmit(b *testing.B) {
	kept := records(b)
	stored := issue(b, kept, access.Read)
	for _, test := range []struct {
		name, token string
		cfg         Config
	}{
		{"local", "", Config{Open: true}},
		{"configured", "a secret of 16 characters", Config{Token: "a secret of 16 characters"}},
		{"stored", stored, Config{}},
		{"stored, with a rate", stored, Config{Rate: 1e6}},
	} {
		b.Run(test.name, func(b *testing.B) {
			test.cfg.Store = kept
			g := newGuard(test.cfg)
			r := httptest.NewRequest("GET", "http://localhost/api/v1/codes/1", nil)
			if test.token != "" {
				r.Header.Set("Authorization", "Bearer "+test.token)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := g.admit(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
