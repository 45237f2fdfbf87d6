package kb

import (
	"strings"
	"testing"
)

func TestIDs(t *testing.T) {
	for id, want := range map[string]bool{
		"esp-too-full": true, "0x800f0922": true, strings.Repeat("a", 100): true,
		"": false, "-": false, "a--b": false, "Esp": false, "a b": false, "../a": false, "é": false, strings.Repeat("a", 101): false,
	} {
		if got := validID(id); got != want {
			t.Errorf("%q: %v, want %v", id, got, want)
		}
	}
}
