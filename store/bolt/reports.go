package bolt

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"time"

	bbolt "go.etcd.io/bbolt"

	"github.com/patchmedic/patchmedic/store"
)

// reportRecord is what is kept beside a report's body.
type reportRecord struct {
	store.ReportHead
	Key string `json:"key,omitempty"`
	Sum string `json:"sum,omitempty"`
}

func (s *Store) AddReport(ctx context.Context, r *store.Report) (*store.Report, bool, error) {
	body, err := json.Marshal(r.ReportBody)
	if err != nil {
		return nil, false, fmt.Errorf("keep a report: %w", err)
	}
	packed := s.pack.EncodeAll(body, nil)
	before := ""
	err = s.update(ctx, func(tx *bbolt.Tx) error {
		before = ""
		if r.Key != "" {
			keys, k := tx.Bucket(bucketKeys), key(r.Owner, r.Key)
			if id := keys.Get(k); id != nil {
				before = string(id)
				return nil
			}
			if err := keys.Put(k, []byte(r.ID)); err != nil {
				return err
			}
		}
		if err := index(tx, &r.ReportHead, true); err != nil {
			return err
		}
		if err := tx.Bucket(bucketBodies).Put([]byte(r.ID), packed); err != nil {
			return err
		}
		return put(tx.Bucket(bucketReports), []byte(r.ID), reportRecord{r.ReportHead, r.Key, r.Sum})
	})
	switch {
	case err != nil:
		return nil, false, fmt.Errorf("keep a report: %w", err)
	case before == "":
		return r, true, nil
	}
	kept, err := s.Report(ctx, before)
	if err == nil && kept.Sum != r.Sum {
		err = store.ErrKeyReused
	}
	return kept, false, err
}

// index adds or removes what a report is found by.
func index(tx *bbolt.Tx, r *store.ReportHead, add bool) error {
	entry := func(bucket []byte, name string) error {
		b, k := tx.Bucket(bucket), key(name, r.ID)
		if add {
			return b.Put(k, nil)
		}
		return b.Delete(k)
	}
	if r.Device != "" {
		if err := entry(bucketByDevice, r.Device); err != nil {
			return err
		}
	}
	for _, list := range [][]string{r.Codes, r.KBs} {
		for _, name := range list {
			if err := entry(bucketByCode, name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) Report(ctx context.Context, id string) (*store.Report, error) {
	var record reportRecord
	var packed []byte
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		packed = bytes.Clone(tx.Bucket(bucketBodies).Get([]byte(id)))
		return get(tx.Bucket(bucketReports), []byte(id), &record)
	})
	if err != nil {
		return nil, fmt.Errorf("report %q: %w", id, err)
	}
	out := &store.Report{ReportHead: record.ReportHead, Key: record.Key, Sum: record.Sum}
	body, err := s.open.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("report %q: %w: %w", id, store.ErrDamaged, err)
	}
	return out, decode(body, &out.ReportBody)
}

func (s *Store) ReportByKey(ctx context.Context, owner, name string) (*store.Report, error) {
	var id []byte
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		id = bytes.Clone(tx.Bucket(bucketKeys).Get(key(owner, name)))
		return nil
	})
	if err != nil {
		return nil, err
	}
	if id == nil {
		return nil, store.ErrNotFound
	}
	return s.Report(ctx, string(id))
}

func (s *Store) ListReports(ctx context.Context, q store.ReportQuery) (heads []store.ReportHead, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		reports := tx.Bucket(bucketReports)
		for id := range newestFirst(tx, q) {
			var r store.ReportHead
			if err := get(reports, id, &r); err != nil {
				return err
			}
			if fits(&r, q) {
				heads = append(heads, r)
			}
			if len(heads) >= q.Most || ctx.Err() != nil {
				return ctx.Err()
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list reports: %w", err)
	}
	return heads, nil
}

// fits checks what the index that was walked does not.
func fits(r *store.ReportHead, q store.ReportQuery) bool {
	return (q.Device == "" || r.Device == q.Device) && (q.Owner == "" || r.Owner == q.Owner) &&
		(q.Code == "" || slices.Contains(r.Codes, q.Code) || slices.Contains(r.KBs, q.Code))
}

// newestFirst walks the ids of the narrowest index, from the cursor down to the
// query's beginning.
func newestFirst(tx *bbolt.Tx, q store.ReportQuery) iter.Seq[[]byte] {
	c, prefix := tx.Bucket(bucketReports).Cursor(), []byte(nil)
	switch {
	case q.Device != "":
		c, prefix = tx.Bucket(bucketByDevice).Cursor(), key(q.Device)
	case q.Code != "":
		c, prefix = tx.Bucket(bucketByCode).Cursor(), key(q.Code)
	}
	from, to := q.After, ""
	if !q.Until.IsZero() && (from == "" || store.IDFloor(q.Until) < from) {
		from = store.IDFloor(q.Until)
	}
	if !q.Since.IsZero() {
		to = store.IDFloor(q.Since)
	}
	return func(yield func([]byte) bool) {
		for k := before(c, prefix, from); k != nil && bytes.HasPrefix(k, prefix); k, _ = c.Prev() {
			id := k
			if len(prefix) > 0 {
				id = []byte(last(k, prefix))
			}
			if string(id) < to || !yield(id) {
				return
			}
		}
	}
}

// before moves a cursor to the last key of a prefix, or to the last below from.
func before(c *bbolt.Cursor, prefix []byte, from string) []byte {
	end := append(bytes.Clone(prefix), from...)
	if from == "" {
		end = append(end, 0xff)
	}
	k, _ := c.Seek(end)
	if k == nil {
		k, _ = c.Last()
		if k == nil || bytes.Compare(k, end) < 0 {
			return k
		}
	}
	k, _ = c.Prev()
	return k
}

func (s *Store) ExpireReports(ctx context.Context, until time.Time, most int) (n int, err error) {
	err = s.update(ctx, func(tx *bbolt.Tx) error {
		n = 0
		var old [][]byte
		end := []byte(store.IDFloor(until))
		c := tx.Bucket(bucketReports).Cursor()
		for k, _ := c.First(); k != nil && bytes.Compare(k, end) < 0 && len(old) < most; k, _ = c.Next() {
			old = append(old, bytes.Clone(k))
		}
		for _, id := range old {
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
		n = len(old)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("delete old reports: %w", err)
	}
	return n, nil
}

func hasPrefix(b *bbolt.Bucket, prefix []byte) bool {
	k, _ := b.Cursor().Seek(prefix)
	return bytes.HasPrefix(k, prefix)
}

// deleteReport removes a report and returns what it was.
func deleteReport(tx *bbolt.Tx, id []byte) (r reportRecord, err error) {
	if err := get(tx.Bucket(bucketReports), id, &r); err != nil {
		return r, err
	}
	if err := index(tx, &r.ReportHead, false); err != nil {
		return r, err
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
	err = s.update(ctx, func(tx *bbolt.Tx) error {
		var ids [][]byte
		for id := range newestFirst(tx, store.ReportQuery{Device: device}) {
			ids = append(ids, id)
		}
		for _, id := range ids {
			if _, err := deleteReport(tx, id); err != nil {
				return err
			}
		}
		n = len(ids)
		trials, err := trialsOf(tx, device)
		if err != nil {
			return err
		}
		if err := count(tx, trials.Trials, -1); err != nil {
			return err
		}
		if err := tx.Bucket(bucketTrials).Delete(key(device)); err != nil {
			return err
		}
		return note(tx, by)
	})
	if err != nil {
		return 0, fmt.Errorf("erase a device: %w", err)
	}
	return n, nil
}
