package errcode

import (
	"slices"
	"testing"
)

func TestNear(t *testing.T) {
	for _, tt := range []struct{ typed, want string }{
		{"0x8007306", "0x80070306"},   // a digit is missing
		{"0x800703066", "0x80070306"}, // one too many
		{"0x8007064", "0x80070643"},   // the end was not copied
		{"0x800f0292", "0x800f0922"},  // two swapped
		{"CBS_E_INSTALERS_FAILED", "0x800f0922"},
		{"ERROR_ACESS_DENIED", "0x80070005"},
		{"WU_E_NOSERVICE", "0x80240001"},
		{"0x80070005", ""}, // known
		{"hello", ""},
	} {
		infos := Near(tt.typed)
		if len(infos) > maxNear {
			t.Errorf("Near(%q): %d answers", tt.typed, len(infos))
		}
		if tt.want == "" {
			continue
		}
		if !slices.ContainsFunc(infos, func(i Info) bool { return i.Code.String() == tt.want }) {
			t.Errorf("Near(%q) = %v, want %s among them", tt.typed, infos, tt.want)
		}
	}
	if got := Near("0x80070005"); got != nil {
		t.Errorf("a known code has near misses: %v", got)
	}
}
