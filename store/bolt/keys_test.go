package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/patchmedic/patchmedic/store"
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

// FuzzBody holds that no bytes of a body make it fail, and that what was written
// is read.
func FuzzBody(f *testing.F) {
	whole, err := new(scratch).encode(store.ReportBody{Facts: []byte("{}"), Advice: []byte("[]"), Lang: "fr"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[4:])
	var used scratch // again and again, as a store does
	f.Fuzz(func(t *testing.T, data []byte) {
		sum := binary.BigEndian.AppendUint32(nil, crc32.Checksum(data, castagnoli))
		for _, b := range [][]byte{data, append(sum, data...)} {
			if _, err := decodeBody(b); err != nil && !errors.Is(err, store.ErrDamaged) {
				t.Errorf("%x: %v", b, err)
			}
		}
		packed, err := used.encode(store.ReportBody{Facts: data, Advice: data[:len(data)/2]})
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeBody(packed)
		if err != nil || !bytes.Equal(got.Facts, data) || !bytes.Equal(got.Advice, data[:len(data)/2]) {
			t.Errorf("%x became %x, %x, %v", data, got.Facts, got.Advice, err)
		}
	})
}
