package api

import (
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/zstd"
)

// body reads the request's JSON document, unpacked. MaxBody bounds it twice: as
// it comes and as it is unpacked, which stops there, whatever would follow.
func (s *server) body(c *gin.Context) ([]byte, error) {
	kind, _, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || kind != "application/json" {
		return nil, unsupported{"Content-Type", "application/json"}
	}
	packed := &incoming{from: http.MaxBytesReader(c.Writer, c.Request.Body, s.MaxBody)}
	plain, err := unpacked(packed, c.GetHeader("Content-Encoding"))
	if err != nil {
		return nil, packed.explain(err)
	}
	defer plain.Close()
	data, err := io.ReadAll(io.LimitReader(plain, s.MaxBody+1))
	switch {
	case int64(len(data)) > s.MaxBody, errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return nil, &http.MaxBytesError{Limit: s.MaxBody}
	case err != nil:
		return nil, packed.explain(err)
	}
	return data, nil
}

// incoming is a body as it comes, and why it could not be read.
type incoming struct {
	from io.Reader
	err  error
}

// Read implements [io.Reader].
func (in *incoming) Read(p []byte) (int, error) {
	n, err := in.from.Read(p)
	if err != nil && err != io.EOF {
		in.err = err
	}
	return n, err
}

// explain tells a body that did not come from one that cannot be unpacked.
func (in *incoming) explain(err error) error {
	var limit *http.MaxBytesError
	switch {
	case errors.As(err, new(unsupported)):
		return err
	case errors.As(in.err, &limit):
		return limit
	case in.err != nil:
		return brokenJSON{Detail: "the body ends too early: send all of it"}
	}
	return badEncoding{err}
}

// badEncoding is a body that is not packed as its header says.
type badEncoding struct{ why error }

// Error says what stopped the unpacking.
func (b badEncoding) Error() string { return "the body cannot be unpacked: " + b.why.Error() }

// unpacked returns what a body is when its Content-Encoding is undone.
func unpacked(body io.Reader, encoding string) (io.ReadCloser, error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return io.NopCloser(body), nil
	case "gzip", "x-gzip":
		return gzip.NewReader(body)
	case "zstd":
		z := decoders.Get().(*decoder)
		return z, z.Reset(body)
	}
	return nil, unsupported{"Content-Encoding", "gzip or zstd, or without it"}
}

// widest is the largest window of a frame, and so the most that one can make us
// keep: what RFC 9659 allows on the web.
const widest = 8 << 20

// decoder unpacks zstd, in the goroutine of the request.
type decoder struct{ *zstd.Decoder }

// Close lets the decoder be used again.
func (d *decoder) Close() error {
	err := d.Reset(nil) // forgets the body
	decoders.Put(d)
	return err
}

var decoders = sync.Pool{New: func() any {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(widest), zstd.WithDecoderMaxMemory(widest))
	if err != nil {
		panic(err) // options that are wrong in themselves
	}
	return &decoder{z}
}}
