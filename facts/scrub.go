package facts

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Scrubber replaces what names a person, a machine or a secret by tokens. The
// same name becomes the same token wherever it stands, so that a log can still
// be followed. It is not safe for concurrent use: take one per report.
//
// What it knows without being told: user names in profile paths and what people
// keep below a profile, accounts after a word that announces one and in the form
// DOMAIN\user, e-mail addresses, SIDs, ids of machines and tenants, IP and MAC
// addresses, phone numbers, servers and paths of UNC names, hosts and queries of
// URLs, hosts with a port or of a private domain, host names that Windows makes
// up, names of directories (DC=), organisations in names of OneDrive folders,
// names of wireless networks, serial numbers and those of devices, credentials,
// BitLocker recovery keys and product keys; testdata/scrub.txt shows each. What
// else is a name on this machine, it is told by People and Hosts: a host below a
// known domain is one token with its whole name.
//
// A text that is scrubbed again stays as it is.
type Scrubber struct {
	key    []byte // of a site; nil: tokens are numbered
	tokens map[string]string
	count  map[string]int
	known  knownNames
}

// NewScrubber returns a Scrubber that numbers its tokens ("user-1"): another
// one numbers anew.
func NewScrubber() *Scrubber {
	return &Scrubber{tokens: map[string]string{}, count: map[string]int{}}
}

// NewKeyedScrubber returns a Scrubber whose tokens ("user-3fa9c21b") are the
// same in all reports that are made with the same key, and tell nothing to who
// lacks it.
func NewKeyedScrubber(key []byte) *Scrubber {
	s := NewScrubber()
	s.key = key
	return s
}

// People tells names of persons: of accounts, or as written on a badge. They
// are replaced wherever they stand as words, and so are the parts of a name of
// several words. A name that is a common word of servicing logs ("user",
// "update") is left: it names nobody.
func (s *Scrubber) People(names ...string) { s.known.add("user", names) }

// Hosts tells names of machines, domains and organisations, which are replaced
// wherever they stand as words.
func (s *Scrubber) Hosts(names ...string) { s.known.add("host", names) }

// Report scrubs every text of a report in place.
func (s *Scrubber) Report(r *Report) {
	if name, ok := r.Device.V.Name.Get(); ok {
		s.Hosts(name)
	}
	s.object(reportPlan(), reflect.ValueOf(r).Elem())
}

func (s *Scrubber) object(p *plan, object reflect.Value) {
	for i := range p.fields {
		f := &p.fields[i]
		if f.scrub == "keep" || (f.kind != Text && f.item == nil) {
			continue
		}
		m := f.slotOf(object)
		if m == nil || m.State() != Known {
			continue
		}
		s.value(f, pointed(m))
	}
}

func (s *Scrubber) value(f *planField, v reflect.Value) {
	switch {
	case f.list:
		for i := range v.Len() {
			s.element(f, v.Index(i))
		}
	default:
		s.element(f, v)
	}
}

func (s *Scrubber) element(f *planField, v reflect.Value) {
	switch {
	case f.item != nil:
		s.object(f.item, v)
	case v.Kind() != reflect.String:
	case f.scrub == "host":
		v.SetString(s.host(v.String()))
	case f.scrub == "title":
		v.SetString(s.title(v.String()))
	case f.scrub == "url":
		v.SetString(s.Text(s.addresses(v.String())))
	case f.scrub == "paths":
		v.SetString(s.Text(s.paths(v.String())))
	default:
		v.SetString(s.Text(v.String()))
	}
}

// Text returns the text with tokens in the place of names and secrets.
func (s *Scrubber) Text(text string) string {
	lower := strings.ToLower(text)
	for i := range scrubRules {
		if rule := &scrubRules[i]; rule.mayFind(lower) {
			text = s.replace(rule, text)
		}
	}
	return s.known.replace(text, s.token)
}

func (s *Scrubber) replace(rule *scrubRule, text string) string {
	group := 2 * rule.re.SubexpIndex("x")
	var out strings.Builder
	at := 0
	for at <= len(text) {
		m := rule.next(text, at, group)
		if m == nil {
			break
		}
		if m[group] < 0 { // what looks alike and is none
			out.WriteString(text[at:m[1]])
			at = m[1]
			continue
		}
		out.WriteString(text[at:m[group]])
		out.WriteString(s.found(rule, text[m[group]:m[group+1]]))
		at = m[group+1]
	}
	if at == 0 {
		return text
	}
	out.WriteString(text[min(at, len(text)):])
	return out.String()
}

// found returns what takes the place of what a rule found.
func (s *Scrubber) found(rule *scrubRule, name string) string {
	switch {
	case isToken(name):
		return name
	case rule.kind == "url":
		end := len(strings.TrimRight(name, ".,;:!)]}»…"))
		return s.url(name[:end]) + name[end:]
	case rule.kind == "host":
		end := len(strings.TrimRight(name, "."))
		if nobody(name[:end]) {
			return name
		}
		return s.host(name[:end]) + name[end:]
	case rule.kind == "home":
		return s.home(name)
	case rule.kind == "user":
		end := len(strings.TrimRight(name, ".}'»’ "))
		if nobody(name[:end]) {
			return name
		}
		return s.token("user", name[:end]) + name[end:]
	case rule.kind == "path" && beginsWithToken(name):
		return name // what follows was no part of the path
	}
	return s.token(rule.kind, name)
}

