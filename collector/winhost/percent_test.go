package winhost

import (
	"encoding/binary"
	"slices"
	"testing"
	"unicode/utf16"
)

func TestPercentages(t *testing.T) {
	for _, test := range []struct {
		name, output string
		want         []int
	}{
		{"English", "\r\n\r\nChecking 3 parts.\r\n\rPart 0% complete.\rPart 0% complete.\rPart 7% complete.\rPart 100% complete.\r\n", []int{0, 7, 100}},
		{"French", "\r\nExamen des 12 fichiers : 9 % effectués.\rExamen : 10\u00a0% effectués.\rExamen : 42\u202f% effectués.", []int{9, 10, 42}},
		{"German", "\r\nPrüfung zu 5 % abgeschlossen, Schritt 3.", []int{5}},
		{"the sign first", "\r\nKontrol %42 tamam.\r\n", nil},
		{"no percentage", "\r\nOnly 5 of 100 (100).\r\n%\r\n 250%\r\n99999999999999999999%", nil},
		{"again from the beginning", "\r\n100%\r0%", []int{100, 0}},
	} {
		for encoding, output := range map[string][]byte{"UTF-16": wide(test.output), "UTF-8": []byte(test.output)} {
			for _, size := range []int{1, 3, len(output)} { // of what is written at once
				var got []int
				s := newPercentages(func(p int) { got = append(got, p) })
				for part := range slices.Chunk(output, size) {
					if n, err := s.Write(part); n != len(part) || err != nil {
						t.Fatal(n, err)
					}
				}
				if !slices.Equal(got, test.want) {
					t.Errorf("%s in %s by %d: %v, want %v", test.name, encoding, size, got, test.want)
				}
			}
		}
	}
}

// TestPercentagesInChinese: half of a character is no digit and no sign.
func TestPercentagesInChinese(t *testing.T) {
	s := newPercentages(func(p int) { t.Errorf("reports %d", p) })
	s.Write(wide("\r\n\u5b35\u4e25\u3125\r\n")) // 35 5B, 25 4E, 25 31
}

// FuzzPercentages wants the same reports however the output is cut, each a change,
// of numbers that are percentages.
func FuzzPercentages(f *testing.F) {
	f.Add(wide("\r\n9 % 10%"), uint(3))
	f.Add([]byte("100%\r0%"), uint(1))
	f.Fuzz(func(t *testing.T, output []byte, cut uint) {
		var whole, parts []int
		newPercentages(func(p int) { whole = append(whole, p) }).Write(output)
		s := newPercentages(func(p int) { parts = append(parts, p) })
		at := int(cut % uint(len(output)+1))
		s.Write(output[:at])
		s.Write(output[at:])
		if !slices.Equal(whole, parts) {
			t.Errorf("%v, and %v when it is cut at %d", whole, parts, at)
		}
		last := -1
		for _, p := range whole {
			if p < 0 || p > 100 || p == last {
				t.Errorf("%v", whole)
			}
			last = p
		}
	})
}

func wide(text string) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return out
}
