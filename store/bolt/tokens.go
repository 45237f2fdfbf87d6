package bolt

import (
	"context"
	"fmt"
	"time"

	bbolt "go.etcd.io/bbolt"

	"github.com/patchmedic/patchmedic/store"
)

func (s *Store) AddToken(ctx context.Context, t *store.Token, by store.Entry) error {
	err := s.update(ctx, func(tx *bbolt.Tx) error {
		if err := add(tx.Bucket(bucketHashes), []byte(t.Hash), []byte(t.ID)); err != nil {
			return err
		}
		if err := putNew(tx.Bucket(bucketTokens), []byte(t.ID), t); err != nil {
			return err
		}
		return note(tx, by)
	})
	if err != nil {
		return fmt.Errorf("keep a token: %w", err)
	}
	return nil
}

func (s *Store) TokenByHash(ctx context.Context, hash string) (*store.Token, error) {
	var out store.Token
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		id := tx.Bucket(bucketHashes).Get([]byte(hash))
		if id == nil {
			return store.ErrNotFound
		}
		return get(tx.Bucket(bucketTokens), id, &out)
	})
	if err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	return &out, nil
}

func (s *Store) Tokens(ctx context.Context) (list []store.Token, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketTokens).ForEach(func(_, v []byte) error {
			var t store.Token
			err := decode(v, &t)
			list = append(list, t)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	return list, nil
}

func (s *Store) RevokeToken(ctx context.Context, id string, at time.Time, by store.Entry) error {
	err := s.update(ctx, func(tx *bbolt.Tx) error {
		var t store.Token
		tokens := tx.Bucket(bucketTokens)
		if err := get(tokens, []byte(id), &t); err != nil {
			return err
		}
		if !t.Revoked.IsZero() {
			return store.ErrNotFound
		}
		t.Revoked = at
		if err := put(tokens, []byte(id), t); err != nil {
			return err
		}
		return note(tx, by)
	})
	if err != nil {
		return fmt.Errorf("revoke token %q: %w", id, err)
	}
	return nil
}
