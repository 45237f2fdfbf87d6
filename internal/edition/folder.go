package edition

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/patchmedic/patchmedic/kb"
)

// Folder is a site's content over the bundled one, followed while it is edited.
// It is looked at again and again: watching it by the system's means would need
// a dependency, and tells nothing on network shares and in containers.
type Folder struct {
	bundle, site fs.FS
	loaded       listing // what the files were when the Library was made of them
	seen         listing // when it was looked at last
	tried        listing // when they were read last
	state        atomic.Pointer[FolderState]
}

// FolderState is what became of the last change of a folder.
type FolderState struct {
	// Err is why the content of now is not served: [kb.Problems] when it has
	// faults, nil when it is served.
	Err error
	// Since is when it came to be so.
	Since time.Time
}

// Faults is how many faults keep the content of now from being served; that it
// cannot be read is one.
func (s FolderState) Faults() int {
	var faults kb.Problems
	switch {
	case s.Err == nil:
		return 0
	case errors.As(s.Err, &faults):
		return len(faults)
	}
	return 1
}

// OpenFolder returns a folder over a bundle, and the Library of both.
func OpenFolder(bundle, site fs.FS) (*Folder, *kb.Library, error) {
	f := &Folder{bundle: bundle, site: site}
	var err error
	if f.loaded, err = list(site); err != nil {
		return nil, nil, err
	}
	f.seen, f.tried = f.loaded, f.loaded
	f.state.Store(&FolderState{Since: time.Now()})
	lib, err := kb.Lint(f.files())
	return f, lib, err
}

func (f *Folder) files() fs.FS { return kb.Overlay(f.bundle, f.site) }

// State returns what became of the last change. It is safe for concurrent use.
func (f *Folder) State() FolderState { return *f.state.Load() }

// Follow looks at the folder every so often until ctx ends, and has the keeper
// reload what changed. told is called whenever the state is another one.
func (f *Folder) Follow(ctx context.Context, k *Keeper, every time.Duration, told func(FolderState)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			f.look(ctx, k, told)
		}
	}
}

// look reloads files that changed, once nobody wrote any between two looks: an
// editor saves one after the other.
func (f *Folder) look(ctx context.Context, k *Keeper, told func(FolderState)) {
	now, err := list(f.site)
	if err != nil {
		f.became(err, told)
		return
	}
	quiet := maps.Equal(now, f.seen)
	f.seen = now
	if !quiet || maps.Equal(now, f.tried) && !f.unread() {
		return
	}
	f.tried = now
	err = k.Reload(ctx, f.files(), now.since(f.loaded)...)
	if later := (Following{}); errors.As(err, &later) {
		k.failed(later)
		err = nil
	}
	if ctx.Err() != nil {
		return
	}
	if err == nil {
		f.loaded = now
	}
	f.became(err, told)
}

// unread reports whether the files could not be read, other than being faulty:
// then they are read again though they did not change.
func (f *Folder) unread() bool {
	err := f.State().Err
	return err != nil && !errors.As(err, new(kb.Problems))
}

// became keeps a state, and tells it unless it is the one that was told last.
func (f *Folder) became(err error, told func(FolderState)) {
	if before := f.State().Err; before != nil && err != nil && before.Error() == err.Error() {
		return
	}
	state := FolderState{Err: err, Since: time.Now()}
	f.state.Store(&state)
	told(state)
}

// listing is what a folder holds, by name.
type listing map[string]stamp

// stamp tells a file from what it was before.
type stamp struct {
	size    int64
	changed int64 // in nanoseconds; 0 for a folder
}

// since returns the names of what is not as it was before, sorted.
func (l listing) since(before listing) []string {
	var out []string
	for name, s := range l {
		if was, ok := before[name]; !ok || was != s {
			out = append(out, name)
		}
	}
	for name := range before {
		if _, ok := l[name]; !ok {
			out = append(out, name)
		}
	}
	slices.SortFunc(out, cmp.Compare)
	return out
}

// depth is how deep content lies: articles/id/file.
const depth = 3

// list returns what a folder holds, through links too: a mounted configuration
// is made of them. Names that begin with a dot are passed over.
func list(fsys fs.FS) (listing, error) {
	out := listing{}
	err := out.add(fsys, ".", depth)
	return out, err
}

func (l listing) add(fsys fs.FS, dir string, depth int) error {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		name := strings.TrimPrefix(dir+"/"+e.Name(), "./")
		info, err := fs.Stat(fsys, name)
		switch {
		case errors.Is(err, fs.ErrNotExist): // deleted since it was listed
		case err != nil:
			return err
		case !info.IsDir():
			l[name] = stamp{info.Size(), info.ModTime().UnixNano()}
		case depth > 1:
			l[name] = stamp{}
			err = l.add(fsys, name, depth-1)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
