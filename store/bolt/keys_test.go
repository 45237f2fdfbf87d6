package bolt

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzKey holds that keys can be split again, sort as their parts do, and begin
// another only where the parts are the same.
func FuzzKey(f *testing.F) {
	for _, s := range [][4]string{{"a", "b", "a", "c"}, {"a", "", "a\x00", ""}, {"a\x00\x01", "b", "a", "\x01b"}, {"a\x00\x02", "", "a\x00", "\x02"}, {"", "", "\x00", "\x01"}} {
		f.Add(s[0], s[1], s[2], s[3])
	}
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		x, y := []string{a, b}, []string{c, d}
		if got := split(key(x...)); !slices.Equal(got, x) {
			t.Errorf("%q became %q", x, got)
		}
		if got, want := bytes.Compare(key(x...), key(y...)), slices.Compare(x, y); got != want {
			t.Errorf("%q and %q compare as %d, their keys as %d", x, y, want, got)
		}
		if bytes.HasPrefix(key(y...), key(a)) != (a == c) {
			t.Errorf("the key of %q begins that of %q", a, y)
		}
		if text := strings.Join(x, ""); utf8.ValidString(a) && utf8.ValidString(b) && !utf8.Valid(key(x...)) {
			t.Errorf("the key of the text %q is none", text)
		}
	})
}
