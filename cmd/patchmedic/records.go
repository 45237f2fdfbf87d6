package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/patchmedic/patchmedic/internal/access"
	"github.com/patchmedic/patchmedic/store"
	"github.com/patchmedic/patchmedic/store/bolt"
)

type dataFlag struct {
	Data string `help:"Folder of what the service keeps; made if it is not there." default:"./data" type:"path" placeholder:"DIR"`
}

// records are what commands do with the data folder: in its file, or by the
// service that has it.
type records interface {
	createToken(ctx context.Context, w access.Wish) (made *store.Token, secret string, err error)
	tokens(ctx context.Context) ([]store.Token, error)
	revokeToken(ctx context.Context, id string) error
	backup(ctx context.Context, w io.Writer) error
	restore(ctx context.Context, r io.Reader) error
	close() error
}

// open returns the records of the folder. A command that only reads does not make
// one: that would turn a misspelt name into an empty backup.
func (f dataFlag) open(making bool) (records, error) {
	if making {
		if err := os.MkdirAll(f.Data, 0o750); err != nil {
			return nil, fmt.Errorf("the data folder cannot be made: %w: choose another with --data", err)
		}
	} else if !hasRecords(f.Data) {
		return nil, fmt.Errorf("there are no records in %s: name the data folder of the service with --data", f.Data)
	}
	unlock, err := lock(f.Data)
	if errors.Is(err, errInUse) {
		return readControl(f.Data)
	}
	if err != nil {
		return nil, err
	}
	kept, err := openRecords(f.Data)
	if err != nil {
		unlock()
		return nil, err
	}
	return &file{kept, unlock}, nil
}

// with opens the records, uses them and closes them.
func (f dataFlag) with(making bool, use func(records) error) error {
	r, err := f.open(making)
	if err != nil {
		return err
	}
	return errors.Join(use(r), r.close())
}

// recordsIn is the file of the records in a data folder.
func recordsIn(dir string) string { return filepath.Join(dir, "records.db") }

// hasRecords reports whether a data folder was used before.
func hasRecords(dir string) bool {
	_, err := os.Stat(recordsIn(dir))
	return err == nil
}

// openRecords opens the records of a data folder whose lock is held.
func openRecords(dir string) (store.Store, error) {
	kept, err := bolt.Open(recordsIn(dir))
	if err != nil {
		return nil, fmt.Errorf("the records cannot be opened: %w: choose another folder with --data, or move %s away and put a backup in its place with patchmedic restore",
			err, recordsIn(dir))
	}
	return kept, nil
}

// file is the records of a folder that no service has.
type file struct {
	kept   store.Store
	unlock func()
}

func (f *file) createToken(ctx context.Context, w access.Wish) (*store.Token, string, error) {
	return access.Tokens{Records: f.kept}.Create(ctx, w, access.Operator())
}

func (f *file) tokens(ctx context.Context) ([]store.Token, error) { return f.kept.Tokens(ctx) }

func (f *file) revokeToken(ctx context.Context, id string) error {
	err := access.Tokens{Records: f.kept}.Revoke(ctx, id, access.Operator())
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("there is no token %s, or it was revoked before: patchmedic token list has the ids", id)
	}
	return err
}

func (f *file) backup(ctx context.Context, w io.Writer) error {
	if err := f.kept.Note(ctx, access.Operator().Entry("backup.sent", "", "")); err != nil {
		return err
	}
	return f.kept.Backup(ctx, w)
}

func (f *file) restore(ctx context.Context, r io.Reader) error {
	if err := f.kept.Restore(ctx, r); err != nil {
		return err
	}
	return f.kept.Note(ctx, access.Operator().Entry("backup.restored", "", ""))
}

func (f *file) close() error {
	defer f.unlock()
	return f.kept.Close()
}
