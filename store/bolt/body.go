package bolt

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/klauspost/compress/s2"

	"github.com/patchmedic/patchmedic/store"
)

// A body is kept as a checksum and, compressed together, facts and advice byte
// for byte, each after its length, and the rest as JSON.

// maxBody bounds a body in bytes, uncompressed: what a damaged length makes us
// allocate.
const maxBody = 256 << 20

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func encodeBody(body store.ReportBody) ([]byte, error) {
	facts, advice := body.Facts, body.Advice
	body.Facts, body.Advice = nil, nil
	rest, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	plain := make([]byte, 0, len(facts)+len(advice)+len(rest)+2*binary.MaxVarintLen64)
	if cap(plain) > maxBody {
		return nil, fmt.Errorf("it has more than %d MiB", maxBody>>20)
	}
	plain = append(binary.AppendUvarint(plain, uint64(len(facts))), facts...)
	plain = append(binary.AppendUvarint(plain, uint64(len(advice))), advice...)
	packed := s2.Encode(nil, append(plain, rest...))
	return append(binary.BigEndian.AppendUint32(nil, crc32.Checksum(packed, castagnoli)), packed...), nil
}

var errBody = errors.New("a body is not what was written")

func decodeBody(data []byte) (out store.ReportBody, err error) {
	if len(data) < 4 || binary.BigEndian.Uint32(data) != crc32.Checksum(data[4:], castagnoli) {
		return out, fmt.Errorf("%w: %w", store.ErrDamaged, errBody)
	}
	if n, err := s2.DecodedLen(data[4:]); err != nil || n > maxBody {
		return out, fmt.Errorf("%w: %w", store.ErrDamaged, errBody)
	}
	plain, err := s2.Decode(nil, data[4:])
	if err != nil {
		return out, fmt.Errorf("%w: %w: %w", store.ErrDamaged, errBody, err)
	}
	var parts [2][]byte
	for i := range parts {
		n, used := binary.Uvarint(plain)
		if used <= 0 || n > uint64(len(plain)-used) {
			return out, fmt.Errorf("%w: %w", store.ErrDamaged, errBody)
		}
		end := used + int(n)
		parts[i], plain = plain[used:end:end], plain[end:]
	}
	err = decode(plain, &out)
	out.Facts, out.Advice = parts[0], parts[1]
	return out, err
}
