package bolt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
	bbolt "go.etcd.io/bbolt"

	"github.com/patchmedic/patchmedic/store"
)

// Backup writes the records of one moment into a file beside the store's, and
// that to w: who reads slowly keeps no pages from being used again. It takes as
// much disk for a while as the backup has bytes.
func (s *Store) Backup(ctx context.Context, w io.Writer) error {
	spool, err := os.OpenFile(s.path+".backup-"+store.NewID(time.Now()), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err = s.dump(ctx, spool); err == nil {
		_, err = io.Copy(w, spool)
	}
	if err = errors.Join(err, spool.Close(), remove(spool.Name())); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

// dump writes a backup into a file and goes to its beginning.
func (s *Store) dump(ctx context.Context, f *os.File) error {
	z, err := zstd.NewWriter(f, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	err = s.view(ctx, func(tx *bbolt.Tx) error { return writeRecords(ctx, z, tx) })
	if err = errors.Join(err, z.Close()); err != nil {
		return err
	}
	_, err = f.Seek(0, io.SeekStart)
	return err
}

// Restore makes a file of the backup beside the store's, all of it, and only
// then puts it in the place of that.
func (s *Store) Restore(ctx context.Context, r io.Reader) (err error) {
	fresh := s.path + ".restore-" + store.NewID(time.Now())
	defer func() { err = errors.Join(err, remove(fresh)) }()
	if err := receive(ctx, r, fresh); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := s.swap(fresh); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return nil
}

// receive makes a file of a backup.
func receive(ctx context.Context, r io.Reader, path string) error {
	from, err := openRecords(r)
	if err != nil {
		return err
	}
	defer from.close()
	db, err := openFile(path)
	if err != nil {
		return err
	}
	db.NoSync = true // once, at the end
	err = readRecords(ctx, from, db)
	if err == nil {
		err = db.Sync()
	}
	return errors.Join(err, db.Close())
}

// swap puts another file in the place of the store's. When that fails, the file
// that is there is opened again.
func (s *Store) swap(fresh string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	if err := s.db.Close(); err != nil {
		return err
	}
	err := os.Rename(fresh, s.path)
	if err == nil {
		err = syncFolder(filepath.Dir(s.path))
	}
	db, opened := openFile(s.path)
	if opened == nil {
		s.db = db
	}
	return errors.Join(err, opened)
}

// leftovers removes what a process left that ended during a backup or a restore.
func leftovers(path string) error {
	dir, base := filepath.Split(path)
	files, err := os.ReadDir(filepath.Clean(dir))
	for _, f := range files {
		if strings.HasPrefix(f.Name(), base+".backup-") || strings.HasPrefix(f.Name(), base+".restore-") {
			err = errors.Join(err, remove(filepath.Join(dir, f.Name())))
		}
	}
	return err
}
