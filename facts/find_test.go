package facts_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/patchmedic/patchmedic/facts"
)

func TestFind(t *testing.T) {
	tests := []struct{ in, want string }{
		{"bonjour, la mise à jour KB5058411 échoue avec l'erreur 0x80070306, que faire ?", "KB5058411 0x80070306"},
		{"kb 5058411 and kb-5055523, KB 5034441", "KB5058411 KB5055523 KB5034441"},
		{"windows11.0-kb5058411-x64_fc93a482441b42bcf5b0d4b4b8d1ed0ab5dc7a0e.msu", "KB5058411"},
		{"KB12 and KB123456789 and aKB5058411", ""},
		{"build 26100.4061, 10.0.26100.4062 and Windows 11 (22631.2428)", "26100.4061 26100.4062 22631.2428"},
		{"1234.5, 192.168.1.1, 99999.1, 26100.4061.1.8 and 126100.4061", ""},
		{"", ""},
	}
	for _, tt := range tests {
		m := facts.Find(tt.in)
		var got []string
		for _, k := range m.KBs {
			got = append(got, k.KB.String())
			if k.End <= k.Start || k.End > len(tt.in) {
				t.Errorf("%q: offsets %d-%d", tt.in, k.Start, k.End)
			}
		}
		for _, c := range m.Codes {
			got = append(got, c.Code.String())
		}
		for _, b := range m.Builds {
			got = append(got, b.Build.String())
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("Find(%q) = %q, want %q", tt.in, s, tt.want)
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add("KB5058411 0x80070306 26100.4061")
	f.Fuzz(func(t *testing.T, text string) {
		m := facts.Find(text)
		last := 0
		for _, k := range m.KBs {
			if k.Start < last || k.End > len(text) || k.KB == 0 {
				t.Fatalf("%q: %+v", text, k)
			}
			last = k.End
		}
		for _, b := range m.Builds {
			if got := text[b.Start:b.End]; !strings.HasPrefix(got, fmt.Sprint(b.Build.Number)) {
				t.Fatalf("%q: %q is not %v", text, got, b.Build)
			}
		}
	})
}

func FuzzScrub(f *testing.F) {
	f.Add(`C:\Users\j.doe on \\srv\x from 10.0.0.1 password=x`)
	f.Fuzz(func(t *testing.T, text string) {
		s := facts.NewScrubber()
		once := s.Text(text)
		if strings.Contains(text, `\Users\martin\`) && strings.Contains(once, `\Users\martin\`) {
			t.Fatalf("%q left the name in %q", text, once)
		}
	})
}
