package bolt

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	bbolt "go.etcd.io/bbolt"

	"github.com/patchmedic/patchmedic/store"
)

// A backup is, compressed by zstd: the layout; each bucket as its name, its
// sequence, its keys each with its value, and an empty text; and an empty text.
// A text stands after its length, and lengths and sequences are uvarints. The
// checksum of zstd and the end tell one that was altered or cut off.

func writeRecords(ctx context.Context, w io.Writer, tx *bbolt.Tx) error {
	out := bufio.NewWriterSize(w, 64<<10) // its errors stay until Flush
	text := func(b []byte) {
		out.Write(binary.AppendUvarint(out.AvailableBuffer(), uint64(len(b))))
		out.Write(b)
	}
	text([]byte(layout))
	for _, name := range buckets {
		b := tx.Bucket(name)
		text(name)
		out.Write(binary.AppendUvarint(out.AvailableBuffer(), b.Sequence()))
		err := b.ForEach(func(k, v []byte) error {
			text(k)
			text(v)
			return ctx.Err()
		})
		if err != nil {
			return err
		}
		text(nil)
	}
	text(nil)
	return out.Flush()
}

// records reads a backup. What it reads is ErrDamaged unless the source failed.
type records struct {
	source *source
	z      *zstd.Decoder
	in     *bufio.Reader
}

// source remembers why it could not be read.
type source struct {
	io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

func openRecords(r io.Reader) (*records, error) {
	from := &source{Reader: r}
	z, err := zstd.NewReader(from, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	return &records{from, z, bufio.NewReaderSize(z, 64<<10)}, nil
}

func (r *records) close() { r.z.Close() }

func (r *records) fault(err error) error {
	if r.source.err != nil {
		return r.source.err
	}
	return fmt.Errorf("%w: this is no backup of this program, or not all of it: %w", store.ErrDamaged, err)
}

func (r *records) number() (uint64, error) {
	n, err := binary.ReadUvarint(r.in)
	if err != nil {
		return 0, r.fault(err)
	}
	return n, nil
}

var (
	errLong  = errors.New("a record of more than 1 GiB")
	errAfter = errors.New("something follows its end")
)

// text returns memory of its own: bbolt uses it until the commit.
func (r *records) text() ([]byte, error) {
	n, err := r.number()
	if err != nil {
		return nil, err
	}
	if n > 1<<30 {
		return nil, r.fault(errLong)
	}
	var b bytes.Buffer
	b.Grow(int(min(n, 64<<10))) // no more than was sent, whatever it says
	if _, err := io.CopyN(&b, r.in, int64(n)); err != nil {
		return nil, r.fault(err)
	}
	return b.Bytes(), nil
}

// readRecords puts the records of a backup into an empty file.
func readRecords(ctx context.Context, from *records, db *bbolt.DB) error {
	have, err := from.text()
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(have, []byte("patchmedic/")) {
		have = nil
	}
	if err := ours(have); err != nil {
		return err
	}
	for _, want := range buckets {
		name, err := from.text()
		if err != nil {
			return err
		}
		if !bytes.Equal(name, want) {
			return from.fault(fmt.Errorf("%q where %q should be", name, want))
		}
		if err := readBucket(ctx, from, db, want); err != nil {
			return err
		}
	}
	switch end, err := from.text(); {
	case err != nil:
		return err
	case len(end) > 0:
		return from.fault(errAfter)
	}
	if _, err := from.in.ReadByte(); err != io.EOF {
		return from.fault(errors.Join(errAfter, err))
	}
	return ctx.Err()
}

func readBucket(ctx context.Context, from *records, db *bbolt.DB, name []byte) error {
	sequence, err := from.number()
	if err != nil {
		return err
	}
	for more := true; more && err == nil; {
		err = db.Update(func(tx *bbolt.Tx) error {
			b := tx.Bucket(name)
			var err error
			more, err = readSome(from, b)
			return errors.Join(err, b.SetSequence(sequence), ctx.Err())
		})
	}
	return err
}

// readSome reads as many bytes as a transaction should have, and reports whether
// the bucket has more.
func readSome(from *records, b *bbolt.Bucket) (more bool, err error) {
	b.FillPercent = 0.9 // keys come in their order
	for size := 0; size < 8<<20; {
		k, err := from.text()
		if err != nil || len(k) == 0 {
			return false, err
		}
		v, err := from.text()
		if err != nil {
			return false, err
		}
		if err := b.Put(k, v); err != nil {
			return false, err
		}
		size += len(k) + len(v)
	}
	return true, nil
}
