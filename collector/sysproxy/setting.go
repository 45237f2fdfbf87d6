package sysproxy

import (
	"net"
	"net/url"
	"strings"
)

// setting is a proxy as Windows keeps it.
type setting struct {
	// list has proxies divided by semicolons or spaces, each for all addresses or
	// for those of one scheme: "http=a:80;https=b:80", "a:80".
	list string
	// bypass has the hosts that are reached directly, divided likewise:
	// "*.contoso.example;10.*;<local>".
	bypass string
}

// proxy returns the proxy for an address, nil for none. Of several the first is
// taken. A SOCKS proxy is passed over: Windows means version 4, which asks the
// client for the name's address.
func (s setting) proxy(to *url.URL) *url.URL {
	if s.bypasses(to) {
		return nil
	}
	var general *url.URL
	for _, entry := range fields(s.list) {
		scheme, address, of := strings.Cut(entry, "=")
		if !of {
			address = entry
		}
		proxy := parse(address)
		switch {
		case proxy == nil:
		case of && strings.EqualFold(scheme, to.Scheme):
			return proxy
		case !of && general == nil:
			general = proxy
		}
	}
	return general
}

// parse reads the address of a proxy, with or without a scheme; nil for what is
// none.
func parse(address string) *url.URL {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil
	}
	return &url.URL{Scheme: u.Scheme, User: u.User, Host: u.Host}
}

// bypasses reports whether an address is reached directly. This machine always
// is, unless the list says <-loopback>.
func (s setting) bypasses(to *url.URL) bool {
	host, port := strings.ToLower(to.Hostname()), to.Port()
	entries := fields(strings.ToLower(s.bypass))
	local := isLoopback(host)
	for _, entry := range entries {
		switch {
		case entry == "<-loopback>":
			local = false
		case entry == "<local>":
			local = local || !strings.ContainsAny(host, ".:")
		case matches(entry, to.Scheme, host, port):
			return true
		}
	}
	return local
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// matches reports whether an entry of a bypass list is of a host: perhaps with a
// scheme before and a port behind, with stars for any characters.
func matches(entry, scheme, host, port string) bool {
	if of, rest, ok := strings.Cut(entry, "://"); ok {
		if of != scheme {
			return false
		}
		entry = rest
	}
	if h, p, err := net.SplitHostPort(entry); err == nil {
		if port == "" {
			port = map[string]string{"http": "80", "https": "443"}[scheme]
		}
		return p == port && wild(h, host)
	}
	return wild(strings.Trim(entry, "[]"), host)
}

// wild reports whether a pattern with stars is of a text.
func wild(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	first, last := parts[0], parts[len(parts)-1]
	if len(parts) == 1 {
		return pattern == text
	}
	if !strings.HasPrefix(text, first) || len(text) < len(first)+len(last) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return true
}

// fields divides a list of Windows.
func fields(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ';' || r == ' ' || r == '\t' || r == '\r' || r == '\n' })
}
