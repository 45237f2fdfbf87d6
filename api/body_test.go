package api

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// packers make bodies as clients do.
var packers = map[string]func(io.Writer) io.WriteCloser{
	"gzip": func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
	"zstd": func(w io.Writer) io.WriteCloser {
		z, err := zstd.NewWriter(w)
		if err != nil {
			panic(err)
		}
		return z
	},
}

func pack(t testing.TB, encoding string, from io.Reader) string {
	t.Helper()
	var out bytes.Buffer
	w := packers[encoding](&out)
	if _, err := io.Copy(w, from); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestPackedBodiesSayTheSame(t *testing.T) {
	c := start(t, nil)
	body := sample(t, "facts/state-disagrees.json")
	want := c.do("POST", "/api/v1/advice", body).want(t, 200).body
	for encoding := range packers {
		for range 3 { // a decoder is used again
			got := c.do("POST", "/api/v1/advice", pack(t, encoding, strings.NewReader(body)), "Content-Encoding", strings.ToUpper(encoding)).want(t, 200)
			if got.body != want {
				t.Errorf("%s: another advice than of the plain body", encoding)
			}
		}
	}
}

// zeros is an endless text.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// bomb is 256 MiB of zeros, in 16 members or frames that follow one another.
func bomb(t *testing.T, encoding string) string {
	t.Helper()
	return strings.Repeat(pack(t, encoding, io.LimitReader(zeros{}, 16<<20)), 16)
}

func TestBombs(t *testing.T) {
	c := start(t, nil)
	for encoding := range packers {
		c.do("POST", "/api/v1/advice", bomb(t, encoding), "Content-Encoding", encoding).want(t, 413)
		twice := pack(t, encoding, strings.NewReader(bomb(t, encoding)))
		c.do("POST", "/api/v1/advice", twice, "Content-Encoding", encoding).want(t, 400) // unpacked once
	}
}

// TestABombIsNotUnpacked counts what is read of it: the cost of a bomb must not
// grow with it.
func TestABombIsNotUnpacked(t *testing.T) {
	for encoding := range packers {
		bomb := bomb(t, encoding)
		in := strings.NewReader(bomb)
		plain, err := unpacked(in, encoding)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(io.Discard, plain, 4<<20); err != nil {
			t.Errorf("%s: %v", encoding, err)
		}
		if read := len(bomb) - in.Len(); read > len(bomb)/4 {
			t.Errorf("%s: %d bytes of %d were read for a 64th of it", encoding, read, len(bomb))
		}
		if err := plain.Close(); err != nil {
			t.Error(err)
		}
	}
}

// single is the header of a zstd frame in one segment, with a size that the
// decoder would have to keep.
func single(size uint64) string {
	head := []byte{0x28, 0xb5, 0x2f, 0xfd, 0xe0}
	for i := range 8 {
		head = append(head, byte(size>>(8*i)))
	}
	return string(head) + "\x01\x00\x00"
}

func TestPackedBodiesAtFault(t *testing.T) {
	c := start(t, func(cfg *Config) { cfg.MaxBody = 10_000 })
	text := `{"schema":"patchmedic.facts/v1","symptoms":{"text":"` + strings.Repeat("it loops ", 900) + `"}}`
	for encoding := range packers {
		whole := pack(t, encoding, strings.NewReader(text))
		c.do("POST", "/api/v1/advice", whole, "Content-Encoding", encoding).want(t, 200)
		middle := []byte(whole)
		middle[len(middle)/2] ^= 0xff
		c.do("POST", "/api/v1/advice", "", "Content-Encoding", encoding).want(t, 400)
		for _, bad := range []string{"x", text, whole[:len(whole)/2], whole[:len(whole)-1], string(middle), whole + "trailing"} {
			got := c.do("POST", "/api/v1/advice", bad, "Content-Encoding", encoding).want(t, 400)
			if kind := got.text(t, "type"); kind != "urn:patchmedic:problem:bad-encoding" {
				t.Errorf("%s of %d bytes: %s", encoding, len(bad), kind)
			}
		}
		other := map[string]string{"gzip": "zstd", "zstd": "gzip"}[encoding]
		c.do("POST", "/api/v1/advice", whole, "Content-Encoding", other).want(t, 400)
		c.do("POST", "/api/v1/advice", pack(t, encoding, io.LimitReader(zeros{}, 10_001)), "Content-Encoding", encoding).want(t, 413)
	}
	c.do("POST", "/api/v1/advice", single(16<<20), "Content-Encoding", "zstd").want(t, 413)
	c.do("POST", "/api/v1/advice", single(1<<40), "Content-Encoding", "zstd").want(t, 413)
	got := c.do("POST", "/api/v1/advice", "\x28\xb5\x2f\xfd\x00\x88\x01\x00\x00", "Content-Encoding", "zstd").want(t, 400)
	if detail := got.text(t, "detail"); !strings.Contains(detail, "window") {
		t.Errorf("a window of 128 MiB is refused without saying so: %s", detail)
	}
	c.do("POST", "/api/v1/advice", text, "Content-Encoding", "gzip, zstd").want(t, 415)
}

func FuzzPackedBody(f *testing.F) {
	for encoding := range packers {
		f.Add(encoding, pack(f, encoding, strings.NewReader(`{"schema":"patchmedic.facts/v1"}`)))
	}
	f.Add("zstd", single(1<<20))
	c := start(f, nil)
	f.Fuzz(func(t *testing.T, encoding, body string) {
		if got := c.send(t, "POST", "/api/v1/advice", body, "Content-Encoding", encoding); got.status >= 500 {
			t.Errorf("%d: %s", got.status, got.body)
		}
	})
}
