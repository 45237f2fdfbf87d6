package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	bbolt "go.etcd.io/bbolt"

	"github.com/patchmedic/patchmedic/store"
)

// digits of a version in a key, so that versions sort as numbers.
const digits = 10

func documentKey(kind store.Kind, id string, version int) []byte {
	return fmt.Appendf(key(string(kind), id), "%0*d", digits, version)
}

// newest reads the newest version of a document, or returns ErrNotFound.
func newest(tx *bbolt.Tx, kind store.Kind, id string) (d store.Document, err error) {
	for _, v := range newestFirst(tx.Bucket(bucketDocs), key(string(kind), id), "") {
		return d, decode(v, &d)
	}
	return d, store.ErrNotFound
}

func (s *Store) PutDocument(ctx context.Context, d *store.Document, by store.Entry) error {
	err := s.update(ctx, func(tx *bbolt.Tx) error {
		have, err := newest(tx, d.Kind, d.ID) // version 0 when there is none
		switch {
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return err
		case d.Version != have.Version+1:
			return store.ErrConflict
		}
		if err := put(tx.Bucket(bucketDocs), documentKey(d.Kind, d.ID, d.Version), d); err != nil {
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
	err := s.view(ctx, func(tx *bbolt.Tx) (err error) {
		if version > 0 {
			return get(tx.Bucket(bucketDocs), documentKey(kind, id, version), &out)
		}
		out, err = newest(tx, kind, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w", kind, id, err)
	}
	return &out, nil
}

func (s *Store) History(ctx context.Context, kind store.Kind, id string) (list []store.Document, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		for _, v := range newestFirst(tx.Bucket(bucketDocs), key(string(kind), id), "") {
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

// Edits reads each document from its newest version down to the one that is
// served: the versions before that one may be many.
func (s *Store) Edits(ctx context.Context) (list []store.Edit, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		var document []byte
		var edit *store.Edit
		for k, v := range newestFirst(tx.Bucket(bucketDocs), nil, "") {
			same := bytes.Equal(k[:len(k)-digits], document)
			if same && edit.Served != nil {
				continue
			}
			var d store.Document
			if err := decode(v, &d); err != nil {
				return err
			}
			if !same {
				list = append(list, store.Edit{Head: d})
				document, edit = k[:len(k)-digits], &list[len(list)-1]
			}
			if d.Served() {
				edit.Served = &d
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("edits: %w", err)
	}
	slices.Reverse(list)
	return list, nil
}
