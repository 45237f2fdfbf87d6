// Package bolt is the [store.Store] of one node: a single bbolt file.
//
// Writes that come at the same time share one commit, and so one wait for the
// disk; a write is acknowledged after it. Bodies of reports are compressed.
//
// A deleted record is gone for every reader at once; its bytes stay in the file
// until their page is used again. A backup holds records, not pages: what was
// deleted is not in it.
package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	bbolt "go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"

	"github.com/patchmedic/patchmedic/store"
)

// Store is a store in one file.
type Store struct {
	path string

	// mu is held for reading while db is used, and for writing while Restore
	// puts another in its place or Close ends it.
	mu     sync.RWMutex
	db     *bbolt.DB
	closed bool

	// copying is held while a backup reads and while Restore changes files: who
	// waited for a backup with mu would hold up everybody.
	copying sync.Mutex

	commits committer
	scratch sync.Pool // of *scratch
}

var _ store.Store = (*Store)(nil)

// buckets and what their keys are; see [key] for the joining of parts.
var (
	bucketReports  = []byte("reports")   // id: ReportHead and Key, Sum
	bucketBodies   = []byte("bodies")    // id: ReportBody, compressed
	bucketByDevice = []byte("by_device") // device, id
	bucketByCode   = []byte("by_code")   // code or update, id
	bucketKeys     = []byte("keys")      // owner, idempotency key: id
	bucketTrials   = []byte("trials")    // machine: machineTrials; the sequence gives versions
	bucketCounts   = []byte("counts")    // article, action: Count
	bucketDocs     = []byte("documents") // kind, id, version: Document
	bucketTokens   = []byte("tokens")    // id: Token
	bucketHashes   = []byte("hashes")    // hash of a token: id
	bucketVotes    = []byte("votes")     // article, id: Vote
	bucketLog      = []byte("log")       // id: Entry

	bucketMeta = []byte("meta") // what the file says of itself
)

// buckets are those of records.
var buckets = [][]byte{bucketReports, bucketBodies, bucketByDevice, bucketByCode, bucketKeys, bucketTrials, bucketCounts,
	bucketDocs, bucketTokens, bucketHashes, bucketVotes, bucketLog}

// layout names what the buckets hold. A file of another layout is not opened.
const layout = "patchmedic/1"

var keyLayout = []byte("layout")

// Open opens the file, and makes it when it is not there. It fails when another
// process has it.
func Open(path string) (*Store, error) {
	db, err := openFile(path)
	if err != nil {
		return nil, fmt.Errorf("open the store %s: %w", path, err)
	}
	// The file is ours: nobody is making a backup of it. It may be new.
	if err := errors.Join(leftovers(path), syncFolder(filepath.Dir(path))); err != nil {
		return nil, errors.Join(fmt.Errorf("open the store %s: %w", path, err), db.Close())
	}
	s := &Store{path: path, db: db, scratch: sync.Pool{New: func() any { return new(scratch) }}}
	s.commits.start(s)
	return s, nil
}

// openFile opens a file and makes sure that it is one of ours. Its list of free
// pages is written with each commit: else the next opening, and each write that
// fails on a full disk, would read the whole file to make the list.
func openFile(path string) (db *bbolt.DB, err error) {
	defer func() {
		if v := recover(); v != nil { // bbolt trusts its pages
			db, err = nil, fmt.Errorf("%w: %v: put a backup in its place", store.ErrDamaged, v)
		}
	}()
	db, err = bbolt.Open(path, 0o640, &bbolt.Options{Timeout: time.Second, FreelistType: bbolt.FreelistMapType, InitialMmapSize: mapped})
	switch {
	case errors.Is(err, bbolterrors.ErrTimeout):
		return nil, errors.New("another process has it: stop that one")
	case errors.Is(err, bbolterrors.ErrInvalid), errors.Is(err, bbolterrors.ErrChecksum), errors.Is(err, bbolterrors.ErrVersionMismatch):
		return nil, fmt.Errorf("%w: %w: put a backup in its place", store.ErrDamaged, err)
	case err != nil:
		return nil, err
	}
	if err := db.Update(prepare); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// prepare makes the buckets of a new file, and refuses a file that is not ours.
func prepare(tx *bbolt.Tx) error {
	if first, _ := tx.Cursor().First(); first != nil {
		meta := tx.Bucket(bucketMeta)
		if meta == nil {
			return ours(nil)
		}
		return ours(meta.Get(keyLayout))
	}
	for _, name := range buckets {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	meta, err := tx.CreateBucket(bucketMeta)
	if err != nil {
		return err
	}
	return meta.Put(keyLayout, []byte(layout))
}

// ours judges the layout of a file or a backup.
func ours(have []byte) error {
	switch string(have) {
	case layout:
		return nil
	case "":
		return fmt.Errorf("%w: this program did not write it", store.ErrDamaged)
	}
	return fmt.Errorf("another version wrote it (layout %q, this one reads %q): use that version", have, layout)
}

// Close waits for what is under way and closes the file.
func (s *Store) Close() error {
	s.commits.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return s.db.Close()
}

// view reads at one moment.
func (s *Store) view(ctx context.Context, f func(*bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return errClosed
	}
	return s.db.View(f)
}

// update writes durably. f may be called again when a write beside it failed,
// so it must set what it returns anew each time.
func (s *Store) update(ctx context.Context, f func(*bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.commits.do(ctx, f)
}

// remove deletes a file that may not be there.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
