package advisor_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/patchmedic/patchmedic/advisor"
	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
)

// library returns the bundled content and as many articles more as make n. Each
// of them has a code of its own, so that the candidates of a report stay the same.
func library(tb testing.TB, n int) *kb.Library {
	tb.Helper()
	upper := fstest.MapFS{}
	read := func(name string) []byte {
		data, err := fs.ReadFile(content.Files(), name)
		if err != nil {
			tb.Fatal(err)
		}
		return data
	}
	const model = "articles/http-service-disabled/"
	article := string(read(model + "article.yaml"))
	for i := range n - 8 {
		dir := fmt.Sprintf("articles/made-up-%d/", i)
		upper[dir+"article.yaml"] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(article, "'0x800f0922'", fmt.Sprintf("'0x8024%04x'", 0x2000+i%0x6000)))}
		upper[dir+"fr.md"] = &fstest.MapFile{Data: read(model + "fr.md")}
		upper[dir+"en.md"] = &fstest.MapFile{Data: read(model + "en.md")}
	}
	lib, err := kb.Load(kb.Overlay(content.Files(), upper))
	if err != nil {
		tb.Fatal(err)
	}
	return lib
}

// machine returns a report of some 19 kB with six codes, as a collector sends it.
func machine(tb testing.TB) []byte {
	tb.Helper()
	var b bytes.Buffer
	b.WriteString(`{"schema":"patchmedic.facts/v1","os":{"product":"Windows 11","type":"client","version":"24H2","build":26100,"revision":3775},
		"symptoms":{"text":"fails with 0x800f0922","codes":["0x800f0922"],"kbs":["KB5058411"]},
		"updates":{"history":[{"kb":"KB5058411","operation":"install","result":"failed","code":"0x800f0922","at":"2025-05-21T18:00:00Z"}],"offered":[{"kb":"KB5058411"}],"installed":[]},
		"volumes":[{"mount":"C:","role":"system","total":255000000000,"free":90000000000},{"role":"esp","total":104857600,"free":7000000}],"services":[`)
	for i := range 120 {
		fmt.Fprintf(&b, `{"name":"service%d","state":"running","start":"automatic"},`, i)
	}
	b.WriteString(`{"name":"HTTP","state":"running","start":"manual"}],"logs":[`)
	for i := range 40 {
		fmt.Fprintf(&b, `{"file":"cbs.log","level":"error","component":"CSI","code":"0x800f09%02x","text":"Failed execution of queue item number %d with some more words around it, as such lines have them"},`, 0x20+i%6, i)
	}
	b.WriteString(`{"file":"cbs.log","level":"info","text":"end"}]}`)
	return b.Bytes()
}

// BenchmarkAdvice measures a report from its bytes to an advice against what
// cannot be avoided: decoding the same bytes with encoding/json.
func BenchmarkAdvice(b *testing.B) {
	data := machine(b)
	b.Run("floor-decode-any", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var v any
			if err := json.Unmarshal(data, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := facts.Decode(data); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, n := range []int{8, 250, 5000} {
		b.Run(fmt.Sprintf("decode+advise/articles=%d", n), func(b *testing.B) {
			adv := advisor.New(library(b, n))
			b.ReportAllocs()
			b.ResetTimer()
			for b.Loop() {
				r, _, err := facts.Decode(data)
				if err != nil {
					b.Fatal(err)
				}
				if a := adv.Advise(r, advisor.Options{Lang: kb.English}); len(a.Diagnoses) == 0 {
					b.Fatal("no diagnosis")
				}
			}
		})
	}
}
