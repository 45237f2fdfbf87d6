//go:build !windows

package sysproxy

import (
	"net/http"
	"net/url"
)

// For returns the proxy for a request, nil for none. It is made to be the Proxy
// of a [http.Transport].
func For(r *http.Request) (*url.URL, error) { return http.ProxyFromEnvironment(r) }
