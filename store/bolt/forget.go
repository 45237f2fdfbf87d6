package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	bbolt "go.etcd.io/bbolt"

	"github.com/patchmedic/patchmedic/store"
)

func (s *Store) ExpireReports(ctx context.Context, until time.Time, most int) (n int, err error) {
	err = s.update(ctx, func(tx *bbolt.Tx) error {
		var old [][]byte
		end := []byte(store.IDFloor(until))
		c := tx.Bucket(bucketReports).Cursor()
		for k, _ := c.First(); k != nil && bytes.Compare(k, end) < 0 && len(old) < most; k, _ = c.Next() {
			old = append(old, bytes.Clone(k))
		}
		n = len(old)
		return expire(tx, old)
	})
	if err != nil {
		return 0, fmt.Errorf("delete old reports: %w", err)
	}
	return n, nil
}

// expire deletes reports, and the trials of machines that have none left.
func expire(tx *bbolt.Tx, ids [][]byte) error {
	for _, id := range ids {
		r, err := deleteReport(tx, id)
		if err != nil {
			return err
		}
		if r.Device != "" && hasPrefix(tx.Bucket(bucketByDevice), key(r.Device)) {
			continue
		}
		if err := tx.Bucket(bucketTrials).Delete(key(r.Machine())); err != nil {
			return err
		}
	}
	return nil
}

// deleteReport removes a report and returns what it was.
func deleteReport(tx *bbolt.Tx, id []byte) (r reportRecord, err error) {
	if err := get(tx.Bucket(bucketReports), id, &r); err != nil {
		return r, err
	}
	for bucket, k := range indexed(tx, &r.ReportHead) {
		if err := bucket.Delete(k); err != nil {
			return r, err
		}
	}
	if r.Key != "" {
		if err := tx.Bucket(bucketKeys).Delete(key(r.Owner, r.Key)); err != nil {
			return r, err
		}
	}
	if err := tx.Bucket(bucketBodies).Delete(id); err != nil {
		return r, err
	}
	return r, tx.Bucket(bucketReports).Delete(id)
}

func (s *Store) EraseDevice(ctx context.Context, device string, by store.Entry) (n int, err error) {
	if device == "" { // every report that names none is of another machine
		return 0, errors.New("erase a device: none is named")
	}
	err = s.update(ctx, func(tx *bbolt.Tx) (err error) {
		if n, err = eraseDevice(tx, device); err != nil {
			return err
		}
		return note(tx, by)
	})
	if err != nil {
		return 0, fmt.Errorf("erase a device: %w", err)
	}
	return n, nil
}

func eraseDevice(tx *bbolt.Tx, device string) (int, error) {
	var ids [][]byte
	for id := range candidates(tx, store.ReportQuery{Device: device}) {
		ids = append(ids, bytes.Clone(id))
	}
	for _, id := range ids {
		if _, err := deleteReport(tx, id); err != nil {
			return 0, err
		}
	}
	trials, err := trialsOf(tx, device)
	if err != nil {
		return 0, err
	}
	if err := count(tx, trials.Trials, -1); err != nil {
		return 0, err
	}
	return len(ids), tx.Bucket(bucketTrials).Delete(key(device))
}
