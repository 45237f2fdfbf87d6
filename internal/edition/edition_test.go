package edition_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/patchmedic/patchmedic/advisor"
	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/internal/edition"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/search"
)

func open(t *testing.T, dir string) *edition.Keeper {
	t.Helper()
	lib, err := kb.Load(content.Files())
	if err != nil {
		t.Fatal(err)
	}
	k, err := edition.Open(lib, dir, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	})
	return k
}

func hits(t *testing.T, k *edition.Keeper, text string) int {
	t.Helper()
	r, err := k.Search(t.Context(), k.Current(), search.Query{Text: text, Lang: kb.English})
	if err != nil {
		t.Fatal(err)
	}
	return len(r.Hits)
}

// TestServedBeforeTheIndexIsReady holds that exact codes and advice do not wait.
func TestServedBeforeTheIndexIsReady(t *testing.T) {
	k := open(t, "")
	if hits(t, k, "0x80070306") == 0 {
		t.Error("an exact code is not found at once")
	}
	r, err := facts.DecodePatch([]byte(`{"schema":"patchmedic.facts/v1","symptoms":{"codes":["0x800f0922"],"text":"it fails"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if a := k.Current().Advisor.Advise(r, advisor.Options{Hints: k.Hints(t.Context(), k.Current(), "it fails", "")}); len(a.Diagnoses) == 0 {
		t.Error("no advice")
	}
	if err := k.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !k.Ready() || hits(t, k, "update installs again and again") == 0 {
		t.Error("words are not found when the index is ready")
	}
}

// TestIndexIsACache deletes the index between two starts.
func TestIndexIsACache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "index")
	for range 3 {
		t.Run("start", func(t *testing.T) {
			k := open(t, dir)
			if err := k.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			if hits(t, k, "update installs again and again") == 0 {
				t.Error("nothing found")
			}
		})
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
}

// TestUseWhileClosing ends a keeper under searches: they end, and nothing hangs.
func TestUseWhileClosing(t *testing.T) {
	lib, err := kb.Load(content.Files())
	if err != nil {
		t.Fatal(err)
	}
	k, err := edition.Open(lib, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	for range 4 {
		running.Go(func() {
			for range 50 {
				k.Search(t.Context(), k.Current(), search.Query{Text: "update", Lang: kb.French})
				k.Hints(t.Context(), k.Current(), "la mise à jour tourne en boucle", "")
			}
		})
	}
	if err := k.Close(); err != nil {
		t.Error(err)
	}
	running.Wait()
}
