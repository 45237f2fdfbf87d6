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

// scratch is memory for packing one body. Many bodies at once would make more
// garbage than all the rest of an upload.
type scratch struct{ plain, packed []byte }

func (m *scratch) encode(body store.ReportBody) ([]byte, error) {
	facts, advice := body.Facts, body.Advice
	body.Facts, body.Advice = nil, nil
	rest, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	if len(facts)+len(advice)+len(rest) > maxBody-2*binary.MaxVarintLen64 {
		return nil, fmt.Errorf("it has more than %d MiB", maxBody>>20)
	}
	m.plain = append(binary.AppendUvarint(m.plain[:0], uint64(len(facts))), facts...)
	m.plain = append(binary.AppendUvarint(m.plain, uint64(len(advice))), advice...)
	m.plain = append(m.plain, rest...)
	m.packed = s2.Encode(m.packed[:cap(m.packed)], m.plain)
	out := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(m.packed)), crc32.Checksum(m.packed, castagnoli))
	return append(out, m.packed...), nil
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
