package search

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
)

func ids(r Results) []string {
	out := []string{}
	for _, h := range r.Hits {
		out = append(out, h.Article.ID)
	}
	return out
}

// site is made-up content with one article of the given title and phrase.
func site(t testing.TB, title, phrase, status string) *kb.Library {
	t.Helper()
	c := newCorpus(1)
	files := c.files(t, 3)
	const id = "written-by-hand"
	c.article(files, id, []string{"0x80070306", "0xc1900101-0x20017"}, 5034441)
	for _, lang := range kb.Langs() {
		prose := string(files["articles/"+id+"/"+string(lang)+".md"].Data)
		_, rest, _ := strings.Cut(prose, "\n")
		files["articles/"+id+"/"+string(lang)+".md"] = &fstest.MapFile{Data: []byte("# " + title + "\n" + rest)}
	}
	yaml := string(files["articles/"+id+"/article.yaml"].Data)
	yaml = strings.Replace(yaml, "status: published", "status: "+status, 1)
	yaml = strings.Replace(yaml, "phrases:\n  fr: [", "phrases:\n  fr: [\""+phrase+"\", ", 1)
	files["articles/"+id+"/article.yaml"] = &fstest.MapFile{Data: []byte(yaml)}
	return load(t, files)
}

func TestExactAnswersNeedNoTextIndex(t *testing.T) {
	lib := site(t, "Zebra crossing", "zebra", "published")
	x, err := Open("")
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if x.Ready() {
		t.Error("an index that was never synced is ready")
	}
	for q, why := range map[string]string{"0x80070306": WhyCode, "-2147024122": WhyCode, "774": WhyCode, "ERROR_ERRORS_ENCOUNTERED": WhySymbol,
		"KB5034441": WhyKB, "5034441": WhyKB, "0xC1900101 0x20017": WhyCode, "0xc1900101": WhyRelatedCode} {
		r := search(t, x, lib, Query{Text: q})
		if len(r.Hits) != 1 || r.Hits[0].Article.ID != "written-by-hand" || r.Hits[0].Why[0].Kind != why {
			t.Errorf("%q: got %v %+v, want written-by-hand for its %s", q, ids(r), r.Hits, why)
		}
		if r.Complete {
			t.Errorf("%q: complete before any Sync", q)
		}
	}
}

func TestOnlyPublishedArticlesAreFound(t *testing.T) {
	for _, status := range []string{"draft", "review", "retired"} {
		lib := site(t, "Zebra crossing", "zebra", status)
		x := openWith(t, "", lib)
		for _, q := range []string{"zebra", "0x80070306", "KB5034441", ""} {
			if r := search(t, x, lib, Query{Text: q}); slices.Contains(ids(r), "written-by-hand") {
				t.Errorf("%s: %q finds it", status, q)
			}
		}
		for _, s := range x.Suggest(lib, "zeb", kb.English) {
			t.Errorf("%s: suggested %+v", status, s)
		}
	}
}

