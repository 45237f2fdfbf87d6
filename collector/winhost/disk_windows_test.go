package winhost

import (
	"encoding/hex"
	"testing"
)

// TestPartition: the answers are made after winioctl.h, since Wine does not give
// any.
func TestPartition(t *testing.T) {
	for name, c := range map[string]struct {
		style byte
		at32  string
		want  partition
	}{
		"the system partition of a GPT disk": {1, "28732ac11ff8d211ba4b00a0c93ec93b", partition{kind: "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"}},
		"an active one of an MBR disk":       {0, "07010100", partition{kind: "0x07", active: true}},
		"a hidden one of an MBR disk":        {0, "27000100", partition{kind: "0x27"}},
		"a disk without partitions":          {2, "ffffffff", partition{}},
	} {
		t.Run(name, func(t *testing.T) {
			answer := make([]byte, 144)
			answer[0] = c.style
			if _, err := hex.Decode(answer[32:], []byte(c.at32)); err != nil {
				t.Fatal(err)
			}
			if got := partitionFrom(answer); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}
