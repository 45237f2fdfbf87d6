package edition_test

import (
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/patchmedic/patchmedic/advisor"
	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/internal/edition"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/search"
)

// library returns the bundled content with n articles more, and its files.
func library(b *testing.B, n int) (*kb.Library, fs.FS) {
	b.Helper()
	lib := bundled(b)
	files := fstest.MapFS{}
	for i := range n {
		d := madeUp(b, lib, i, animals[i%len(animals)])
		for lang, text := range map[kb.Lang]string{"": d.YAML, kb.French: d.FR, kb.English: d.EN} {
			files[d.File(lang)] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	all := kb.Overlay(content.Files(), files)
	lib, err := kb.Load(all)
	if err != nil {
		b.Fatal(err)
	}
	return lib, all
}

// BenchmarkEdit measures an edit until it is searched and advised, against
// reading everything anew, which is the usual way.
func BenchmarkEdit(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		if testing.Short() && n > 1_000 {
			b.Skip("takes a minute to prepare")
		}
		lib, files := library(b, n)
		b.Run(fmt.Sprintf("lint-all/articles=%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := kb.Lint(files); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("library/articles=%d", n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if _, err := lib.Edited(madeUp(b, lib, i%n, "zebra")); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("advisor/articles=%d", n), func(b *testing.B) {
			for b.Loop() {
				advisor.New(lib)
			}
		})
		b.Run(fmt.Sprintf("edit/articles=%d", n), func(b *testing.B) { benchEdit(b, lib, n) })
	}
}

func benchEdit(b *testing.B, lib *kb.Library, n int) {
	k, err := edition.Open(lib, b.TempDir(), func(err error) { b.Error(err) })
	if err != nil {
		b.Fatal(err)
	}
	defer k.Close()
	if err := k.Wait(b.Context()); err != nil {
		b.Fatal(err)
	}
	model := bundled(b)
	for i := 0; b.Loop(); i++ {
		word := fmt.Sprintf("zebra%d", i)
		d := madeUp(b, model, i%n, word)
		if err := k.Edit(b.Context(), d, keep); err != nil {
			b.Fatal(err)
		}
		r, err := k.Search(b.Context(), k.Current(), search.Query{Text: word, Lang: kb.English})
		if err != nil || len(r.Hits) != 1 || r.Hits[0].Article.ID != d.ID {
			b.Fatalf("%s is not found: %v, %v", d.ID, r.Hits, err)
		}
	}
}
