package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/facts/bundle"
	"github.com/patchmedic/patchmedic/facts/errcode"
	"github.com/patchmedic/patchmedic/internal/access"
	"github.com/patchmedic/patchmedic/internal/cases"
	"github.com/patchmedic/patchmedic/store"
)

// problem is an answer of 400 and above (RFC 9457).
type problem struct {
	// Type names the kind of problem and never changes.
	Type string `json:"type"`
	// Title is the kind of problem in a few words.
	Title  string `json:"title"`
	Status int    `json:"status"`
	// Detail is what is wrong with this request.
	Detail string `json:"detail"`
	// Fix is what to do next.
	Fix string `json:"fix"`
	// Instance is the path that was asked for.
	Instance string `json:"instance"`
	// ID finds the request in the service's log.
	ID string `json:"id"`
	// Errors are the faults of the input, where it is at fault.
	Errors []inputFault `json:"errors,omitempty"`
	// Reason says in a word why an input is no code.
	Reason string `json:"reason,omitempty"`
	// Near are codes that a mistyped one may have meant.
	Near []codeName `json:"near,omitempty"`
} // @name Problem

// inputFault is one thing wrong with the input.
type inputFault struct {
	// Pointer is a JSON pointer into the body; /query/limit and /path/code name
	// parameters.
	Pointer string `json:"pointer"`
	// Detail is what is wrong and what to write instead.
	Detail string `json:"detail"`
} // @name Fault

// kind is a kind of problem.
type kind struct {
	name   string
	status int
	title  string
	fix    string
}

// row is one kind of problem: the errors that are it, and what more to say.
type row struct {
	kind
	is   func(error) bool
	tell func(*problem, error)
}

// problems is the one table from errors to answers: the first row that knows an
// error decides. An error that no row knows is ours.
func problems(decode *cases.Decode) []row {
	return []row{
		{kind{"no-route", 404, "No such path", "See /api/docs for the paths of this service."}, isErr(errNoRoute), nil},
		{kind{"method-not-allowed", 405, "Method not allowed", "Use a method that the Allow header names."}, isErr(errNoMethod), nil},
		{kind{"other-device", 409, "Not of one device", "Compare two reports of the same device: GET /api/v1/reports?device= lists them."}, isErr(cases.ErrOtherDevice), nil},
		{kind{"key-reused", 422, "Idempotency key reused", "Take a new Idempotency-Key for another report."}, isErr(store.ErrKeyReused), tellKey},
		{kind{"conflict", 409, "Changed meanwhile", "Read it again, and repeat what you wanted."}, isErr(store.ErrConflict), tellConflict},
		{kind{"no-match", 428, "Which version?", "Send If-Match with the ETag of the newest version, which GET .../source has, or If-None-Match: * for what is new."}, isErr(cases.ErrNoMatch), nil},
		{kind{"unmatched", 412, "Not the newest version", "Read the newest version with GET .../source, put your change into it, and send it with its ETag."}, isErr(cases.ErrUnmatched), nil},
		{kind{"second-person", 403, "A second person is needed", "Put it up with status: review, and have somebody else publish it unchanged."}, isErr(cases.ErrSamePerson), nil},
		{kind{"transition", 409, "This status does not follow", ""}, isType[cases.Transition], tellTransition},
		{kind{"faulty-document", 422, "The document has faults", "Mend what errors names and send it again."}, isType[faultyDocument], tellDocument},
		{kind{"not-found", 404, "Not found", "Search for it, or list what there is without an id."}, isErr(cases.ErrNotFound, store.ErrNotFound), nil},
		{kind{"wrong-host", 421, "Wrong host", "Call the service as localhost or 127.0.0.1, or send a token."}, isErr(errHost), nil},
		{kind{"cross-site", 403, "Refused: a page of another site", "Send the request from a program or from a page of this service."}, isErr(errCrossSite), nil},
		{kind{"no-token", 401, "Token missing or wrong", "Send the header Authorization: Bearer <token>."}, isErr(errToken), nil},
		{kind{"wrong-token", 401, "Token refused", "Ask whoever runs this service for a token: patchmedic token create makes one."}, isErr(access.ErrRefused), nil},
		{kind{"no-scope", 403, "The token may not do this", ""}, isType[noScope], tellScope},
		{kind{"too-many", 429, "Too many requests", ""}, isType[tooMany], tellWait},
		{kind{"bad-parameter", 400, "Parameters at fault", "Mend the parameters that errors names."}, isType[badParams], tellParams},
		{kind{"bad-cursor", 400, "Cursor at fault", "Take the cursor from next of the page before, with the same parameters, or begin again without one."}, isErr(errCursor), nil},
		{kind{"stale-cursor", 409, "The content changed", "Begin again without the cursor."}, isErr(errStale), nil},
		{kind{"not-a-code", 400, "Not one error code", "Give one code, or POST a text to /api/v1/codes/extract."}, isType[*errcode.ParseError], tellCode(decode)},
		{kind{"bad-json", 400, "Not JSON", "Send one JSON document in UTF-8, whole."}, isType[brokenJSON], tellBroken},
		{kind{"bad-encoding", 400, "Body cannot be unpacked", "Send all of it, packed as its Content-Encoding says, or plain and without that header."}, isType[badEncoding], nil},
		{kind{"invalid", 422, "The document cannot be used", "Mend the places that errors names and send it again."}, isType[facts.Faults], tellFaults},
		{kind{"too-large", 413, "Body too large", ""}, isType[*http.MaxBytesError], tellLimit},
		{kind{"too-much", 413, "Archive too large", ""}, isType[*bundle.LimitError], tellArchive},
		{kind{"bad-archive", 400, "Archive at fault", "Pack the logs again and send all of the archive, or send them as they are in a form."}, isErr(bundle.ErrBroken), nil},
		{kind{"bad-form", 400, "Not a form of files", "Send multipart/form-data with a file in each part, as curl -F file=@CBS.log does."}, isErr(errForm), nil},
		{kind{"no-room", 507, "No room for the upload", "Ask the operator of this service to make room, then send it again; or send each log alone as text/plain."}, isType[spoolError], tellNothing},
		{kind{"too-large", 413, "Backup too large", "Stop the service and use patchmedic restore on its data folder, which has no limit."}, isErr(errBackupSize), nil},
		{kind{"bad-backup", 422, "Not a whole backup", "Send what GET /api/v1/backup or patchmedic backup gave, all of it."}, isErr(errBackup), nil},
		{kind{"empty", 400, "No body", "Send the log as the body, as curl --data-binary @CBS.log does."}, isErr(errEmpty), nil},
		{kind{"cut-off", 400, "Body cut off", "Send all of it."}, isErr(errCutOff), nil},
		{kind{"unsupported", 415, "Unsupported media type", ""}, isType[unsupported], tellUnsupported},
		{kind{"not-ready", 503, "Not ready", "Try again in a moment."}, isErr(errNotReady), nil},
		{kind{"timeout", 503, "Took too long", "Try again, with fewer words."}, isErr(context.DeadlineExceeded), tellNothing},
		{kind{"cancelled", 503, "Cancelled", "Try again."}, isErr(context.Canceled), tellNothing},
	}
}

