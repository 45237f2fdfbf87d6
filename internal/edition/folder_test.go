package edition_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/internal/edition"
	"github.com/patchmedic/patchmedic/kb"
)

// site is a folder of content that is followed.
type site struct {
	*testing.T
	dir    string
	keeper *edition.Keeper
	told   chan edition.FolderState
}

func newSite(t *testing.T) *site {
	s := &site{T: t, dir: t.TempDir(), told: make(chan edition.FolderState, 100)}
	folder, lib, err := edition.OpenFolder(content.Files(), os.DirFS(s.dir))
	if err != nil {
		t.Fatal(err)
	}
	if s.keeper, err = edition.Open(lib, "", func(err error) { t.Error(err) }); err != nil {
		t.Fatal(err)
	}
	if err := s.keeper.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		folder.Follow(ctx, s.keeper, 5*time.Millisecond, func(state edition.FolderState) { s.told <- state })
	}()
	t.Cleanup(func() {
		stop()
		<-stopped
		s.keeper.Close()
	})
	return s
}

func (s *site) write(d kb.Document) {
	s.Helper()
	for lang, text := range map[kb.Lang]string{"": d.YAML, kb.French: d.FR, kb.English: d.EN} {
		name := filepath.Join(s.dir, d.File(lang))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			s.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			s.Fatal(err)
		}
	}
}

// until waits for a state that is the last word: what was read half written is
// told and mended by the next look.
func (s *site) until(what string, is func(edition.FolderState) bool) {
	s.Helper()
	for end := time.After(30 * time.Second); ; {
		select {
		case state := <-s.told:
			if is(state) {
				return
			}
		case <-end:
			s.Fatal("waited in vain until " + what)
		}
	}
}

func (s *site) serves(id string) bool {
	_, ok := s.keeper.Current().Library.Article(id)
	return ok
}

// TestFolder changes a site's content while it is served.
func TestFolder(t *testing.T) {
	s := newSite(t)
	d := madeUp(t, s.keeper.Current().Library, 1, "okapi")
	s.write(d)
	s.until("the new article is served", func(state edition.FolderState) bool { return state.Err == nil && s.serves(d.ID) })
	if hits(t, s.keeper, "okapi") != 1 {
		t.Error("the new article is not found")
	}

	faulty := d
	faulty.YAML = strings.Replace(d.YAML, "category: ", "category: no-", 1)
	s.write(faulty)
	before := s.keeper.Current()
	s.until("the fault is told", func(state edition.FolderState) bool {
		var faults kb.Problems
		return errors.As(state.Err, &faults) && strings.HasPrefix(faults[0].File, "articles/"+d.ID)
	})
	if s.keeper.Current() != before {
		t.Error("content with faults is served")
	}

	s.write(d)
	s.until("it is mended", func(state edition.FolderState) bool { return state.Err == nil })

	if err := os.RemoveAll(filepath.Join(s.dir, "articles")); err != nil {
		t.Fatal(err)
	}
	s.until("the article is gone", func(state edition.FolderState) bool { return state.Err == nil && !s.serves(d.ID) })

	if err := os.RemoveAll(s.dir); err != nil {
		t.Fatal(err)
	}
	s.until("the folder is missed", func(state edition.FolderState) bool { return errors.Is(state.Err, os.ErrNotExist) })
	s.write(d)
	s.until("it is there again", func(state edition.FolderState) bool { return state.Err == nil && s.serves(d.ID) })
}

// TestOriginalUncovered holds that a file that is taken away uncovers the
// bundled one, and that edits stay over both.
func TestOriginalUncovered(t *testing.T) {
	s := newSite(t)
	original, _ := s.keeper.Original(kb.ArticleKind, "http-service-disabled")
	d := kb.Document{Kind: kb.ArticleKind, ID: "http-service-disabled", Files: madeUp(t, s.keeper.Current().Library, 1, "okapi").Files}
	s.write(d)
	s.until("the site's is served", func(state edition.FolderState) bool {
		now, _ := s.keeper.Current().Library.Files(d.Kind, d.ID)
		return now == d.Files
	})
	edit := d
	edit.Files = madeUp(t, s.keeper.Current().Library, 1, "tapir").Files
	if err := s.keeper.Edit(t.Context(), edit, keep); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(s.dir, "articles")); err != nil {
		t.Fatal(err)
	}
	s.until("the original is back", func(edition.FolderState) bool {
		now, _ := s.keeper.Original(d.Kind, d.ID)
		return now == original
	})
	if now, _ := s.keeper.Current().Library.Files(d.Kind, d.ID); now != edit.Files {
		t.Error("the edit is not served")
	}
}
