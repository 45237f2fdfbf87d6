package api

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// watch counts requests, in a registry of its own.
type watch struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	inFlight prometheus.Gauge
	page     http.Handler
}

func newWatch(cfg Config) *watch {
	w := &watch{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "patchmedic_http_requests_total", Help: "Requests answered, by route template.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "patchmedic_http_request_seconds", Help: "How long requests took.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "patchmedic_http_requests_in_flight", Help: "Requests being answered.",
		}),
	}
	ready := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "patchmedic_ready", Help: "1 when words are searched, 0 while the text index is being built.",
	}, func() float64 {
		if cfg.Ready() {
			return 1
		}
		return 0
	})
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "patchmedic_build_info", Help: "Always 1; the labels say which program answers.",
		ConstLabels: prometheus.Labels{"version": cfg.Version.Version, "commit": cfg.Version.Commit, "go": runtime.Version()},
	})
	build.Set(1)
	registry := prometheus.NewRegistry()
	registry.MustRegister(w.requests, w.seconds, w.inFlight, ready, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	w.page = promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	return w
}

// observe gives each request an id, counts and logs it, and turns a panic into
// an answer that tells nothing. Neither query nor body is logged.
func (s *server) observe(c *gin.Context) {
	begin := time.Now()
	c.Writer.Header()["X-Request-Id"] = []string{newRequestID(c.Request)}
	s.watch.inFlight.Inc()
	defer s.observed(c, begin)
	defer s.recovered(c)
	c.Next()
}

func (s *server) recovered(c *gin.Context) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler { // the way to cut off an answer
		panic(v)
	}
	err := panicked{v, debug.Stack()}
	if !c.Writer.Written() {
		s.fail(c, err)
		return
	}
	s.logFailure(c, problem{ID: requestID(c)}, err)
	panic(http.ErrAbortHandler) // half an answer must not look whole
}

func (s *server) observed(c *gin.Context, begin time.Time) {
	s.watch.inFlight.Dec()
	took := time.Since(begin)
	route, method, status := c.FullPath(), methodName(c.Request.Method), c.Writer.Status()
	if route == "" {
		route = "none"
	}
	s.watch.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	s.watch.seconds.WithLabelValues(method, route).Observe(took.Seconds())
	s.Logger.LogAttrs(c.Request.Context(), slog.LevelInfo, "request",
		slog.String("request_id", requestID(c)), slog.String("method", method), slog.String("route", route),
		slog.Int("status", status), slog.Int("bytes", max(c.Writer.Size(), 0)), slog.Duration("took", took))
}

// methodName keeps the label's values few, whatever a client invents.
func methodName(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// newRequestID takes over the id of a proxy when it looks like one.
func newRequestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if len(id) < 8 || len(id) > 64 {
		return rand.Text()
	}
	for i := range len(id) {
		switch b := id[i]; {
		case b >= '0' && b <= '9', b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b == '-', b == '_', b == '.':
		default:
			return rand.Text()
		}
	}
	return id
}

func requestID(c *gin.Context) string { return c.Writer.Header().Get("X-Request-Id") }

// metrics godoc
//
//	@Summary	Figures of the service for Prometheus
//	@Tags		service
//	@Produce	plain
//	@Success	200	{string}	string	"Prometheus text format"
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/metrics [get]
func (s *server) metrics(c *gin.Context) error {
	s.watch.page.ServeHTTP(c.Writer, c.Request)
	return nil
}
