package bolt

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"github.com/patchmedic/patchmedic/store"
)

// bodies packs the large parts of reports: facts and advice byte for byte, each
// after its length, then the rest as JSON, compressed together.
type bodies struct {
	pack *zstd.Encoder
	open *zstd.Decoder
}

func newBodies() (bodies, error) {
	pack, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return bodies{}, err
	}
	open, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0))
	return bodies{pack, open}, err
}

// close frees memory. Nothing may be unpacked after it.
func (b bodies) close() { b.open.Close() }

func (b bodies) encode(body store.ReportBody) ([]byte, error) {
	facts, advice := body.Facts, body.Advice
	body.Facts, body.Advice = nil, nil
	rest, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	plain := make([]byte, 0, len(facts)+len(advice)+len(rest)+2*binary.MaxVarintLen64)
	plain = append(binary.AppendUvarint(plain, uint64(len(facts))), facts...)
	plain = append(binary.AppendUvarint(plain, uint64(len(advice))), advice...)
	return b.pack.EncodeAll(append(plain, rest...), make([]byte, 0, len(plain)/4)), nil
}

func (b bodies) decode(packed []byte) (out store.ReportBody, err error) {
	plain, err := b.open.DecodeAll(packed, nil)
	if err != nil {
		return out, fmt.Errorf("%w: a body cannot be read: %w", store.ErrDamaged, err)
	}
	var parts [2][]byte
	for i := range parts {
		n, used := binary.Uvarint(plain)
		if used <= 0 || n > uint64(len(plain)-used) {
			return out, fmt.Errorf("%w: a body has wrong lengths", store.ErrDamaged)
		}
		end := used + int(n)
		parts[i], plain = plain[used:end:end], plain[end:]
	}
	err = decode(plain, &out)
	out.Facts, out.Advice = parts[0], parts[1]
	return out, err
}
