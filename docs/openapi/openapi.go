// Package openapi holds the description of the HTTP interface, OpenAPI 3.1. It
// is made from the comments of package api by docs/internal/openapi and never
// edited by hand.
package openapi

import _ "embed"

//go:embed openapi.json
var document []byte

// JSON returns the description. The caller must not change it.
func JSON() []byte { return document }
