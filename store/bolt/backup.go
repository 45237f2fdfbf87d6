package bolt

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/klauspost/compress/zstd"
	bbolt "go.etcd.io/bbolt"

	"github.com/patchmedic/patchmedic/store"
)

// compactTx bounds a transaction of a compaction in bytes.
const compactTx = 8 << 20

// Backup copies the state of one moment beside the file, compacted, and writes
// that: it takes as much disk for a while as the backup has bytes.
func (s *Store) Backup(ctx context.Context, w io.Writer) (err error) {
	copied := s.path + ".backup-" + store.NewID(time.Now())
	defer func() { err = errors.Join(err, remove(copied)) }()
	if err := s.copyTo(ctx, copied); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := pack(w, copied); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

// pack compresses a file. The checksum and the end mark of zstd tell a backup
// that was cut off or altered.
func pack(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := zstd.NewWriter(w)
	if err != nil {
		return err
	}
	_, err = io.Copy(z, f)
	return errors.Join(err, z.Close())
}

func (s *Store) copyTo(ctx context.Context, path string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	to, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: true, NoSync: true})
	if err != nil {
		return err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return errors.Join(bbolt.Compact(to, s.db, compactTx), to.Close())
}

// Restore writes the backup beside the file, reads all of it, and only then puts
// it in the place of the file.
func (s *Store) Restore(ctx context.Context, r io.Reader) (err error) {
	fresh := s.path + ".restore-" + store.NewID(time.Now())
	defer func() { err = errors.Join(err, remove(fresh)) }()
	if err := receive(ctx, r, fresh); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := sound(fresh); err != nil {
		return fmt.Errorf("restore: %w: %w", store.ErrDamaged, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	renamed := os.Rename(fresh, s.path)
	if renamed == nil {
		renamed = syncFolder(filepath.Dir(s.path))
	}
	db, opened := openFile(s.path)
	if opened == nil {
		s.db = db
	}
	if err := errors.Join(renamed, opened); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return nil
}

// receive unpacks a backup into a file that survives.
func receive(ctx context.Context, r io.Reader, path string) error {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return err
	}
	defer z.Close()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	if _, err = io.Copy(f, z); errors.Is(err, zstd.ErrMagicMismatch) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, zstd.ErrCRCMismatch) {
		err = fmt.Errorf("%w: this is no backup of this program, or not all of it: %w", store.ErrDamaged, err)
	}
	return errors.Join(err, f.Sync(), f.Close(), ctx.Err())
}

// sound opens a file and reads every record of it.
func sound(path string) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil { // bbolt trusts its pages
			err = fmt.Errorf("%v", v)
		}
	}()
	db, err := openFile(path)
	if err != nil {
		return err
	}
	err = db.View(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if err := tx.Bucket(name).ForEach(func(_, v []byte) error { _ = crc32.ChecksumIEEE(v); return nil }); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, db.Close())
}

// leftovers removes what a process left that ended during a backup or a restore.
func leftovers(path string) error {
	var faults error
	for _, pattern := range []string{path + ".backup-*", path + ".restore-*"} {
		names, err := filepath.Glob(pattern)
		faults = errors.Join(faults, err)
		for _, name := range names {
			faults = errors.Join(faults, remove(name))
		}
	}
	return faults
}
