package search

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
)

// spellings are how people and tools write a code.
func spellings(c facts.Code) []string {
	if c.Extend != 0 {
		pair := fmt.Sprintf("%08X - 0x%X", c.Value, c.Extend)
		return []string{c.String(), "0x" + pair, strings.ToLower(pair), "setup error 0x" + pair}
	}
	out := []string{c.String(), fmt.Sprintf("%08X", c.Value), fmt.Sprintf("windows update 0X%08x", c.Value)}
	if signed := int32(c.Value); signed < 0 {
		return append(out, fmt.Sprint(signed))
	}
	return append(out, fmt.Sprintf("0x%x", c.Value)) // a small decimal number is anything
}

// TestEveryCodeFindsItsArticlesFirst searches every code of the library in four
// spellings and both languages: all articles that list it stand before any that
// does not.
func TestEveryCodeFindsItsArticlesFirst(t *testing.T) {
	x, lib := openBundled(t)
	codes := map[facts.Code]bool{}
	for _, a := range lib.Articles() {
		for _, c := range a.Codes {
			codes[c] = true
		}
	}
	if len(codes) == 0 {
		t.Fatal("no codes")
	}
	for c := range codes {
		listing := lib.Listing(c)
		for _, text := range spellings(c) {
			for _, lang := range kb.Langs() {
				r, err := x.Search(t.Context(), lib, Query{Text: text, Lang: lang, Limit: 100})
				if err != nil {
					t.Fatal(err)
				}
				var others, late []string
				found := 0
				for _, hit := range r.Hits {
					switch {
					case !slices.Contains(listing, hit.Article):
						others = append(others, hit.Article.ID)
					case len(others) > 0:
						late = append(late, hit.Article.ID)
					default:
						found++
					}
				}
				if found != len(listing) {
					t.Errorf("%s as %q in %s: %d of %d articles first; %v stand behind %v", c, text, lang, found, len(listing), late, others)
				}
			}
		}
	}
}
