package bolt

import (
	"bytes"
	"context"
	"fmt"
	"time"

	bbolt "go.etcd.io/bbolt"

	"github.com/patchmedic/patchmedic/store"
)

func (s *Store) AddToken(ctx context.Context, t *store.Token, by store.Entry) error {
	err := s.update(ctx, func(tx *bbolt.Tx) error {
		hashes := tx.Bucket(bucketHashes)
		if hashes.Get([]byte(t.Hash)) != nil {
			return store.ErrConflict
		}
		if err := hashes.Put([]byte(t.Hash), []byte(t.ID)); err != nil {
			return err
		}
		if err := put(tx.Bucket(bucketTokens), []byte(t.ID), t); err != nil {
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

func (s *Store) AddVote(ctx context.Context, v *store.Vote) error {
	err := s.update(ctx, func(tx *bbolt.Tx) error { return put(tx.Bucket(bucketVotes), key(v.Article, v.ID), v) })
	if err != nil {
		return fmt.Errorf("keep a vote: %w", err)
	}
	return nil
}

func (s *Store) VotesOf(ctx context.Context, article string, most int) (votes []store.Vote, helped, not int, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		c, prefix := tx.Bucket(bucketVotes).Cursor(), key(article)
		for k := before(c, prefix, ""); k != nil && bytes.HasPrefix(k, prefix); k, _ = c.Prev() {
			_, data := c.Seek(k)
			var v store.Vote
			if err := decode(data, &v); err != nil {
				return err
			}
			if v.Helped {
				helped++
			} else {
				not++
			}
			if len(votes) < most {
				votes = append(votes, v)
			}
		}
		return nil
	})
	if err != nil {
		return nil, 0, 0, fmt.Errorf("votes: %w", err)
	}
	return votes, helped, not, nil
}

func (s *Store) Note(ctx context.Context, e store.Entry) error {
	if err := s.update(ctx, func(tx *bbolt.Tx) error { return note(tx, e) }); err != nil {
		return fmt.Errorf("write the log: %w", err)
	}
	return nil
}

func (s *Store) Entries(ctx context.Context, after string, most int) (list []store.Entry, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketLog).Cursor()
		for k := before(c, nil, after); k != nil && len(list) < most; k, _ = c.Prev() {
			var e store.Entry
			if err := get(tx.Bucket(bucketLog), k, &e); err != nil {
				return err
			}
			list = append(list, e)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	return list, nil
}
