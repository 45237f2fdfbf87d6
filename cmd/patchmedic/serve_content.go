package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/internal/cases"
	"github.com/patchmedic/patchmedic/internal/edition"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/store"
)

// servedFiles are the files that are served, under the edits.
type servedFiles struct {
	lib    *kb.Library
	folder *edition.Folder // nil: the program's own content only
}

// read loads the content that is served.
func (c contentFlag) read() (servedFiles, error) {
	if c.Content == "" {
		lib, err := c.library()
		return servedFiles{lib: lib}, err
	}
	folder, lib, err := edition.OpenFolder(content.Files(), os.DirFS(c.Content))
	if err != nil {
		return servedFiles{}, faultyContent(err)
	}
	return servedFiles{lib, folder}, nil
}

// open returns the keeper of the files with the kept edits over them.
func (f servedFiles) open(ctx context.Context, records store.Store, index string, log *slog.Logger) (*edition.Keeper, error) {
	edits, err := cases.ServedEdits(ctx, records)
	if err != nil {
		return nil, err
	}
	keeper, err := edition.Open(f.lib, index, func(err error) { log.Error("the search index is not usable", "error", err) }, edits...)
	if err != nil {
		return nil, fmt.Errorf("the search index cannot be opened: %w: delete %s, it is made again", err, index)
	}
	for _, d := range edits {
		if faults := keeper.Unfit(d.Kind, d.ID); len(faults) > 0 {
			log.Warn("an edit does not fit this content and is left out", "kind", d.Kind, "id", d.ID, "faults", len(faults), "first", faults[0])
		}
	}
	return keeper, nil
}

// restored returns what lays the edits of restored records over the files.
func restored(keeper *edition.Keeper, records store.Store) func(context.Context) error {
	return func(ctx context.Context) error {
		err := keeper.Lay(ctx, func(ctx context.Context) ([]kb.Document, error) { return cases.ServedEdits(ctx, records) })
		if errors.As(err, new(edition.Following)) { // they are served, and found a little later
			return nil
		}
		return err
	}
}

// everySecond is how often a site's folder is looked at.
const everySecond = time.Second

// follow serves what changes in the site's folder; the function that it returns
// ends that.
func (f servedFiles) follow(ctx context.Context, keeper *edition.Keeper, log *slog.Logger) (end func()) {
	if f.folder == nil {
		return func() {}
	}
	ctx, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		f.folder.Follow(ctx, keeper, everySecond, func(s edition.FolderState) {
			if s.Err != nil {
				log.Error("the content of the folder is not served: mend it", "faults", s.Faults(), "error", s.Err)
				return
			}
			log.Info("the content of the folder is served", "revision", keeper.Current().Library.Revision())
		})
	})
	return func() {
		stop()
		running.Wait()
	}
}

// state returns what tells how the site's folder is, nil without one.
func (f servedFiles) state() func() (int, time.Time) {
	if f.folder == nil {
		return nil
	}
	return func() (int, time.Time) {
		s := f.folder.State()
		return s.Faults(), s.Since
	}
}
