package facts

import (
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// Scrubber replaces what names a person, a machine or a secret by tokens. The
// same name becomes the same token wherever it stands ("user-1"), so that a
// log can still be followed; another Scrubber numbers anew. It is not safe for
// concurrent use: take one per report.
//
// What it knows: user names in profile paths, accounts after a word that
// announces one, e-mail addresses, SIDs, IP and MAC addresses, UNC servers,
// host names in fields that hold one, credentials in URLs and after words such
// as password, BitLocker recovery keys and product keys.
type Scrubber struct {
	tokens map[string]string
	count  map[string]int
	hosts  []string // names to be replaced wherever they stand
}

// NewScrubber returns a Scrubber that has seen nothing.
func NewScrubber() *Scrubber {
	return &Scrubber{tokens: map[string]string{}, count: map[string]int{}}
}

// Report scrubs every text of a report in place.
func (s *Scrubber) Report(r *Report) {
	if name, ok := r.Device.V.Name.Get(); ok && len(name) > 2 {
		s.hosts = append(s.hosts, name)
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
	case f.scrub == "url":
		v.SetString(s.url(v.String()))
	default:
		v.SetString(s.Text(v.String()))
	}
}

// token returns the stable replacement for a name.
func (s *Scrubber) token(kind, name string) string {
	key := kind + "\x00" + strings.ToLower(name)
	if t, ok := s.tokens[key]; ok {
		return t
	}
	s.count[kind]++
	t := kind + "-" + strconv.Itoa(s.count[kind])
	s.tokens[key] = t
	return t
}

// scrubRules are applied in this order; the named group "x" is what is replaced.
var scrubRules = []struct {
	kind string // "" removes what was found
	re   *regexp.Regexp
}{
	{"recovery-key", regexp.MustCompile(`\b(?P<x>\d{6}(?:-\d{6}){7})\b`)},
	{"product-key", regexp.MustCompile(`\b(?P<x>[A-Z0-9]{5}(?:-[A-Z0-9]{5}){4})\b`)},
	{"secret", regexp.MustCompile(`(?i)\b(?:password|passwd|pwd|mot de passe|secret|token|api[_-]?key)\s*[:=]\s*(?P<x>[^\s,;"']+)`)},
	{"secret", regexp.MustCompile(`(?i)\bbearer\s+(?P<x>[A-Za-z0-9._~+/=-]{8,})`)},
	{"secret", regexp.MustCompile(`://(?P<x>[^/\s@:]+(?::[^/\s@]*)?)@`)},
	{"mail", regexp.MustCompile(`(?P<x>[\p{L}0-9._%+-]+@[\p{L}0-9-]+(?:\.[\p{L}0-9-]+)+)`)},
	{"sid", regexp.MustCompile(`\b(?P<x>S-1-(?:5-21|12-1)(?:-\d+){2,})\b`)},
	{"user", regexp.MustCompile(`(?i)\\(?:Users|Utilisateurs|Documents and Settings)\\(?P<x>[^\\/:*?"<>|\r\n]+)`)},
	{"user", regexp.MustCompile(`(?i)\b(?:user(?:name)?|account|utilisateur|compte)\s*[:=]\s*"?(?P<x>[\p{L}0-9._-]+(?:\\[\p{L}0-9._$-]+)?)`)},
	{"host", regexp.MustCompile(`(?:^|[^\\\w])\\\\(?P<x>[A-Za-z0-9][A-Za-z0-9._-]*)\\`)},
	{"mac", regexp.MustCompile(`\b(?P<x>[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5})\b`)},
	{"ip", regexp.MustCompile(`(?:^|[^\w.])(?P<x>(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d))(?:$|[^\w.]|\.(?:\s|$))`)},
	{"ip", regexp.MustCompile(`(?:^|[^\w:])(?P<x>(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|(?:[0-9A-Fa-f]{1,4}:){1,6}(?::[0-9A-Fa-f]{1,4}){1,6})(?:$|[^\w:])`)},
}

// sharedProfiles are profile folders that belong to nobody.
var sharedProfiles = map[string]bool{"public": true, "default": true, "default user": true, "all users": true, "defaultapppool": true}

// Text returns the text with tokens in the place of names and secrets.
func (s *Scrubber) Text(text string) string {
	for _, rule := range scrubRules {
		text = s.replace(rule.re, rule.kind, text)
	}
	for _, host := range s.hosts {
		re := regexp.MustCompile(`(?i)\b(?P<x>` + regexp.QuoteMeta(host) + `)\b`)
		text = s.replace(re, "host", text)
	}
	return text
}

func (s *Scrubber) replace(re *regexp.Regexp, kind, text string) string {
	group := 2 * re.SubexpIndex("x")
	var out strings.Builder
	at := 0
	for at <= len(text) {
		m := re.FindStringSubmatchIndex(text[at:])
		if m == nil {
			break
		}
		start, end := at+m[group], at+m[group+1]
		out.WriteString(text[at:start])
		name := text[start:end]
		if kind == "user" && sharedProfiles[strings.ToLower(name)] || isToken(name) {
			out.WriteString(name)
		} else {
			out.WriteString(s.token(kind, name))
		}
		at = end
	}
	if at == 0 {
		return text
	}
	out.WriteString(text[min(at, len(text)):])
	return out.String()
}

var tokenShape = regexp.MustCompile(`^(?:recovery-key|product-key|secret|mail|sid|user|host|mac|ip)-\d+$`)

// isToken keeps a second pass from replacing what the first one put there.
func isToken(name string) bool { return tokenShape.MatchString(name) }

// publicHosts are names of Microsoft's update services: they say nothing about
// a site, and the advice depends on them.
var publicHosts = []string{"microsoft.com", "windowsupdate.com", "windows.com", "windows.net", "msftconnecttest.com", "digicert.com", "localhost"}

func (s *Scrubber) host(name string) string {
	lower := strings.ToLower(strings.TrimSpace(name))
	for _, public := range publicHosts {
		if lower == public || strings.HasSuffix(lower, "."+public) {
			return name
		}
	}
	if lower == "" || isToken(lower) {
		return name
	}
	return s.token("host", lower)
}

// url keeps scheme, port and path, which matter, and replaces host and credentials.
func (s *Scrubber) url(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		host, rest, found := strings.Cut(text, ":")
		if found {
			return s.host(host) + ":" + rest
		}
		return s.host(text)
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	host := s.host(u.Hostname())
	if port := u.Port(); port != "" {
		host += ":" + port
	}
	u.Host = host
	return u.String()
}