func TestFiltersFacetsAndPages(t *testing.T) {
	lib := synthetic(t, 300)
	x := openWith(t, "", lib)
	all := search(t, x, lib, Query{Limit: 100})
	if all.Total != 300 || len(all.Hits) != 100 {
		t.Fatalf("got %d of %d, want 100 of 300", len(all.Hits), all.Total)
	}
	for _, text := range []string{"", lib.Articles()[5].Text(kb.French).Title, strings.Fields(lib.Articles()[5].Text(kb.French).Summary)[0]} {
		q := Query{Text: text, Lang: kb.French, Limit: 7}
		first := search(t, x, lib, q)
		sum := 0
		for _, f := range first.Facets["category"] {
			sum += f.Count
			q := q
			q.Category = f.Value
			if r := search(t, x, lib, q); r.Total < f.Count {
				t.Errorf("%q in %s: got %d, want the %d of the facet or more", text, f.Value, r.Total, f.Count)
			}
		}
		if sum != first.Total {
			t.Errorf("%q: categories add up to %d of %d", text, sum, first.Total)
		}
		var paged []string
		for q.Offset = 0; q.Offset < first.Total; q.Offset += q.Limit {
			paged = append(paged, ids(search(t, x, lib, q))...)
		}
		distinct := slices.Compact(slices.Sorted(slices.Values(paged)))
		if len(paged) != first.Total || len(distinct) != first.Total {
			t.Errorf("%q: pages hold %d articles, %d distinct, of %d", text, len(paged), len(distinct), first.Total)
		}
	}
	a := lib.Articles()[17]
	if r := search(t, x, lib, Query{Code: &a.Codes[0]}); len(r.Hits) == 0 || !slices.Contains(ids(r), a.ID) {
		t.Errorf("filter by code: got %v, want %s", ids(r), a.ID)
	}
	if r := search(t, x, lib, Query{KB: a.KBs[0]}); !slices.Equal(ids(r), []string{a.ID}) {
		t.Errorf("filter by update: got %v, want %s", ids(r), a.ID)
	}
	if r := search(t, x, lib, Query{KB: facts.KB(1234567)}); r.Total != 0 {
		t.Errorf("filter by an unknown update: got %d", r.Total)
	}
	if r := search(t, x, lib, Query{Category: "no such"}); r.Total != 0 {
		t.Errorf("filter by an unknown category: got %d", r.Total)
	}
}

func TestSyncFollowsTheLibrary(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		old, now := site(t, "Zebra crossing", "zebra", "published"), site(t, "Giraffe resting", "giraffe", "published")
		x := openWith(t, dir, old)
		if r := search(t, x, old, Query{Text: "zebra"}); len(r.Hits) != 1 || !r.Complete {
			t.Fatalf("got %v, complete %v, want one hit", ids(r), r.Complete)
		}
		if err := x.Sync(context.Background(), now); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			lib  *kb.Library
			q    string
			want int
		}{{now, "giraffe", 1}, {now, "zebra", 0}, {old, "zebra", 1}, {old, "giraffe", 0}} {
			r := search(t, x, c.lib, Query{Text: c.q})
			if len(r.Hits) != c.want || !r.Complete {
				t.Errorf("%q after the edit: got %v, complete %v, want %d hits", c.q, ids(r), r.Complete, c.want)
			}
		}
	}
}

