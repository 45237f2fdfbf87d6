package search

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/lang/fr"
	"github.com/blevesearch/bleve/v2/search/query"

	"github.com/patchmedic/patchmedic/kb"
)

// benchmarkQueries are what people ask of a Library: one in five each of codes,
// updates, two to five words, words with a typing error, a code and words.
func benchmarkQueries(lib *kb.Library, n int) []Query {
	rng := rand.New(rand.NewPCG(7, 7))
	articles := lib.Articles()
	out := make([]Query, n)
	for i := range out {
		a := articles[rng.IntN(len(articles))]
		lang := kb.Langs()[rng.IntN(2)]
		body := strings.Fields(a.Text(lang).Section("symptoms").Body)
		words := func(n int) string {
			list := make([]string, n)
			for k := range list {
				list[k] = strings.Trim(body[rng.IntN(len(body))], ".")
			}
			return strings.Join(list, " ")
		}
		q := Query{Lang: lang, Limit: 10}
		switch i % 5 {
		case 0:
			q.Text = a.Codes[0].String()
		case 1:
			q.Text = a.KBs[0].String()
		case 2:
			q.Text = words(2 + rng.IntN(4))
		case typoKind:
			q.Text = misspelt(rng, words(2+rng.IntN(2)))
		case 4:
			q.Text = a.Codes[0].String() + " " + words(2)
		}
		out[i] = q
	}
	return out
}

// typoKind is the place of the queries with a typing error among five.
const typoKind = 3

// misspelt swaps two letters of the longest word.
func misspelt(rng *rand.Rand, text string) string {
	words := strings.Fields(text)
	longest := 0
	for i, w := range words {
		if len(w) > len(words[longest]) {
			longest = i
		}
	}
	w := []byte(words[longest])
	if len(w) > 4 {
		k := 1 + rng.IntN(len(w)-3)
		w[k], w[k+1] = w[k+1], w[k]
	}
	words[longest] = string(w)
	return strings.Join(words, " ")
}

// plainBleve is Bleve as its introduction uses it: a title and a body a
// language, stored, all words required, its highlighter.
type plainBleve struct{ index bleve.Index }

func newPlainBleve(b testing.TB, lib *kb.Library) *plainBleve {
	b.Helper()
	m := bleve.NewIndexMapping()
	for lang, analyzer := range map[kb.Lang]string{kb.French: fr.AnalyzerName, kb.English: en.AnalyzerName} {
		for _, name := range []string{"title_", "body_"} {
			text := bleve.NewTextFieldMapping()
			text.Analyzer = analyzer
			m.DefaultMapping.AddFieldMappingsAt(name+string(lang), text)
		}
	}
	index, err := bleve.New(filepath.Join(b.TempDir(), "plain"), m)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = index.Close() })
	batch := index.NewBatch()
	for i, a := range lib.Articles() {
		names := ""
		for _, code := range a.Codes {
			names += " " + code.String()
		}
		for _, number := range a.KBs {
			names += " " + number.String()
		}
		doc := map[string]string{"category": a.Category}
		for _, lang := range kb.Langs() {
			doc["title_"+string(lang)] = a.Text(lang).Title
			doc["body_"+string(lang)] = a.Text(lang).Source + names
		}
		if err := batch.Index(a.ID, doc); err != nil {
			b.Fatal(err)
		}
		if i%100 == 99 || i == len(lib.Articles())-1 {
			if err := index.Batch(batch); err != nil {
				b.Fatal(err)
			}
			batch = index.NewBatch()
		}
	}
	return &plainBleve{index}
}

