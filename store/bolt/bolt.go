// Package bolt is the [store.Store] of one node: a single bbolt file.
//
// Writes that come at the same time share one commit, and so one wait for the
// disk; a write is acknowledged after it. Bodies of reports are compressed.
//
// A deleted record is gone for every reader at once; its bytes stay in the file
// until their page is used again. A backup is a compacted copy without them.
package bolt

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
	bbolt "go.etcd.io/bbolt"

	"github.com/patchmedic/patchmedic/store"
)

// Store is a store in one file.
type Store struct {
	path string
	pack *zstd.Encoder
	open *zstd.Decoder

	// mu is held for reading while db is used, and for writing while Restore
	// puts another in its place.
	mu sync.RWMutex
	db *bbolt.DB

	commits committer
}

var _ store.Store = (*Store)(nil)

// buckets and what their keys are; see [key] for the joining of parts.
var (
	bucketReports  = []byte("reports")   // id: ReportHead and Key, Sum
	bucketBodies   = []byte("bodies")    // id: ReportBody, compressed
	bucketByDevice = []byte("by_device") // device, id
	bucketByCode   = []byte("by_code")   // code or update, id
	bucketKeys     = []byte("keys")      // owner, idempotency key: id
	bucketTrials   = []byte("trials")    // machine: machineTrials
	bucketCounts   = []byte("counts")    // article, action: Count
	bucketDocs     = []byte("documents") // kind, id, version: Document
	bucketTokens   = []byte("tokens")    // id: Token
	bucketHashes   = []byte("hashes")    // hash of a token: id
	bucketVotes    = []byte("votes")     // article, id: Vote
	bucketLog      = []byte("log")       // id: Entry
	bucketMeta     = []byte("meta")
)

var buckets = [][]byte{bucketReports, bucketBodies, bucketByDevice, bucketByCode, bucketKeys, bucketTrials, bucketCounts,
	bucketDocs, bucketTokens, bucketHashes, bucketVotes, bucketLog, bucketMeta}

// layout names what the buckets hold. A file of another layout is not opened.
const layout = "patchmedic/1"

var keyLayout = []byte("layout")

// Open opens the file, and makes it when it is not there. It fails when another
// process has it.
func Open(path string) (*Store, error) {
	pack, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2))
	if err != nil {
		return nil, err
	}
	unpack, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(256<<20), zstd.WithDecoderConcurrency(2))
	if err != nil {
		return nil, err
	}
	db, err := openFile(path)
	if err != nil {
		return nil, err
	}
	if err := leftovers(path); err != nil { // the file is ours: nobody is making them
		return nil, errors.Join(fmt.Errorf("open the store: %w", err), db.Close())
	}
	s := &Store{path: path, pack: pack, open: unpack, db: db}
	s.commits.start(s)
	return s, nil
}

// openFile opens a file and makes sure that it is one of ours.
func openFile(path string) (*bbolt.DB, error) {
	db, err := bbolt.Open(path, 0o640, &bbolt.Options{Timeout: time.Second, FreelistType: bbolt.FreelistMapType, NoFreelistSync: true})
	if err != nil {
		return nil, fmt.Errorf("open the store %s: %w", path, err)
	}
	if err := db.Update(prepare); err != nil {
		return nil, errors.Join(fmt.Errorf("open the store %s: %w", path, err), db.Close())
	}
	return db, nil
}

func prepare(tx *bbolt.Tx) error {
	for _, name := range buckets {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	meta := tx.Bucket(bucketMeta)
	switch have := meta.Get(keyLayout); {
	case have == nil:
		return meta.Put(keyLayout, []byte(layout))
	case string(have) != layout:
		return fmt.Errorf("it was written by another version (layout %s, this one reads %s): use that version, or another data folder", have, layout)
	}
	return nil
}

// Close waits for what is under way and closes the file.
func (s *Store) Close() error {
	s.commits.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open.Close()
	return errors.Join(s.pack.Close(), s.db.Close())
}

// view reads at one moment.
func (s *Store) view(ctx context.Context, f func(*bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.db.View(f)
}

// update writes durably. f may be called again when a write beside it failed,
// so it must set what it returns anew each time.
func (s *Store) update(ctx context.Context, f func(*bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.commits.do(f)
}

// key joins parts so that keys sort by their parts and no part can look like
// two: a zero byte within a part is escaped.
func key(parts ...string) []byte {
	var out []byte
	for _, p := range parts {
		for i := range len(p) {
			out = append(out, p[i])
			if p[i] == 0 {
				out = append(out, 0xff)
			}
		}
		out = append(out, 0, 1)
	}
	return out
}

// last returns what follows a prefix of a key that ends with one part.
func last(k, prefix []byte) string { return string(k[len(prefix) : len(k)-2]) }

func number(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }

// put writes a record as JSON.
func put(b *bbolt.Bucket, k []byte, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return b.Put(k, data)
}

// get reads a record, or returns ErrNotFound.
func get(b *bbolt.Bucket, k []byte, into any) error {
	data := b.Get(k)
	if data == nil {
		return store.ErrNotFound
	}
	return decode(data, into)
}

func decode(data []byte, into any) error {
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%w: a record cannot be read: %w", store.ErrDamaged, err)
	}
	return nil
}

// note writes an entry of the log.
func note(tx *bbolt.Tx, e store.Entry) error {
	e.ID = store.NewID(e.At)
	return put(tx.Bucket(bucketLog), []byte(e.ID), e)
}

// remove deletes a file that may not be there.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