func TestAnIndexOnDiskIsReadyWhenOpened(t *testing.T) {
	dir := t.TempDir()
	lib := site(t, "Zebra crossing", "zebra", "published")
	x, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Sync(context.Background(), lib); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(x.Close(), x.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Search(context.Background(), lib, Query{Text: "zebra"}); err == nil {
		t.Error("a closed index answers")
	}
	x, err = Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if r := search(t, x, lib, Query{Text: "zebar"}); !x.Ready() || len(r.Hits) != 1 || !r.Complete || r.Understood.Corrected != "zebra" {
		t.Errorf("got %v, ready %v, complete %v, corrected %q", ids(r), x.Ready(), r.Complete, r.Understood.Corrected)
	}
	if _, err := Open(dir); !errors.Is(err, ErrInUse) {
		t.Errorf("a second opening: got %v, want ErrInUse", err)
	}
}

func TestADamagedIndexIsMadeAnew(t *testing.T) {
	lib := site(t, "Zebra crossing", "zebra", "published")
	damages := map[string]func(t *testing.T, dir, path string){
		"deleted": func(t *testing.T, dir, path string) { must(t, os.RemoveAll(dir)) },
		"emptied": func(t *testing.T, dir, path string) { must(t, os.RemoveAll(path)); must(t, os.Mkdir(path, 0o755)) },
		"a file": func(t *testing.T, dir, path string) {
			must(t, os.RemoveAll(path))
			must(t, os.WriteFile(path, []byte("x"), 0o644))
		},
		"other version": func(t *testing.T, dir, path string) {
			must(t, os.Rename(path, filepath.Join(dir, folderPrefix+"0")))
		},
		"garbage": func(t *testing.T, dir, path string) {
			scribble(t, path, func(data []byte) []byte { return []byte("garbage") })
		},
		"truncated": func(t *testing.T, dir, path string) {
			scribble(t, path, func(data []byte) []byte { return data[:len(data)/2] })
		},
		"flipped": func(t *testing.T, dir, path string) {
			scribble(t, path, func(data []byte) []byte {
				for i := range data {
					if i%97 == 0 {
						data[i] ^= 0x55
					}
				}
				return data
			})
		},
	}
	for _, name := range slices.Sorted(maps.Keys(damages)) {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "index")
			x := openAndSync(t, dir, lib)
			must(t, x.Close())
			must(t, os.WriteFile(filepath.Join(dir, "not-ours.txt"), []byte("keep"), 0o644))
			damages[name](t, dir, filepath.Join(dir, folderPrefix+mappingVersion))
			x = openAndSync(t, dir, lib)
			defer x.Close()
			// A fault that shows only when the index is read makes it anew with the
			// next Sync.
			search(t, x, lib, Query{Text: "zebra"})
			if x.Fault() != nil {
				must(t, x.Sync(context.Background(), lib))
			}
			if r := search(t, x, lib, Query{Text: "zebra"}); len(r.Hits) != 1 || !r.Complete || !x.Ready() {
				t.Errorf("got %v, complete %v, ready %v, fault %v", ids(r), r.Complete, x.Ready(), x.Fault())
			}
			if _, err := os.Stat(filepath.Join(dir, "not-ours.txt")); name != "deleted" && err != nil {
				t.Error("a file that is not the index's is gone")
			}
		})
	}
}

func openAndSync(t *testing.T, dir string, lib *kb.Library) *Index {
	t.Helper()
	x, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	must(t, x.Sync(context.Background(), lib))
	return x
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// scribble changes all files of a folder.
func scribble(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	must(t, filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(name, change(data), 0o644)
	}))
}

// TestEditsDuringAThousandSearches changes an article again and again while
// others search. A search with a Library finds that Library's text and no other,
// whatever the index holds at the time.
func TestEditsDuringAThousandSearches(t *testing.T) {
	animals := []string{"zebra", "giraffe", "ostrich", "panther", "tortoise"}
	var libs []*kb.Library
	for _, a := range animals {
		libs = append(libs, site(t, strings.ToUpper(a[:1])+a[1:]+" at work", a, "published"))
	}
	for _, dir := range []string{"", t.TempDir()} {
		x := openWith(t, dir, libs[0])
		var now sync.Mutex
		current, edits := 0, 0
		stop := make(chan struct{})
		var editor sync.WaitGroup
		editor.Go(func() {
			for i := 1; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				k := i % len(libs)
				if err := x.Sync(context.Background(), libs[k]); err != nil {
					t.Error(err)
					return
				}
				now.Lock()
				current, edits = k, i
				now.Unlock()
			}
		})
		var readers sync.WaitGroup
		for reader := range 4 {
			readers.Go(func() {
				for i := range 250 {
					now.Lock()
					k, before := current, edits
					now.Unlock()
					lib, animal := libs[k], animals[k]
					r, err := x.Search(context.Background(), lib, Query{Text: animal})
					if err != nil {
						t.Error(err)
						return
					}
					now.Lock()
					after := edits
					now.Unlock()
					for _, h := range r.Hits {
						if own, _ := lib.Article(h.Article.ID); own != h.Article {
							t.Errorf("%s is not of the Library of the search", h.Article.ID)
						}
					}
					// The Library synced last and the one before are in the index whole.
					if after-before <= 0 && (len(r.Hits) != 1 || !r.Complete) {
						t.Errorf("search %d of reader %d: %q gives %v, complete %v", i, reader, animal, ids(r), r.Complete)
					}
					wrong := animals[(k+1)%len(animals)]
					r, err = x.Search(context.Background(), lib, Query{Text: wrong})
					if err != nil || len(r.Hits) != 0 {
						t.Errorf("%q is in no article of the Library, got %v, %v", wrong, ids(r), err)
					}
				}
			})
		}
		readers.Wait()
		close(stop)
		editor.Wait()
	}
}

