package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/internal/cases"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/store"
)

// Config is what the API needs. Editions and Store are required.
type Config struct {
	// Editions holds the content and its index.
	Editions cases.Editor
	// SecondPerson: what one editor put up for review another one publishes.
	SecondPerson bool
	// Store keeps what must not be forgotten, and the tokens.
	Store store.Store
	// Ready reports whether words are searched; nil: always.
	Ready func() bool
	// Logger takes the access log and failures; nil: none.
	Logger *slog.Logger
	// Version is what /version tells.
	Version Version
	// Token, unless empty, is a token with every scope beside those of Store.
	Token string
	// Open lets requests without a token read and report when they name a
	// loopback host, and refuses others without one. It is for a service that
	// listens on loopback; with Token it has no effect.
	Open bool
	// Operator, unless empty, is a secret with every scope for requests from this
	// machine: that of whoever may read the data folder.
	Operator string
	// Rate is how many requests a second a token may make, and an address without
	// one, in the long run; twice as many may come at once. 0: any number.
	Rate float64
	// TrustedProxies are networks of reverse proxies, which tell in X-Forwarded-For
	// who asked them.
	TrustedProxies []netip.Prefix
	// DefaultLang is for readers who name no language; empty: English.
	DefaultLang kb.Lang
	// MaxBody bounds a request's body in bytes; 0: 4 MiB.
	MaxBody int64
	// MaxLog bounds servicing logs in bytes, as they are sent; 0: 256 MiB. One log
	// is read as it comes; several are kept in a temporary file meanwhile.
	MaxLog int64
	// Temp is the folder of temporary files; empty: the system's.
	Temp string
	// MaxRestore bounds a backup that is restored in bytes; 0: 8 GiB.
	MaxRestore int64
	// Site says how many faults keep the newest content of the site's folder from
	// being served, 0 when it is, and since when it is so; nil: there is no folder.
	Site func() (faults int, since time.Time)
	// Restored is called when a backup took the place of the records, to follow
	// what was made from them; nil: nothing was.
	Restored func(context.Context) error
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
	cfg.Open = cfg.Open && cfg.Token == ""
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
	if cfg.MaxRestore <= 0 {
		cfg.MaxRestore = 8 << 30
	}
	if cfg.Restored == nil {
		cfg.Restored = func(context.Context) error { return nil }
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
func New(cfg Config) http.Handler { return newServer(cfg).engine() }

func newServer(cfg Config) *server {
	gin.SetMode(gin.ReleaseMode)
	cfg = cfg.defaults()
	build := sha256.Sum256([]byte(cfg.Version.Version + "\x00" + cfg.Version.Commit))
	counts := cases.NewCounts(cfg.Store)
	s := &server{
		Config:  cfg,
		read:    cases.Read{Editions: cfg.Editions},
		decode:  cases.Decode{Editions: cfg.Editions},
		readLog: cases.Logs{Editions: cfg.Editions},
		advise:  cases.Advise{Editions: cfg.Editions, ArticleURL: articleURL, Counts: counts},
		guard:   newGuard(cfg),
		watch:   newWatch(cfg),
		build:   hex.EncodeToString(build[:4]),
	}
	s.reports = cases.Reports{Advise: &s.advise, Store: cfg.Store, Counts: counts, Now: time.Now, Failed: s.failed}
	s.feedback = cases.Feedback{Read: &s.read, Store: cfg.Store, Now: time.Now}
	s.edit = cases.Edit{Editions: cfg.Editions, Store: cfg.Store, SecondPerson: cfg.SecondPerson, Now: time.Now}
	s.table = problems(&s.decode)
	if err := counts.Refresh(context.Background()); err != nil {
		s.failed(err) // advice is given without them
	}
	return s
}

// failed is told what went wrong behind an answer that was given.
func (s *server) failed(err error) { s.Logger.Error("something behind an answer failed", "error", err) }

// server answers requests.
type server struct {
	Config
	read     cases.Read
	decode   cases.Decode
	advise   cases.Advise
	reports  cases.Reports
	feedback cases.Feedback
	edit     cases.Edit
	readLog  cases.Logs
	guard    *guard
	watch    *watch
	table    []row
	build    string // of the program, as a part of ETags
}

// engine lays out the routes.
//
//	@title						patchmedic
//	@version					1
//	@description				Knowledge base and advisor for failed Windows updates: decode an error code, find articles, and turn the facts of a machine into an advice. Answers are in French or English. A parameter without a value counts as absent. Whatever goes wrong is told as application/problem+json with what to do next.
//	@BasePath					/
//	@tag.name					advice
//	@tag.description			What is wrong with a machine, and what to do next
//	@tag.name					reports
//	@tag.description			What machines sent, what they were told, and what came of it
//	@tag.name					codes
//	@tag.description			Error codes in any spelling
//	@tag.name					search
//	@tag.description			Articles found by code, update or words
//	@tag.name					articles
//	@tag.description			Causes of failed updates
//	@tag.name					remedies
//	@tag.description			What a person does about them
//	@tag.name					editing
//	@tag.description			Changing articles and remedies, with their history
//	@tag.name					administration
//	@tag.description			Tokens, who changed what, backups; with a token that has the scope admin
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

	s.lay(e)
	return e
}

// articleURL is where an article is read, from the root of the service.
func articleURL(id string) string { return "/api/v1/articles/" + id }
