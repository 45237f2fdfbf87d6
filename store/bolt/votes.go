package bolt

import (
	"context"
	"fmt"

	bbolt "go.etcd.io/bbolt"

	"github.com/patchmedic/patchmedic/store"
)

func (s *Store) AddVote(ctx context.Context, v *store.Vote) error {
	err := s.update(ctx, func(tx *bbolt.Tx) error {
		return putNew(tx.Bucket(bucketVotes), append(key(v.Article), v.ID...), v)
	})
	if err != nil {
		return fmt.Errorf("keep a vote: %w", err)
	}
	return nil
}

func (s *Store) VotesOf(ctx context.Context, article string, most int) (votes []store.Vote, helped, not int, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		for _, data := range newestFirst(tx.Bucket(bucketVotes), key(article), "") {
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
		for _, v := range newestFirst(tx.Bucket(bucketLog), nil, after) {
			if len(list) >= most {
				return nil
			}
			var e store.Entry
			if err := decode(v, &e); err != nil {
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
