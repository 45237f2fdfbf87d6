package delivery

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Spool is a folder of reports that wait to be delivered, one file each, in
// JSON, for the owner's eyes only. Several programs may use one.
type Spool struct{ dir string }

// Limits of a spool. What is beyond them goes, the oldest first.
const (
	MaxWaiting = 20
	MaxAge     = 30 * 24 * time.Hour
)

const (
	waiting = ".json"    // a report
	refused = ".refused" // one that the service will never take: for a person to look at
)

// OpenSpool makes the folder of the reports for one service below dir, if it is
// not there. What waits for one service is never sent to another.
func OpenSpool(dir, server string) (*Spool, error) {
	name := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return '_'
	}, strings.ToLower(server))
	s := &Spool{filepath.Join(dir, name)}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, fmt.Errorf("the spool cannot be made, choose another folder with --spool: %w", err)
	}
	return s, nil
}

// Waiting is a report in the spool.
type Waiting struct {
	// Path is its file.
	Path string
	at   time.Time
	key  string
}

// Put writes a report to the disk. One that was put before is there once, as
// the newest.
func (s *Spool) Put(body []byte, now time.Time) (Waiting, error) {
	key := Key(body)[:16]
	w := Waiting{at: now, key: key}
	w.Path = filepath.Join(s.dir, strconv.FormatInt(now.UnixMilli(), 10)+"-"+key+waiting)
	for _, old := range s.list() {
		if old.key == key && os.Rename(old.Path, w.Path) == nil {
			return w, nil
		}
	}
	if err := s.write(w.Path, body); err != nil {
		return w, fmt.Errorf("the report cannot be kept, choose another folder with --spool: %w", err)
	}
	return w, nil
}

// write writes a file whole or not at all.
func (s *Spool) write(path string, data []byte) error {
	f, err := os.CreateTemp(s.dir, "new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// Left removes what is too old or too much, and returns the rest, the oldest
// first.
func (s *Spool) Left(now time.Time) []Waiting {
	s.sweep(now)
	all := s.list()
	old := max(0, len(all)-MaxWaiting)
	for i, w := range all {
		if now.Sub(w.at) > MaxAge {
			old = max(old, i+1)
		}
	}
	for _, w := range all[:old] {
		os.Remove(w.Path)
	}
	return all[old:]
}

// sweep removes reports that were refused long ago, and files that a crash left
// half written.
func (s *Spool) sweep(now time.Time) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		age := MaxAge
		switch {
		case strings.HasPrefix(e.Name(), "new-"):
			age = 24 * time.Hour
		case !strings.HasSuffix(e.Name(), refused):
			continue
		}
		if info, err := e.Info(); err == nil && now.Sub(info.ModTime()) > age {
			os.Remove(filepath.Join(s.dir, e.Name()))
		}
	}
}

// list returns the reports, the oldest first. A file of another name is not
// ours.
func (s *Spool) list() []Waiting {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil
	}
	var out []Waiting
	for _, e := range entries {
		stem, ok := strings.CutSuffix(e.Name(), waiting)
		stamp, key, dash := strings.Cut(stem, "-")
		ms, err := strconv.ParseInt(stamp, 10, 64)
		if ok && dash && err == nil && e.Type().IsRegular() {
			out = append(out, Waiting{filepath.Join(s.dir, e.Name()), time.UnixMilli(ms), key})
		}
	}
	slices.SortStableFunc(out, func(a, b Waiting) int { return a.at.Compare(b.at) })
	return out
}

// Read returns the report.
func (w Waiting) Read() ([]byte, error) { return os.ReadFile(w.Path) }

// Remove takes a report out, which was delivered. Another program may have done
// it before.
func (w Waiting) Remove() error {
	if err := os.Remove(w.Path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Refuse puts a report aside that the service will never take, and returns where
// it is now.
func (w Waiting) Refuse() string {
	aside := strings.TrimSuffix(w.Path, waiting) + refused
	if os.Rename(w.Path, aside) != nil {
		return w.Path
	}
	return aside
}
