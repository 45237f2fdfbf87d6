package sysproxy

import (
	"net/http"
	"net/url"
	"os"
	"time"
)

// scriptTime bounds the search for a script and its answer: networks where
// nobody has one let the question go unanswered, and Windows asks it by default. It
// is less than what the least patient requests have, which then still have time to
// go out directly.
const scriptTime = 5 * time.Second

// For returns the proxy for a request, nil for none. It is made to be the Proxy
// of a [http.Transport]. A setting that cannot be read is passed over, and a
// script that does not answer in time means none: a proxy that is really needed
// shows when the connection fails.
func For(r *http.Request) (*url.URL, error) {
	for _, name := range []string{"HTTPS_PROXY", "HTTP_PROXY"} { // names have no case here
		if os.Getenv(name) != "" {
			return http.ProxyFromEnvironment(r)
		}
	}
	if machine := machineSetting(); machine.list != "" {
		return machine.proxy(r.URL), nil
	}
	user, automatic := userSetting()
	if automatic.wanted() {
		if found, ok := automatic.within(r, scriptTime); ok {
			return found.proxy(r.URL), nil
		}
	}
	return user.proxy(r.URL), nil
}

// script is where the Internet Options have the script that chooses a proxy.
type script struct {
	search  bool   // for one in the network (WPAD)
	address string // "" for none
}

func (s script) wanted() bool { return s.search || s.address != "" }

// within asks the script for a request's proxy, for no longer than the time.
// Nothing can end the question before: it ends by itself, and nobody hears it.
func (s script) within(r *http.Request, d time.Duration) (found setting, ok bool) {
	type answer struct {
		setting
		ok bool
	}
	page := (&url.URL{Scheme: r.URL.Scheme, Host: r.URL.Host, Path: "/"}).String()
	answers := make(chan answer, 1)
	go func() {
		found, ok := s.ask(page)
		answers <- answer{found, ok}
	}()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case a := <-answers:
		return a.setting, a.ok
	case <-timer.C:
	case <-r.Context().Done():
	}
	return setting{}, false
}
