package cabinet_test

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/patchmedic/patchmedic/facts/cabinet"
	"github.com/patchmedic/patchmedic/facts/cabinet/cabinettest"
)

// log is a text of several blocks.
func log(lines int) []byte {
	var b bytes.Buffer
	for i := range lines {
		fmt.Fprintf(&b, "2026-05-%02d 09:00:00, Info                  CBS    Read out cached applicability, line %d of %x\r\n", i%28+1, i, i*i)
	}
	return b.Bytes()
}

func first(t testing.TB, data []byte) ([]byte, error) {
	t.Helper()
	r, err := cabinet.First(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestFirst(t *testing.T) {
	text := log(3000)
	for _, reserved := range []int{0, 20} {
		for _, zip := range []bool{false, true} {
			got, err := first(t, cabinettest.Make(text, zip, reserved))
			if err != nil || !bytes.Equal(got, text) {
				t.Errorf("reserved %d, zip %v: %d bytes of %d, %v", reserved, zip, len(got), len(text), err)
			}
		}
	}
}

// TestOthersCabinets reads what another program packed.
func TestOthersCabinets(t *testing.T) {
	gcab, err := exec.LookPath("gcab")
	if err != nil {
		t.Skip("gcab is not there")
	}
	dir, text := t.TempDir(), log(5000)
	if err := os.WriteFile(filepath.Join(dir, "CBS.log"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{{"-c"}, {"-c", "-z"}} {
		name := filepath.Join(dir, strings.Join(arguments, "")+".cab")
		make := exec.Command(gcab, append(arguments, name, "CBS.log")...)
		make.Dir = dir
		if output, err := make.CombinedOutput(); err != nil {
			t.Fatal(err, string(output))
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := first(t, data); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%v: %d bytes of %d, %v", arguments, len(got), len(text), err)
		}
	}
}

// TestDamaged: what could be unpacked before the damage comes first, then the error.
func TestDamaged(t *testing.T) {
	text := log(3000)
	whole := cabinettest.Make(text, true, 0)
	broken := bytes.Clone(whole)
	third := bytes.Index(broken[bytes.Index(broken, []byte("CK"))+2:], []byte("CK")) + bytes.Index(broken, []byte("CK")) + 2
	broken[third] = 'X'
	for name, data := range map[string][]byte{"cut off": whole[:len(whole)-100], "a block of something else": broken} {
		got, err := first(t, data)
		if err == nil || len(got) < 32<<10 || !bytes.HasPrefix(text, got) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	lzx, several := bytes.Clone(whole), bytes.Clone(whole)
	lzx[36+6] = 3
	several[30] = 2
	for name, data := range map[string][]byte{"LZX": lzx, "several": several, "text": text, "nothing": nil, "head alone": whole[:36]} {
		if got, err := first(t, data); err == nil || len(got) > 0 {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	if _, err := cabinet.First(bytes.NewReader(text)); !errors.Is(err, cabinet.ErrNot) {
		t.Error(err)
	}
}

func FuzzFirst(f *testing.F) {
	f.Add(cabinettest.Make(log(100), true, 0))
	f.Add(cabinettest.Make(log(10), false, 20))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := cabinet.First(bytes.NewReader(data))
		if err != nil {
			return
		}
		n, err := io.Copy(io.Discard, io.LimitReader(r, 64<<20))
		if n > 0 && err == nil && n > int64(len(data))*1100+32<<10 {
			t.Errorf("%d bytes of %d", n, len(data))
		}
	})
}

// BenchmarkFirst unpacks a log of 50 MB, as which Windows packs them; the floor is
// Deflate alone.
func BenchmarkFirst(b *testing.B) {
	size := 50 << 20
	if testing.Short() {
		size = 1 << 20
	}
	text := bytes.Repeat(log(1000), size/len(log(1000))+1)[:size]
	data := cabinettest.Make(text, true, 0)
	b.Run("Deflate", func(b *testing.B) {
		var packed bytes.Buffer
		w, err := flate.NewWriter(&packed, flate.BestCompression)
		if err != nil {
			b.Fatal(err)
		}
		w.Write(text)
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(size))
		for b.Loop() {
			if _, err := io.Copy(io.Discard, flate.NewReader(bytes.NewReader(packed.Bytes()))); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Cabinet", func(b *testing.B) {
		b.SetBytes(int64(size))
		for b.Loop() {
			r, err := cabinet.First(bytes.NewReader(data))
			if err != nil {
				b.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, r); err != nil || n != int64(size) {
				b.Fatal(n, err)
			}
		}
	})
}
