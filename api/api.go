package api

import (
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/internal/cases"
	"github.com/patchmedic/patchmedic/kb"
)

// Config is what the API needs. Only Editions is required.
type Config struct {
	// Editions holds the content and its index.
	Editions cases.Editions
	// Ready reports whether words are searched; nil: always.
	Ready func() bool
	// Logger takes the access log and failures; nil: none.
	Logger *slog.Logger
	// Version is what /version tells.
	Version Version
	// Token, unless empty, must come with every request under /api/v1 and with
	// /metrics. Empty: only requests to a loopback host are answered.
	Token string
	// DefaultLang is for readers who name no language; empty: English.
	DefaultLang kb.Lang
	// MaxBody bounds a request's body in bytes; 0: 4 MiB.
	MaxBody int64
	// MaxLog bounds servicing logs in bytes, as they are sent; 0: 256 MiB. One log
	// is read as it comes; several are kept in a temporary file meanwhile.
	MaxLog int64
	// Temp is the folder of temporary files; empty: the system's.
	Temp string
	// Timeout bounds a search or an advice; 0: 15 seconds.
	Timeout time.Duration
}

// Version says which program answers.
type Version struct {
	Version string // of the release, "dev" without one
	Commit  string
}

// defaults fills what was left out.
func (cfg Config) defaults() Config {
	if cfg.Ready == nil {
		cfg.Ready = func() bool { return true }
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.DefaultLang == "" {
		cfg.DefaultLang = kb.English
	}
	if cfg.MaxBody <= 0 {
		cfg.MaxBody = 4 << 20
	}
	if cfg.MaxLog <= 0 {
		cfg.MaxLog = 256 << 20
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 15 * time.Second
	}
	if cfg.Version.Version == "" {
		cfg.Version.Version = "dev"
	}
	return cfg
}

// New returns the API. It is safe for concurrent use and holds no goroutine.
func New(cfg Config) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	cfg = cfg.defaults()
	build := sha256.Sum256([]byte(cfg.Version.Version + "\x00" + cfg.Version.Commit))
	s := &server{
		Config:  cfg,
		read:    cases.Read{Editions: cfg.Editions},
		decode:  cases.Decode{Editions: cfg.Editions},
		readLog: cases.Logs{Editions: cfg.Editions},
		advise:  cases.Advise{Editions: cfg.Editions, ArticleURL: articleURL},
		guard:   newGuard(cfg.Token),
		watch:   newWatch(cfg),
		build:   hex.EncodeToString(build[:4]),
	}
	s.table = problems(&s.decode)
	return s.engine()
}

// server answers requests.
type server struct {
	Config
	read    cases.Read
	decode  cases.Decode
	advise  cases.Advise
	readLog cases.Logs
	guard   *guard
	watch   *watch
	table   []row
	build   string // of the program, as a part of ETags
}

// engine lays out the routes.
//
//	@title						patchmedic
//	@version					1
//	@description				Knowledge base and advisor for failed Windows updates: decode an error code, find articles, and turn the facts of a machine into an advice. Answers are in French or English. A parameter without a value counts as absent. Whatever goes wrong is told as application/problem+json with what to do next.
//	@BasePath					/
//	@tag.name					advice
//	@tag.description			What is wrong with a machine, and what to do next
//	@tag.name					codes
//	@tag.description			Error codes in any spelling
//	@tag.name					search
//	@tag.description			Articles found by code, update or words
//	@tag.name					articles
//	@tag.description			Causes of failed updates
//	@tag.name					remedies
//	@tag.description			What a person does about them
//	@tag.name					service
//	@tag.description			The service itself
//	@securityDefinitions.apikey	Bearer
//	@in							header
//	@name						Authorization
func (s *server) engine() *gin.Engine {
	e := gin.New()
	e.HandleMethodNotAllowed = true
	e.RedirectTrailingSlash = false
	e.Use(s.observe, s.protect)
	e.NoRoute(s.handle(noRoute))
	e.NoMethod(s.handle(noMethod))

	s.get(e, "/", s.root)
	s.get(e, "/healthz", s.health)
	s.get(e, "/readyz", s.ready)
	s.get(e, "/version", s.version)
	s.get(e, "/metrics", s.metrics)
	s.get(e, "/api/docs", s.docsFile)
	s.get(e, "/api/docs/:file", s.docsFile)

	v1 := e.Group("/api/v1")
	s.get(v1, "/openapi.json", s.description)
	s.get(v1, "/search", s.search)
	s.get(v1, "/suggest", s.suggest)
	s.get(v1, "/codes/:code", s.code)
	v1.POST("/codes/extract", s.handle(s.extract))
	s.get(v1, "/articles", s.articles)
	s.get(v1, "/articles/:id", s.article)
	s.get(v1, "/remedies", s.remedies)
	s.get(v1, "/remedies/:action", s.remedy)
	v1.POST("/advice", s.handle(s.advice))
	v1.POST("/logs", s.handle(s.logs))
	return e
}

// get registers a handler for GET and HEAD.
func (s *server) get(r gin.IRoutes, path string, h handler) {
	f := s.handle(h)
	r.GET(path, f)
	r.HEAD(path, f)
}

// articleURL is where an article is read, from the root of the service.
func articleURL(id string) string { return "/api/v1/articles/" + id }