// home hides what stands below a profile: people name their folders and files
// after what they are about. What programs keep there stays, and the file's own
// name where it is one of Windows'.
func (s *Scrubber) home(below string) string {
	lower := strings.ToLower(below)
	first, _, _ := strings.Cut(strings.ReplaceAll(lower, "/", `\`), `\`)
	at := strings.LastIndexAny(below, `\/`) + 1
	switch {
	case first == "appdata" || strings.HasPrefix(first, "ntuser") || beginsWithToken(first):
		return below
	case !isFile(lower):
		return s.token("path", below)
	case at == 0:
		return below
	}
	folders := strings.TrimRight(below[:at], `\/`)
	return s.token("path", folders) + below[len(folders):]
}

// token returns the stable replacement for a name.
func (s *Scrubber) token(kind, name string) string {
	key := kind + "\x00" + strings.ToLower(name)
	if t, ok := s.tokens[key]; ok {
		return t
	}
	var t string
	if s.key != nil {
		mac := hmac.New(sha256.New, s.key)
		mac.Write([]byte(key))
		t = kind + "-" + hex.EncodeToString(mac.Sum(nil)[:4])
	} else {
		s.count[kind]++
		t = kind + "-" + strconv.Itoa(s.count[kind])
	}
	s.tokens[key] = t
	return t
}

const (
	tokenKinds = `recovery-key|product-key|secret|mail|sid|user|host|path|org|serial|mac|ip|url|id|wifi|phone`
	tokenForm  = `^(?:` + tokenKinds + `)-(?:\d+|[0-9a-f]{8})`
)

var (
	tokenShape = regexp.MustCompile(tokenForm + `$`)
	tokenFirst = regexp.MustCompile(tokenForm + `(?:$|[^\p{L}0-9_-])`)
)

// isToken keeps a second pass from replacing what the first one put there.
func isToken(name string) bool { return tokenShape.MatchString(name) }

func beginsWithToken(name string) bool { return tokenFirst.MatchString(name) }

// publicHosts are names of Microsoft's update services: they say nothing about
// a site, and the advice depends on them.
var publicHosts = []string{"microsoft.com", "windowsupdate.com", "windows.com", "login.windows.net", "msftconnecttest.com", "digicert.com", "localhost"}

func (s *Scrubber) host(name string) string {
	lower := strings.ToLower(strings.TrimSpace(name))
	if lower == "none" || lower == "direct" { // in the place of a proxy
		return name
	}
	if lower == "" || public(lower) || isToken(lower) {
		return name
	}
	return s.token("host", lower)
}

func public(host string) bool {
	return slices.ContainsFunc(publicHosts, func(of string) bool { return host == of || strings.HasSuffix(host, "."+of) })
}

// driverTitle is the title of a driver's update: its maker, its class, and its
// version, which looks like an address.
var driverTitle = regexp.MustCompile(`^(.+ - .+ - )(\d{1,5}(?:\.\d{1,5}){3})$`)

func (s *Scrubber) title(text string) string {
	if m := driverTitle.FindStringSubmatch(text); m != nil {
		return s.Text(m[1]) + m[2]
	}
	return s.Text(text)
}

// paths are folders with a semicolon between. Of a UNC name nothing stays, since
// its folders may have spaces in their names.
func (s *Scrubber) paths(text string) string {
	parts := strings.Split(text, ";")
	for i, part := range parts {
		unc, ok := strings.CutPrefix(part, `\\`)
		host, rest, below := strings.Cut(unc, `\`)
		if !ok || host == "?" || host == "." || isToken(host) {
			continue
		}
		parts[i] = `\\` + s.host(host)
		if below {
			parts[i] += `\` + s.token("path", rest)
		}
	}
	return strings.Join(parts, ";")
}

// addresses are one URL or host, or several as a proxy has them for each
// scheme: "http=a:80;https=b:80".
func (s *Scrubber) addresses(text string) string {
	var out strings.Builder
	for len(text) > 0 {
		end := strings.IndexAny(text, "; =")
		if end < 0 {
			end = len(text)
		}
		part, divider := text[:end], text[end:min(end+1, len(text))]
		if divider != "=" && part != "" {
			part = s.url(part)
		}
		out.WriteString(part + divider)
		text = text[end+len(divider):]
	}
	return out.String()
}

// url keeps scheme, port and path, which matter, and replaces host and
// credentials. A query may hold a signature and goes.
func (s *Scrubber) url(text string) string {
	u, err := url.Parse(text)
	switch {
	case err == nil && u.Host != "":
	case strings.Contains(text, "://"):
		return s.token("url", text)
	default: // host:port, perhaps after credentials
		text = text[strings.LastIndexByte(text, '@')+1:]
		host, rest, found := strings.Cut(text, ":")
		if found {
			return s.host(host) + ":" + rest
		}
		return s.host(text)
	}
	host := s.host(u.Hostname())
	if port := u.Port(); port != "" {
		host += ":" + port
	}
	// A name in the path is no longer one once it is escaped.
	clean := url.URL{Scheme: u.Scheme, Host: host, Path: s.known.replace(u.Path, s.token)}
	return clean.String()
}
