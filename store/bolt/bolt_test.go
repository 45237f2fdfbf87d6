package bolt

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	bbolt "go.etcd.io/bbolt"

	"github.com/patchmedic/patchmedic/store"
	"github.com/patchmedic/patchmedic/store/storetest"
)

var crashes = flag.Int("crash", 15, "how often TestCrash kills a process that writes")

func TestStore(t *testing.T) { storetest.Run(t, open) }

func TestCrash(t *testing.T) { storetest.Crash(t, open, *crashes) }

// open opens a store that is checked from the inside: what an earlier one left,
// and in the end what it leaves itself.
func open(t testing.TB, dir string) store.Store {
	t.Helper()
	s, err := Open(filepath.Join(dir, "records.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.db.View(consistent); err != nil {
		t.Error("at its opening:", err)
	}
	return checked{s, t}
}

type checked struct {
	*Store
	t testing.TB
}

func (c checked) Close() error {
	if tx, err := c.db.Begin(true); err == nil { // while nobody writes; it may be closed already
		if err := consistent(tx); err != nil {
			c.t.Error("at its end:", err)
		}
		tx.Rollback()
	}
	return c.Store.Close()
}

// consistent looks for what is in one bucket and not in another, and lets bbolt
// check its pages.
func consistent(tx *bbolt.Tx) error {
	want := map[string]map[string]bool{} // bucket: keys
	has := func(bucket, k []byte) {
		if want[string(bucket)] == nil {
			want[string(bucket)] = map[string]bool{}
		}
		want[string(bucket)][string(k)] = true
	}
	faults := []error{eachReport(tx, has), eachToken(tx, has), countsHold(tx)}
	for err := range tx.Check() {
		faults = append(faults, err)
	}
	for _, bucket := range [][]byte{bucketBodies, bucketByDevice, bucketByCode, bucketKeys, bucketHashes} {
		tx.Bucket(bucket).ForEach(func(k, _ []byte) error {
			if !want[string(bucket)][string(k)] {
				faults = append(faults, fmt.Errorf("%s has %q, which belongs to nothing", bucket, k))
			}
			delete(want[string(bucket)], string(k))
			return nil
		})
		if missing := slices.Collect(maps.Keys(want[string(bucket)])); len(missing) > 0 {
			faults = append(faults, fmt.Errorf("%s lacks %q", bucket, missing))
		}
	}
	return errors.Join(faults...)
}

func eachReport(tx *bbolt.Tx, has func(bucket, k []byte)) error {
	return tx.Bucket(bucketReports).ForEach(func(id, v []byte) error {
		var r reportRecord
		if err := decode(v, &r); err != nil || r.ID != string(id) {
			return fmt.Errorf("report %q calls itself %q, %v", id, r.ID, err)
		}
		has(bucketBodies, id)
		if r.Device != "" {
			has(bucketByDevice, append(key(r.Device), id...))
		}
		for _, name := range slices.Concat(r.Codes, r.KBs) {
			has(bucketByCode, append(key(name), id...))
		}
		if r.Key != "" {
			k := key(r.Owner, r.Key)
			has(bucketKeys, k)
			if !bytes.Equal(tx.Bucket(bucketKeys).Get(k), id) {
				return fmt.Errorf("the key of report %q leads elsewhere", id)
			}
		}
		return nil
	})
}

func eachToken(tx *bbolt.Tx, has func(bucket, k []byte)) error {
	return tx.Bucket(bucketTokens).ForEach(func(_, v []byte) error {
		var t store.Token
		err := decode(v, &t)
		has(bucketHashes, []byte(t.Hash))
		return err
	})
}

// countsHold holds that no trial is missing in the counts. Those of machines
// that expired may be there beside them.
func countsHold(tx *bbolt.Tx) error {
	sum := map[string]store.Count{}
	err := tx.Bucket(bucketTrials).ForEach(func(_, v []byte) error {
		var m machineTrials
		err := decode(v, &m)
		for _, t := range m.Trials {
			k := string(key(t.Article, t.Action))
			n := sum[k]
			if t.Tried {
				n.Tried++
			}
			if t.Tried && t.Fixed {
				n.Fixed++
			}
			sum[k] = n
		}
		return err
	})
	for k, want := range sum {
		var have store.Count
		if err := get(tx.Bucket(bucketCounts), []byte(k), &have); want.Tried > 0 && (err != nil || have.Tried < want.Tried || have.Fixed < want.Fixed) {
			return fmt.Errorf("%q counts %v of trials %v, %v", k, have, want, err)
		}
	}
	return err
}
