package sysproxy

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"golang.org/x/sys/windows/registry"
)

// TestFor holds the order: the environment comes before the Internet Options of
// this account, which are put back.
func TestFor(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "")
	t.Setenv("HTTP_PROXY", "")
	if machine := machineSetting(); machine.list != "" {
		t.Skipf("WinHTTP of this machine has the proxy %s", machine.list)
	}
	options(t, "https=p.contoso.example:81;q:80", "*.direct.example;<local>")
	for address, want := range map[string]string{
		"https://pm.example/": "http://p.contoso.example:81", "http://pm.example/": "http://q:80", "https://pm.direct.example/": "<nil>", "https://pm/": "<nil>",
	} {
		if got := proxyFor(t, address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
	t.Setenv("HTTPS_PROXY", "http://e.contoso.example:82") // read once: no other test may ask before
	if got := proxyFor(t, "https://pm.example/"); got != "http://e.contoso.example:82" {
		t.Errorf("with a proxy in the environment: %s", got)
	}
}

// TestScript asks a script, one that is not there and one that hangs: they fall
// back to what else the Internet Options say, in time.
func TestScript(t *testing.T) {
	wait := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/proxy.pac":
			w.Header().Set("Content-Type", "application/x-ns-proxy-autoconfig")
			fmt.Fprint(w, `function FindProxyForURL(url, host) { return host == "pm.example" ? "PROXY s.contoso.example:3128" : "DIRECT"; }`)
		case "/hangs.pac":
			<-wait
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	defer close(wait)
	for _, test := range []struct{ script, page, want string }{
		{"/proxy.pac", "https://pm.example/", "http://s.contoso.example:3128"},
		{"/proxy.pac", "https://other.example/", "<nil>"},
		{"/none.pac", "https://pm.example/", "<nil>"},
	} {
		found, ok := script{address: server.URL + test.script}.within(httptest.NewRequest(http.MethodPost, test.page, nil), time.Minute)
		request := httptest.NewRequest(http.MethodPost, test.page, nil)
		if got := fmt.Sprint(found.proxy(request.URL)); got != test.want {
			t.Errorf("%s for %s: %s (%v), want %s", test.script, test.page, got, ok, test.want)
		}
	}
	request := httptest.NewRequest(http.MethodPost, "https://pm.example/", nil)
	if found, ok := (script{address: server.URL + "/hangs.pac"}).within(request, 200*time.Millisecond); ok {
		t.Errorf("a script that hangs says %+v", found)
	}
}

func proxyFor(t *testing.T, address string) string {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	proxy, err := For(request)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(proxy)
}

// options sets a proxy in the Internet Options for the time of a test, as their
// dialog keeps it: numbers and texts with their lengths.
func options(t *testing.T, list, bypass string) {
	t.Helper()
	key, _, err := registry.CreateKey(registry.CURRENT_USER, `Software\Microsoft\Windows\CurrentVersion\Internet Settings\Connections`, registry.ALL_ACCESS)
	if err != nil {
		t.Fatal(err)
	}
	const name = "DefaultConnectionSettings"
	before, _, err := key.GetBinaryValue(name)
	had := err == nil
	t.Cleanup(func() {
		if had {
			key.SetBinaryValue(name, before)
		} else {
			key.DeleteValue(name)
		}
		key.Close()
	})
	const direct, named = 1, 2
	var data []byte
	for _, number := range []uint32{0x46, 1, direct | named} {
		data = binary.LittleEndian.AppendUint32(data, number)
	}
	for _, text := range []string{list, bypass, ""} {
		data = append(binary.LittleEndian.AppendUint32(data, uint32(len(text))), text...)
	}
	if err := key.SetBinaryValue(name, append(data, make([]byte, 32)...)); err != nil {
		t.Fatal(err)
	}
}
