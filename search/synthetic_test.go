package search

import (
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/facts/errcode"
	"github.com/patchmedic/patchmedic/kb"
)

// corpus is made-up content of any size: articles of 600 to 1500 words a
// language, the frequency of words after Zipf, each with codes and updates.
type corpus struct {
	rng   *rand.Rand
	words map[kb.Lang][]string
	codes []string
	sums  []float64 // of the words' weights
}

func newCorpus(seed uint64) *corpus {
	c := &corpus{rng: rand.New(rand.NewPCG(seed, 1)), words: map[kb.Lang][]string{}}
	const vocabulary = 12_000
	for lang, endings := range map[kb.Lang][]string{kb.French: {"er", "ée", "tion", "eur", "age", "ique", ""}, kb.English: {"ing", "ed", "er", "ness", "able", "al", ""}} {
		seen := map[string]bool{}
		for len(c.words[lang]) < vocabulary {
			var b strings.Builder
			for range 1 + c.rng.IntN(3) {
				b.WriteByte("bcdfglmnprstv"[c.rng.IntN(13)])
				b.WriteByte("aeiou"[c.rng.IntN(5)])
				b.WriteByte("lmnrstkp"[c.rng.IntN(8)])
			}
			b.WriteString(endings[c.rng.IntN(len(endings))])
			if w := b.String(); !seen[w] {
				seen[w] = true
				c.words[lang] = append(c.words[lang], w)
			}
		}
	}
	sum := 0.0
	for i := range vocabulary {
		sum += 1 / math.Pow(float64(i+1), 0.9)
		c.sums = append(c.sums, sum)
	}
	for row := range errcode.All() {
		if row.Space == "hresult" && row.Number>>31 == 1 {
			c.codes = append(c.codes, fmt.Sprintf("0x%08x", row.Number))
		}
	}
	return c
}

func (c *corpus) word(lang kb.Lang) string {
	at := c.rng.Float64() * c.sums[len(c.sums)-1]
	lo, hi := 0, len(c.sums)-1
	for lo < hi {
		mid := (lo + hi) / 2
		if c.sums[mid] < at {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return c.words[lang][lo]
}

func (c *corpus) sentence(lang kb.Lang, words int) string {
	list := make([]string, words)
	for i := range list {
		list[i] = c.word(lang)
	}
	return strings.Join(list, " ")
}

func (c *corpus) prose(lang kb.Lang, title string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s.\n", title, c.sentence(lang, 30))
	for _, section := range []string{"symptoms", "analysis", "why", "prevention", "faq"} {
		fmt.Fprintf(&b, "\n## %s {#%s}\n\n", c.sentence(lang, 3), section)
		for range 2 + c.rng.IntN(4) {
			for range 4 {
				b.WriteString(c.sentence(lang, 15) + ". ")
			}
			b.WriteString("\n\n")
		}
	}
	return b.String()
}

// article writes one article into a file system.
func (c *corpus) article(files fstest.MapFS, id string, codes []string, number int) {
	phrases := map[kb.Lang][2]string{}
	for _, lang := range kb.Langs() {
		phrases[lang] = [2]string{c.sentence(lang, 4), c.sentence(lang, 5)}
		file := fmt.Sprintf("articles/%s/%s.md", id, lang)
		files[file] = &fstest.MapFile{Data: []byte(c.prose(lang, c.sentence(lang, 7)))}
	}
	var b strings.Builder
	fmt.Fprintf(&b, `schema: patchmedic.article/v1
category: %s
status: published
reviewed: 2026-11-22
frequency: %s
codes: ['%s']
kbs: [KB%d]
affects: [{product: Windows 11, versions: [24H2], builds: ['26100']}]
phrases:
  fr: ["%s", "%s"]
  en: ["%s", "%s"]
evidence:
  - {signal: store-damaged-repairable, if_cause: usually}
remedies:
  - {plan: [{action: in-place-repair}], cures: usually}
verify:
  - {signal: store-healthy}
sources:
  - {title: Made up, url: 'https://example.com/', kind: field, seen: 2026-11-22}
`, []string{"servicing", "agent", "disk", "network"}[c.rng.IntN(4)], []string{"common", "occasional", "rare"}[c.rng.IntN(3)],
		strings.Join(codes, "', '"), number, phrases[kb.French][0], phrases[kb.French][1], phrases[kb.English][0], phrases[kb.English][1])
	files["articles/"+id+"/article.yaml"] = &fstest.MapFile{Data: []byte(b.String())}
}

// base is the content of the repository without its articles.
func base(t testing.TB) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	bundle := content.Files()
	err := fs.WalkDir(bundle, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(name, "articles/") {
			return err
		}
		data, err := fs.ReadFile(bundle, name)
		out[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// files returns content with n made-up articles.
func (c *corpus) files(t testing.TB, n int) fstest.MapFS {
	t.Helper()
	out := base(t)
	for i := range n {
		codes := []string{c.codes[(i*7)%len(c.codes)], c.codes[(i*7+3)%len(c.codes)]}
		c.article(out, fmt.Sprintf("made-up-%05d", i), codes, 5_000_000+i)
	}
	return out
}

func load(t testing.TB, files fs.FS) *kb.Library {
	t.Helper()
	lib, err := kb.Load(files)
	if err != nil {
		text := err.Error()
		t.Fatalf("made-up content:\n%.3000s", text)
	}
	return lib
}

var (
	madeUpMu sync.Mutex
	madeUp   = map[int]*kb.Library{}
)

// synthetic returns a Library of n made-up articles, made once.
func synthetic(t testing.TB, n int) *kb.Library {
	t.Helper()
	madeUpMu.Lock()
	defer madeUpMu.Unlock()
	if madeUp[n] == nil {
		madeUp[n] = load(t, newCorpus(uint64(n)).files(t, n))
	}
	return madeUp[n]
}