func (p *plainBleve) search(b testing.TB, q Query, fuzziness int) int {
	match := func(field string, boost float64) *query.MatchQuery {
		m := bleve.NewMatchQuery(q.Text)
		m.SetField(field + string(q.Lang))
		m.SetOperator(query.MatchQueryOperatorAnd)
		m.SetBoost(boost)
		m.SetFuzziness(fuzziness)
		return m
	}
	r := bleve.NewSearchRequestOptions(bleve.NewDisjunctionQuery(match("title_", 3), match("body_", 1)), q.Limit, 0, false)
	r.Fields = []string{"title_" + string(q.Lang)}
	r.Highlight = bleve.NewHighlightWithStyle("html")
	answer, err := p.index.Search(r)
	if err != nil {
		b.Fatal(err)
	}
	return len(answer.Hits)
}

// BenchmarkSearch measures a search beside a floor: plain Bleve, the same
// articles, the same queries in turn, so that a busy machine slows both. An op is
// one search of ours and one of plain Bleve; "x-plain" is how many times the
// throughput, "x-p99" how many times shorter the slowest hundredth takes. A query
// with a typing error is a fuzzy one of plain Bleve, which else finds nothing.
func BenchmarkSearch(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		b.Run(fmt.Sprintf("articles=%d", n), func(b *testing.B) {
			if testing.Short() && n > 1000 {
				b.Skip("takes minutes to prepare")
			}
			lib := synthetic(b, n)
			queries := benchmarkQueries(lib, 2000)
			made := sync.OnceValue(func() *plainBleve { return newPlainBleve(b, lib) })
			ours := openWith(b, b.TempDir(), lib)
			search(b, ours, lib, Query{Text: "wrods", Lang: kb.English}) // the dictionaries are read
			b.Run("all", func(b *testing.B) { inTurn(b, made(), ours, lib, queries, 0, 1) })
			for kind, name := range []string{"code", "kb", "words", "typo", "mixed"} {
				b.Run(name, func(b *testing.B) { inTurn(b, made(), ours, lib, queries, kind, 5) })
				b.Run(name+"/ours", func(b *testing.B) {
					for i := kind; b.Loop(); i += 5 {
						search(b, ours, lib, queries[i%len(queries)])
					}
				})
			}
		})
	}
}

func inTurn(b *testing.B, plain *plainBleve, ours *Index, lib *kb.Library, queries []Query, first, step int) {
	var floor, own []time.Duration
	for i := first; b.Loop(); i += step {
		q := queries[i%len(queries)]
		start := time.Now()
		fuzziness := 0
		if i%5 == typoKind {
			fuzziness = 1
		}
		plain.search(b, q, fuzziness)
		middle := time.Now()
		search(b, ours, lib, q)
		floor, own = append(floor, middle.Sub(start)), append(own, time.Since(middle))
	}
	b.ReportMetric(float64(total(floor))/float64(total(own)), "x-plain")
	b.ReportMetric(float64(p99(floor))/float64(p99(own)), "x-p99")
	b.ReportMetric(float64(total(own).Microseconds())/float64(len(own)), "us-ours")
}

func total(list []time.Duration) (sum time.Duration) {
	for _, d := range list {
		sum += d
	}
	return sum
}

func p99(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)*99/100]
}

func search(t testing.TB, x *Index, lib *kb.Library, q Query) Results {
	r, err := x.Search(context.Background(), lib, q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// BenchmarkHints measures the hints of one sentence.
func BenchmarkHints(b *testing.B) {
	x, lib := openBundled(b)
	for b.Loop() {
		if _, err := x.Hints(context.Background(), lib, "la mise à jour est marquée installée mais windows update la repropose sans arrêt", kb.French); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSuggest measures suggestions while a title is typed.
func BenchmarkSuggest(b *testing.B) {
	x, lib := openBundled(b)
	for b.Loop() {
		x.Suggest(lib, "mise à j", kb.French)
	}
}

// BenchmarkSync measures the indexing of a thousand articles in memory.
func BenchmarkSync(b *testing.B) {
	lib := synthetic(b, 1000)
	for b.Loop() {
		x, err := Open("")
		if err != nil {
			b.Fatal(err)
		}
		if err := x.Sync(context.Background(), lib); err != nil {
			b.Fatal(err)
		}
		if err := x.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