var internalKind = kind{"internal", 500, "Internal error", "Tell the operator of this service the id."}

// What a request can run into here.
var (
	errNoRoute    = errors.New("there is nothing at this path")
	errNoMethod   = errors.New("this path does not take this method")
	errHost       = errors.New("without a token this service only answers requests to a loopback host that no proxy passed on")
	errCrossSite  = errors.New("a browser sent this request from a page of another site")
	errToken      = errors.New("this path needs a token")
	errForm       = errors.New("the body cannot be taken apart into files")
	errEmpty      = errors.New("the body is empty")
	errCutOff     = errors.New("the body ends too early")
	errBackup     = errors.New("the body is no backup of this program, or not all of one; nothing was changed")
	errBackupSize = errors.New("the backup is larger than this service takes; nothing was changed")
	errNotReady   = errors.New("the text index is being built; codes and updates are found all the same")
)

func noRoute(*gin.Context) error  { return errNoRoute }
func noMethod(*gin.Context) error { return errNoMethod }

// badParams are parameters at fault.
type badParams []inputFault

func (b badParams) Error() string { return "see errors" }

// badParam is one parameter at fault; where is query or path.
func badParam(where, name, format string, args ...any) badParams {
	return badParams{{"/" + where + "/" + name, fmt.Sprintf(format, args...)}}
}

// brokenJSON is a body that is no JSON, and where it stops being it.
type brokenJSON facts.Fault

func (b brokenJSON) Error() string { return facts.Fault(b).String() }

func tellBroken(p *problem, err error) {
	var broken brokenJSON
	errors.As(err, &broken)
	p.Errors = []inputFault{{broken.Pointer, broken.Detail}}
}

// unsupported is a body in a form that is not read here.
type unsupported struct{ header, want string }

func (u unsupported) Error() string { return "the body's " + u.header + " is not supported here" }

func isErr(wanted ...error) func(error) bool {
	return func(err error) bool {
		return slices.ContainsFunc(wanted, func(want error) bool { return errors.Is(err, want) })
	}
}

func isType[E error](err error) bool {
	var want E
	return errors.As(err, &want)
}

func tellParams(p *problem, err error) {
	var bad badParams
	errors.As(err, &bad)
	p.Errors = bad
	p.Detail = bad[0].Detail
}

