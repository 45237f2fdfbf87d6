package sysproxy

import (
	"net/url"
	"os"
	"strings"
	"testing"
)

// TestSettings reads testdata/settings.txt: of each line the list of proxies, the
// list of hosts that go directly, the address, and the proxy for it, or direct.
func TestSettings(t *testing.T) {
	data, err := os.ReadFile("testdata/settings.txt")
	if err != nil {
		t.Fatal(err)
	}
	tested := 0
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		cells := strings.Split(line, "|")
		if len(cells) != 4 {
			t.Fatalf("%q has not four cells", line)
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		to, err := url.Parse(cells[2])
		if err != nil {
			t.Fatal(err)
		}
		got := "direct"
		if proxy := (setting{list: cells[0], bypass: cells[1]}).proxy(to); proxy != nil {
			got = proxy.String()
		}
		if got != cells[3] {
			t.Errorf("%s gives %s", line, got)
		}
		tested++
	}
	if tested < 30 {
		t.Errorf("%d lines only: the file has another form", tested)
	}
}

// FuzzSettings: whatever stands in the registry, a proxy is one that can be
// asked, and a list of a star sends everything directly.
func FuzzSettings(f *testing.F) {
	f.Add("http=a:80;https=b:80", "*.contoso.example;<local>", "pm.contoso.example")
	f.Add("[::1]:8080", "[fe80::*]:443", "a b")
	f.Fuzz(func(t *testing.T, list, bypass, host string) {
		to := &url.URL{Scheme: "https", Host: host}
		if proxy := (setting{list, bypass}).proxy(to); proxy != nil {
			if _, err := url.Parse(proxy.String()); err != nil || proxy.Hostname() == "" {
				t.Errorf("%q gives %v (%v)", list, proxy, err)
			}
		}
		if proxy := (setting{list, bypass + ";*"}).proxy(to); proxy != nil {
			t.Errorf("%q goes over %v and should go directly", host, proxy)
		}
	})
}
