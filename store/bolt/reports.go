package bolt

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"

	bbolt "go.etcd.io/bbolt"

	"github.com/patchmedic/patchmedic/store"
)

// reportRecord is what is kept beside a report's body.
type reportRecord struct {
	store.ReportHead
	Key string `json:"key,omitempty"`
	Sum string `json:"sum,omitempty"`
}

func (s *Store) AddReport(ctx context.Context, r *store.Report) (kept *store.Report, added bool, err error) {
	memory := s.scratch.Get().(*scratch)
	body, err := memory.encode(r.ReportBody)
	s.scratch.Put(memory)
	if err != nil {
		return nil, false, fmt.Errorf("keep a report: %w", err)
	}
	err = s.update(ctx, func(tx *bbolt.Tx) (err error) {
		if r.Key != "" {
			if id := tx.Bucket(bucketKeys).Get(key(r.Owner, r.Key)); id != nil {
				added = false
				kept, err = readReport(tx, id)
				return err
			}
		}
		kept, added = r, true
		return addReport(tx, r, body)
	})
	if err == nil && kept.Sum != r.Sum {
		err = store.ErrKeyReused
	}
	if err != nil {
		return nil, false, fmt.Errorf("keep a report: %w", err)
	}
	return kept, added, nil
}

func addReport(tx *bbolt.Tx, r *store.Report, body []byte) error {
	id := []byte(r.ID)
	if err := putNew(tx.Bucket(bucketReports), id, reportRecord{r.ReportHead, r.Key, r.Sum}); err != nil {
		return err
	}
	if err := set(tx.Bucket(bucketBodies), id, body); err != nil {
		return err
	}
	if r.Key != "" {
		if err := set(tx.Bucket(bucketKeys), key(r.Owner, r.Key), id); err != nil {
			return err
		}
	}
	for bucket, k := range indexed(tx, &r.ReportHead) {
		if err := set(bucket, k, nil); err != nil {
			return err
		}
	}
	return nil
}

// indexed yields the keys that a report is found by, and where they are.
func indexed(tx *bbolt.Tx, r *store.ReportHead) iter.Seq2[*bbolt.Bucket, []byte] {
	return func(yield func(*bbolt.Bucket, []byte) bool) {
		if r.Device != "" && !yield(tx.Bucket(bucketByDevice), append(key(r.Device), r.ID...)) {
			return
		}
		for _, name := range slices.Concat(r.Codes, r.KBs) {
			if !yield(tx.Bucket(bucketByCode), append(key(name), r.ID...)) {
				return
			}
		}
	}
}

func (s *Store) Report(ctx context.Context, id string) (r *store.Report, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) (err error) {
		r, err = readReport(tx, []byte(id))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("report %q: %w", id, err)
	}
	return r, nil
}

func (s *Store) ReportByKey(ctx context.Context, owner, name string) (r *store.Report, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) (err error) {
		id := tx.Bucket(bucketKeys).Get(key(owner, name))
		if id == nil {
			return store.ErrNotFound
		}
		r, err = readReport(tx, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("report by its key: %w", err)
	}
	return r, nil
}

func readReport(tx *bbolt.Tx, id []byte) (*store.Report, error) {
	var record reportRecord
	if err := get(tx.Bucket(bucketReports), id, &record); err != nil {
		return nil, err
	}
	body, err := decodeBody(tx.Bucket(bucketBodies).Get(id))
	if err != nil {
		return nil, err
	}
	return &store.Report{ReportHead: record.ReportHead, Key: record.Key, Sum: record.Sum, ReportBody: body}, nil
}

func (s *Store) ListReports(ctx context.Context, q store.ReportQuery) (heads []store.ReportHead, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		reports := tx.Bucket(bucketReports)
		for id := range candidates(tx, q) {
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

// candidates walks the ids of the narrowest index, newest first, between the
// bounds of the query.
func candidates(tx *bbolt.Tx, q store.ReportQuery) iter.Seq[[]byte] {
	index, prefix := tx.Bucket(bucketReports), []byte(nil)
	switch {
	case q.Device != "":
		index, prefix = tx.Bucket(bucketByDevice), key(q.Device)
	case q.Code != "":
		index, prefix = tx.Bucket(bucketByCode), key(q.Code)
	}
	from, to := q.After, []byte(nil)
	if !q.Until.IsZero() && (from == "" || store.IDFloor(q.Until) < from) {
		from = store.IDFloor(q.Until)
	}
	if !q.Since.IsZero() {
		to = []byte(store.IDFloor(q.Since))
	}
	return func(yield func([]byte) bool) {
		for id := range newestFirst(index, prefix, from) {
			if bytes.Compare(id, to) < 0 || !yield(id) {
				return
			}
		}
	}
}