func tellFaults(p *problem, err error) {
	var faults facts.Faults
	errors.As(err, &faults)
	for _, f := range faults {
		p.Errors = append(p.Errors, inputFault{f.Pointer, f.Detail})
	}
	p.Detail = faults[0].String()
}

func tellLimit(p *problem, err error) {
	var limit *http.MaxBytesError
	errors.As(err, &limit)
	p.Detail = fmt.Sprintf("the body has more than %d bytes", limit.Limit)
	p.Fix = "Send less: leave out log lines that repeat."
}

func tellArchive(p *problem, err error) {
	var limit *bundle.LimitError
	errors.As(err, &limit)
	p.Detail, p.Fix = limit.Detail, limit.Fix
}

func tellUnsupported(p *problem, err error) {
	var u unsupported
	errors.As(err, &u)
	p.Fix = fmt.Sprintf("Send the body with %s: %s.", u.header, u.want)
}

func tellScope(p *problem, err error) {
	var missing noScope
	errors.As(err, &missing)
	p.Fix = "Use a token with the scope " + strings.Join(missing.need.List(), " or ") + "."
}

func tellTransition(p *problem, err error) {
	var t cases.Transition
	errors.As(err, &t)
	p.Fix = "Write one of these statuses: " + strings.Join(t.May, ", ") + "."
}

func tellKey(p *problem, _ error)      { p.Detail = store.ErrKeyReused.Error() }
func tellConflict(p *problem, _ error) { p.Detail = store.ErrConflict.Error() }
func tellWait(p *problem, err error) {
	var many tooMany
	errors.As(err, &many)
	p.Fix = "Try again in " + many.seconds() + " s, as Retry-After says."
}

// tellNothing keeps what the error says inside.
func tellNothing(p *problem, _ error) { p.Detail = "The service did not finish the answer." }

func tellCode(decode *cases.Decode) func(*problem, error) {
	return func(p *problem, err error) {
		var wrong *errcode.ParseError
		errors.As(err, &wrong)
		p.Reason = string(wrong.Reason)
		p.Errors = []inputFault{{"/path/code", wrong.Error()}}
		p.Near = codeNames(decode.Near(wrong.Input))
	}
}

// asProblem makes the answer to an error.
func (s *server) asProblem(c *gin.Context, err error) problem {
	p := problem{Instance: c.Request.URL.EscapedPath(), ID: requestID(c)}
	for _, row := range s.table {
		if !row.is(err) {
			continue
		}
		p.fill(row.kind)
		p.Detail = err.Error()
		if row.tell != nil {
			row.tell(&p, err)
		}
		return p
	}
	p.fill(internalKind)
	p.Detail = "The service failed to answer."
	return p
}

func (p *problem) fill(k kind) {
	p.Type, p.Title, p.Status, p.Fix = "urn:patchmedic:problem:"+k.name, k.title, k.status, k.fix
}

var problemType = []string{"application/problem+json"}

// fail answers an error. An error of ours is logged, with the id that the client
// is given.
func (s *server) fail(c *gin.Context, err error) {
	p := s.asProblem(c, err)
	if p.Status >= 500 && !errors.Is(err, errNotReady) {
		s.logFailure(c, p, err)
	}
	h := c.Writer.Header()
	for _, name := range []string{"Etag", "Content-Language", "Content-Length", "Content-Disposition"} {
		h.Del(name)
	}
	h["Cache-Control"] = noStore
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="patchmedic"`)
	case http.StatusUnsupportedMediaType:
		h.Set("Accept-Encoding", "gzip, zstd")
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "1")
	case http.StatusTooManyRequests:
		var many tooMany
		errors.As(err, &many)
		h.Set("Retry-After", many.seconds())
	}
	c.Abort()
	if encode(p, func(body []byte) { send(c, p.Status, problemType, body) }) != nil {
		c.Status(http.StatusInternalServerError) // a problem is made of texts: this cannot happen
	}
}

// panicked is a panic of a handler, with the stack it came from.
type panicked struct {
	value any
	stack []byte
}

func (p panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

func (s *server) logFailure(c *gin.Context, p problem, err error) {
	attrs := []slog.Attr{slog.String("request_id", p.ID), slog.String("route", c.FullPath()), slog.Any("error", err)}
	var broken panicked
	if errors.As(err, &broken) {
		attrs = append(attrs, slog.String("stack", string(broken.stack)))
	}
	s.Logger.LogAttrs(c.Request.Context(), slog.LevelError, "request failed", attrs...)
}

// wellFormed tells a document that breaks JSON's own rules from one that says
// something unusable.
func wellFormed(data []byte, err error) error {
	var faults facts.Faults
	if !errors.As(err, &faults) || json.Valid(data) && utf8.Valid(data) {
		return err
	}
	return brokenJSON(faults[len(faults)-1])
}
