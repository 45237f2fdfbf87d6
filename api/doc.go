// Package api is the service as JSON over HTTP: routes, wire types, problems and
// who may call. It decodes, calls one use case of internal/cases and encodes; it
// knows nothing of causes and remedies.
//
// # Conventions
//
// Field names are snake_case, times are RFC 3339 in UTC, lists are never null.
// The language comes from ?lang=fr|en, else from Accept-Language, else from
// [Config.DefaultLang]. What can be read has an ETag made of the revision of its
// source; If-None-Match answers 304. Lists are paged by a cursor that holds the
// revision it began in: 409 asks to begin again.
//
// # Editing
//
// A change of an article or a remedy says which version it changes: If-Match with
// the ETag of its page, of its source or of the change before. Of a tag the part
// before the first dot counts, the revision of the document's text; the rest tells
// answers apart. What is written is read, found and advised when the answer comes.
//
// # Errors
//
// Handlers return errors; [problems] is the only place that turns them into a
// status. Every answer of 400 and above is application/problem+json (RFC 9457)
// with the faults of the input and what to do next. A 5xx carries an id and
// nothing else; the log has the rest under that id.
//
// # Who may call
//
// A caller is a [access.Principal] with scopes: by the token that comes with the request, or,
// in a service that listens on loopback, without one as "local", who reads and
// reports. Such a request must name a loopback host, so that a page in a browser
// on the same machine cannot reach the service by a name of its own, and must not
// be one that a proxy says to have passed on. A browser's
// POST from another site is refused either way. What each scope may do stands in
// one table, [server.routes], from which the routes are made.
//
// # The description
//
// The comments above the handlers are the API's description: swag reads them and
// docs/internal/openapi makes docs/openapi/openapi.json of it. Every test holds
// requests and answers against that file. After a change run
//
//	go generate ./api
package api

//go:generate go run ../docs/internal/openapi -root ..
