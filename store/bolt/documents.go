package bolt

import (
	"bytes"
	"context"
	"fmt"

	bbolt "go.etcd.io/bbolt"

	"github.com/patchmedic/patchmedic/store"
)

func documentKey(kind store.Kind, id string, version int) []byte {
	return append(key(string(kind), id), number(version)...)
}

// newest moves a cursor to the newest version of a document; nil: there is none.
func newest(c *bbolt.Cursor, prefix []byte) (k, v []byte) {
	end := append(bytes.Clone(prefix), 0xff, 0xff, 0xff, 0xff, 0xff)
	if k, _ = c.Seek(end); k == nil {
		k, v = c.Last()
	} else {
		k, v = c.Prev()
	}
	if !bytes.HasPrefix(k, prefix) {
		return nil, nil
	}
	return k, v
}

func (s *Store) PutDocument(ctx context.Context, d *store.Document, by store.Entry) error {
	err := s.update(ctx, func(tx *bbolt.Tx) error {
		docs := tx.Bucket(bucketDocs)
		before := 0
		if _, v := newest(docs.Cursor(), key(string(d.Kind), d.ID)); v != nil {
			var have store.Document
			if err := decode(v, &have); err != nil {
				return err
			}
			before = have.Version
		}
		if d.Version != before+1 {
			return store.ErrConflict
		}
		if err := put(docs, documentKey(d.Kind, d.ID, d.Version), d); err != nil {
			return err
		}
		return note(tx, by)
	})
	if err != nil {
		return fmt.Errorf("keep %s %q: %w", d.Kind, d.ID, err)
	}
	return nil
}

func (s *Store) Document(ctx context.Context, kind store.Kind, id string, version int) (*store.Document, error) {
	var out store.Document
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		docs := tx.Bucket(bucketDocs)
		if version > 0 {
			return get(docs, documentKey(kind, id, version), &out)
		}
		_, v := newest(docs.Cursor(), key(string(kind), id))
		if v == nil {
			return store.ErrNotFound
		}
		return decode(v, &out)
	})
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w", kind, id, err)
	}
	return &out, nil
}

func (s *Store) History(ctx context.Context, kind store.Kind, id string) (list []store.Document, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		c, prefix := tx.Bucket(bucketDocs).Cursor(), key(string(kind), id)
		for k, v := newest(c, prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Prev() {
			var d store.Document
			if err := decode(v, &d); err != nil {
				return err
			}
			d.YAML, d.FR, d.EN = "", "", ""
			list = append(list, d)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("history of %s %q: %w", kind, id, err)
	}
	return list, nil
}

func (s *Store) Edits(ctx context.Context) (list []store.Edit, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketDocs).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			var d store.Document
			if err := decode(v, &d); err != nil {
				return err
			}
			if n := len(list); n == 0 || list[n-1].Head.Kind != d.Kind || list[n-1].Head.ID != d.ID {
				list = append(list, store.Edit{})
			}
			e := &list[len(list)-1]
			e.Head = d
			if d.Served() {
				e.Served = &d
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("edits: %w", err)
	}
	return list, nil
}
