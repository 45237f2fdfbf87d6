package search

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// bundled is the content of this repository, indexed in memory.
var bundled = sync.OnceValues(func() (*kb.Library, error) { return kb.Load(content.Files()) })

func openBundled(t testing.TB) (*Index, *kb.Library) {
	t.Helper()
	lib, err := bundled()
	if err != nil {
		t.Fatalf("the content does not load:\n%v", err)
	}
	return openWith(t, "", lib), lib
}

func openWith(t testing.TB, dir string, lib *kb.Library) *Index {
	t.Helper()
	x, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := x.Sync(context.Background(), lib); err != nil {
		t.Fatal(err)
	}
	return x
}

// quality is one line of testdata/queries.jsonl: any of want is right, none of
// all for an empty want.
type quality struct {
	ID   string   `json:"id"`
	Kind string   `json:"kind"`
	Lang kb.Lang  `json:"lang"`
	Q    string   `json:"q"`
	Want []string `json:"want"`
}

func readLines[T any](t testing.TB, file string) []T {
	t.Helper()
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var out []T
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		var v T
		if err := json.Unmarshal(s.Bytes(), &v); err != nil {
			t.Fatalf("%s: %v: %s", file, err, s.Text())
		}
		out = append(out, v)
	}
	return out
}

// measure counts how well a kind of queries is answered.
type measure struct {
	queries, first, five int
	reciprocal           float64
}

func (m *measure) add(place int) { // from 1; 0: not found
	m.queries++
	if place == 1 {
		m.first++
	}
	if place >= 1 && place <= 5 {
		m.five++
	}
	if place >= 1 {
		m.reciprocal += 1 / float64(place)
	}
}

func (m *measure) String() string {
	n := float64(m.queries)
	return fmt.Sprintf("queries %3d  recall@1 %.3f  recall@5 %.3f  mrr %.3f", m.queries, float64(m.first)/n, float64(m.five)/n, m.reciprocal/n)
}

// TestQualityIsAsCommitted measures recall and mean reciprocal rank by kind of
// query. A negative counts as right when nothing is found. -update accepts what
// it measures.
func TestQualityIsAsCommitted(t *testing.T) {
	x, lib := openBundled(t)
	kinds := map[string]*measure{}
	var missed []string
	for _, q := range readLines[quality](t, "testdata/queries.jsonl") {
		if q.Kind == "unrelated" { // for the hints: a search may show what is nearest
			continue
		}
		r, err := x.Search(context.Background(), lib, Query{Text: q.Q, Lang: q.Lang})
		if err != nil {
			t.Fatal(err)
		}
		place := 1 + slices.IndexFunc(r.Hits, func(h Hit) bool { return slices.Contains(q.Want, h.Article.ID) })
		if len(q.Want) == 0 && len(r.Hits) == 0 {
			place = 1
		}
		if kinds[q.Kind] == nil {
			kinds[q.Kind] = &measure{}
		}
		kinds[q.Kind].add(place)
		if place != 1 {
			got := "nothing"
			if len(r.Hits) > 0 {
				got = r.Hits[0].Article.ID
			}
			missed = append(missed, fmt.Sprintf("%s %-14s %s: %q gives %s first, the right one at %d", q.ID, q.Kind, q.Lang, q.Q, got, place))
		}
	}
	var b strings.Builder
	for _, kind := range slices.Sorted(mapKeys(kinds)) {
		fmt.Fprintf(&b, "%-15s %s\n", kind, kinds[kind])
	}
	b.WriteString("\n" + strings.Join(missed, "\n") + "\n")
	golden(t, "testdata/quality.golden", b.String())
}

func mapKeys[K cmp.Ordered, V any](m map[K]V) func(yield func(K) bool) {
	return func(yield func(K) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run go test ./search -update and read the diff.\ngot:\n%s\nwant:\n%s", file, got, want)
	}
}

// TestRecordedQueries prints how the queries of a larger collection are
// answered, where it lies beside the repository. The repository's articles are
// fewer than its causes, so nothing fails.
func TestRecordedQueries(t *testing.T) {
	type recorded struct {
		Q, Lang, Kind, ID string
		Expect            struct {
			Codes    []facts.Code
			Remedies []string `json:"remedies_any"`
		}
	}
	list := readLines[recorded](t, filepath.FromSlash("../../shared/data/cases/queries.jsonl"))
	if len(list) == 0 {
		t.Skip("no recorded queries beside the repository")
	}
	x, lib := openBundled(t)
	kinds := map[string]*measure{}
	for _, q := range list {
		right := func(a *kb.Article) bool {
			for _, code := range q.Expect.Codes {
				if slices.Contains(a.Codes, code) {
					return true
				}
			}
			for _, alternative := range a.Remedies {
				for _, step := range alternative.Plan {
					if slices.Contains(q.Expect.Remedies, step.Action) {
						return true
					}
				}
			}
			return false
		}
		if !slices.ContainsFunc(lib.Articles(), right) {
			continue
		}
		r, err := x.Search(context.Background(), lib, Query{Text: q.Q, Lang: kb.Lang(q.Lang)})
		if err != nil {
			t.Fatal(err)
		}
		if kinds[q.Kind] == nil {
			kinds[q.Kind] = &measure{}
		}
		place := 1 + slices.IndexFunc(r.Hits, func(h Hit) bool { return right(h.Article) })
		kinds[q.Kind].add(place)
		if place != 1 {
			t.Logf("%s %s %q: right at %d of %d", q.ID, q.Kind, q.Q, place, r.Total)
		}
	}
	for _, kind := range slices.Sorted(mapKeys(kinds)) {
		t.Logf("%-15s %s", kind, kinds[kind])
	}
}
