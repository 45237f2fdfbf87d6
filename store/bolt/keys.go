package bolt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"unicode/utf8"

	bbolt "go.etcd.io/bbolt"

	"github.com/patchmedic/patchmedic/store"
)

// key joins parts so that keys sort by their parts and no part can look like
// two: a part ends with the bytes 0 and 1, and a zero within it is followed by 2.
// What comes last in a key, an id or a version, is appended as it is.
func key(parts ...string) []byte {
	var out []byte
	for _, p := range parts {
		for i := range len(p) {
			out = append(out, p[i])
			if p[i] == 0 {
				out = append(out, 2)
			}
		}
		out = append(out, 0, 1)
	}
	return out
}

// split undoes key.
func split(k []byte) []string {
	var out []string
	for len(k) > 0 {
		part, rest, _ := bytes.Cut(k, []byte{0, 1})
		out = append(out, string(bytes.ReplaceAll(part, []byte{0, 2}, []byte{0})))
		k = rest
	}
	return out
}

// newestFirst yields what follows a prefix in the keys that begin with it, and
// their values, downwards from the last one below from, or from the last one of
// all for "".
func newestFirst(b *bbolt.Bucket, prefix []byte, from string) iter.Seq2[[]byte, []byte] {
	end := append(bytes.Clone(prefix), from...)
	if from == "" {
		end = append(end, 0xff) // begins no text
	}
	return func(yield func(rest, v []byte) bool) {
		c := b.Cursor()
		var v []byte
		k, _ := c.Seek(end)
		if k == nil {
			k, v = c.Last()
		} else {
			k, v = c.Prev()
		}
		for k != nil && bytes.HasPrefix(k, prefix) && yield(k[len(prefix):], v) {
			k, v = c.Prev()
		}
	}
}

func hasPrefix(b *bbolt.Bucket, prefix []byte) bool {
	k, _ := b.Cursor().Seek(prefix)
	return bytes.HasPrefix(k, prefix)
}

var errText = errors.New("an id, a name or a code in it is not text in UTF-8")

// set writes a key. It must be text: a record is JSON, which keeps nothing else,
// and what a record does not say of its keys could not be deleted with it.
func set(b *bbolt.Bucket, k, v []byte) error {
	if !utf8.Valid(k) {
		return errText
	}
	return b.Put(k, v)
}

// add writes a key that must be new.
func add(b *bbolt.Bucket, k, v []byte) error {
	if b.Get(k) != nil {
		return store.ErrConflict
	}
	return set(b, k, v)
}

// put writes a record as JSON.
func put(b *bbolt.Bucket, k []byte, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return set(b, k, data)
}

// putNew writes a record whose key must be new.
func putNew(b *bbolt.Bucket, k []byte, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return add(b, k, data)
}

// get reads a record, or returns ErrNotFound.
func get(b *bbolt.Bucket, k []byte, into any) error {
	data := b.Get(k)
	if data == nil {
		return store.ErrNotFound
	}
	return decode(data, into)
}

func decode(data []byte, into any) error {
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%w: a record cannot be read: %w", store.ErrDamaged, err)
	}
	return nil
}

// note writes an entry of the log.
func note(tx *bbolt.Tx, e store.Entry) error {
	e.ID = store.NewID(e.At)
	return put(tx.Bucket(bucketLog), []byte(e.ID), e)
}