func TestACancelledSyncIsContinued(t *testing.T) {
	lib := synthetic(t, 300)
	x, err := Open(t.TempDir())
	must(t, err)
	defer x.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := x.Sync(ctx, lib); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want the context's error", err)
	}
	if x.Ready() {
		t.Error("ready after a Sync that was cancelled")
	}
	must(t, x.Sync(context.Background(), lib))
	title := lib.Articles()[100].Text(kb.English).Title
	if r := search(t, x, lib, Query{Text: title, Lang: kb.English}); !r.Complete || len(r.Hits) == 0 || r.Hits[0].Article.ID != lib.Articles()[100].ID {
		t.Errorf("%q: got %v", title, ids(r))
	}
	if _, err := x.Search(ctx, lib, Query{Text: title}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled search: got %v", err)
	}
}

func TestAnIndexInMemoryStaysSmall(t *testing.T) {
	libs := []*kb.Library{site(t, "Zebra crossing", "zebra", "published"), site(t, "Giraffe resting", "giraffe", "published")}
	x := openWith(t, "", libs[0])
	for i := range 3 * segmentsMost {
		must(t, x.Sync(context.Background(), libs[(i+1)%2]))
	}
	must(t, x.read(func(s *snapshot) error {
		if n := len(s.reader.Segments()); n > segmentsMost+2 {
			t.Errorf("%d segments after many edits", n)
		}
		return nil
	}))
	if r := search(t, x, libs[0], Query{Text: "zebra"}); len(r.Hits) != 1 {
		t.Errorf("got %v", ids(r))
	}
}

func TestSuggestCompletesWhatIsTyped(t *testing.T) {
	x, lib := openBundled(t)
	for _, c := range []struct {
		prefix string
		lang   kb.Lang
		want   string // kind text
	}{
		{"0x800f", kb.English, "code 0x800f0922"},
		{"8007030", kb.English, "code 0x80070306"},
		{"-214702412", kb.French, "code 0x80070306"},
		{"CBS_E_INST", kb.French, "code 0x800f0922"},
		{"kb5058", kb.French, "kb KB5058411"},
		{"50584", kb.French, "kb KB5058411"},
		{"partition efi", kb.French, "phrase partition EFI trop petite"},
		{"déjà inst", kb.French, "phrase déjà installée mais toujours proposée"},
		{"DEJA  INST", kb.French, "phrase déjà installée mais toujours proposée"},
		{"app readiness s", kb.English, "title The App Readiness service is disabled: the update rolls back"},
	} {
		var got []string
		for _, s := range x.Suggest(lib, c.prefix, c.lang) {
			got = append(got, s.Kind+" "+s.Text)
		}
		if !slices.Contains(got, c.want) || len(got) > suggestionsMost {
			t.Errorf("Suggest(%q): got %q, want %q among them", c.prefix, got, c.want)
		}
	}
	for _, nothing := range []string{"", "   ", "qqqq", "-"} {
		if got := x.Suggest(lib, nothing, ""); len(got) != 0 {
			t.Errorf("Suggest(%q): got %v", nothing, got)
		}
	}
}

func ExampleIndex_Search() {
	lib, err := bundled()
	if err != nil {
		fmt.Println(err)
		return
	}
	x, err := Open("")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer x.Close()
	if err := x.Sync(context.Background(), lib); err != nil {
		fmt.Println(err)
		return
	}
	r, err := x.Search(context.Background(), lib, Query{Text: "KB5058411 boucle", Lang: kb.French})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Hits[0].Article.ID, r.Hits[0].Why)
	// Output: update-state-disagrees-with-store [{kb KB5058411} {text boucle}]
}
