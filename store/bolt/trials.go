package bolt

import (
	"context"
	"errors"
	"fmt"
	"strings"

	bbolt "go.etcd.io/bbolt"

	"github.com/patchmedic/patchmedic/store"
)

// machineTrials is all that was tried on one machine.
type machineTrials struct {
	Version uint64        `json:"version"`
	Trials  []store.Trial `json:"trials"`
}

func trialsOf(tx *bbolt.Tx, machine string) (out machineTrials, err error) {
	err = get(tx.Bucket(bucketTrials), key(machine), &out)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return out, err
}

func (s *Store) TrialsOf(ctx context.Context, machine string) ([]store.Trial, uint64, error) {
	var out machineTrials
	err := s.view(ctx, func(tx *bbolt.Tx) (err error) {
		out, err = trialsOf(tx, machine)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("trials of a machine: %w", err)
	}
	return out.Trials, out.Version, nil
}

func (s *Store) PutTrials(ctx context.Context, machine string, version uint64, trials []store.Trial) error {
	err := s.update(ctx, func(tx *bbolt.Tx) error {
		have, err := trialsOf(tx, machine)
		switch {
		case err != nil:
			return err
		case have.Version != version:
			return store.ErrConflict
		case !hasReports(tx, machine):
			return store.ErrNotFound
		}
		if err := count(tx, have.Trials, -1); err != nil {
			return err
		}
		if err := count(tx, trials, 1); err != nil {
			return err
		}
		bucket := tx.Bucket(bucketTrials)
		next, err := bucket.NextSequence() // no version comes twice, even after a deletion
		if err != nil {
			return err
		}
		return put(bucket, key(machine), machineTrials{next, trials})
	})
	if err != nil {
		return fmt.Errorf("trials of a machine: %w", err)
	}
	return nil
}

// hasReports reports whether there are reports of a machine.
func hasReports(tx *bbolt.Tx, machine string) bool {
	id, alone := strings.CutPrefix(machine, "\x00") // see [store.ReportHead.Machine]
	return hasPrefix(tx.Bucket(bucketByDevice), key(machine)) || alone && tx.Bucket(bucketReports).Get([]byte(id)) != nil
}

// count adds trials to the counts, or takes them out with a sign of -1.
func count(tx *bbolt.Tx, trials []store.Trial, sign int) error {
	counts := tx.Bucket(bucketCounts)
	for _, t := range trials {
		if !t.Tried {
			continue
		}
		k := key(t.Article, t.Action)
		var have store.Count
		if err := get(counts, k, &have); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		have.Tried += sign
		if t.Fixed {
			have.Fixed += sign
		}
		if err := putCount(counts, k, have); err != nil {
			return err
		}
	}
	return nil
}

// putCount keeps no zeros.
func putCount(counts *bbolt.Bucket, k []byte, n store.Count) error {
	if n.Tried == 0 {
		return counts.Delete(k)
	}
	return put(counts, k, n)
}

func (s *Store) Counts(ctx context.Context) (map[store.Cure]store.Count, error) {
	out := map[store.Cure]store.Count{}
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketCounts).ForEach(func(k, v []byte) error {
			var n store.Count
			if err := decode(v, &n); err != nil {
				return err
			}
			cure := split(k)
			out[store.Cure{Article: cure[0], Action: cure[1]}] = n
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("counts of trials: %w", err)
	}
	return out, nil
}
