package search

import (
	"cmp"
	"slices"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/facts/errcode"
	"github.com/patchmedic/patchmedic/kb"
)

// Suggestion completes what somebody is typing.
type Suggestion struct {
	// Text is what to search for, or the title of the article.
	Text string
	// Kind is code, kb, phrase or title.
	Kind string
	// Detail is the symbol of a code, "" for the other kinds.
	Detail string
	// ID is the article of a title, "" for the other kinds.
	ID string
}

// suggestionsMost is how many suggestions there are at most.
const suggestionsMost = 10

// Suggest completes a prefix: codes ("0x8007", "8007"), symbols and updates that
// articles have, then phrases and titles of the language with a word that begins
// so. It needs no text index.
func (x *Index) Suggest(lib *kb.Library, prefix string, lang kb.Lang) []Suggestion {
	if lang != kb.French && lang != kb.English {
		lang, _ = detect(prefix)
	}
	key := foldedLine(bounded(prefix, maxWord*2))
	if key == "" {
		return []Suggestion{}
	}
	return x.views.of(lib).prefixes[lang]().find(key)
}

// prefixes is a sorted list of what may be typed. It never changes.
type prefixes struct {
	items []prefixItem
	keys  []prefixKey
}

type prefixItem struct {
	folded string
	out    Suggestion
	rank   float64
}

// prefixKey is a place in an item where a typed prefix may begin.
type prefixKey struct {
	item int32
	at   int32
}

func (p *prefixes) text(k prefixKey) string { return p.items[k.item].folded[k.at:] }

// What comes first among the suggestions.
const (
	rankCode   = 4
	rankKB     = 3
	rankPhrase = 2
	rankTitle  = 1
)

func newPrefixes(v *view, lang kb.Lang) *prefixes {
	p := &prefixes{}
	seen := map[string]bool{}
	for _, e := range v.entries {
		a := e.article
		for _, code := range a.Codes {
			if !seen[code.String()] {
				seen[code.String()] = true
				p.addCode(code, len(v.byCode[code]))
			}
		}
		for _, number := range a.KBs {
			if !seen[number.String()] {
				seen[number.String()] = true
				p.add(Suggestion{Text: number.String(), Kind: "kb"}, rankKB, strings.ToLower(number.String()), 0, 2)
			}
		}
		for _, phrase := range a.Phrases[lang] {
			folded := foldedLine(phrase)
			if !seen[folded] {
				seen[folded] = true
				p.add(Suggestion{Text: phrase, Kind: "phrase"}, rankPhrase+e.prior/2, folded, wordStarts(folded)...)
			}
		}
		if text := a.Text(lang); text != nil {
			folded := foldedLine(text.Title)
			p.add(Suggestion{Text: text.Title, Kind: "title", ID: a.ID}, rankTitle+e.prior/2, folded, wordStarts(folded)...)
		}
	}
	slices.SortFunc(p.keys, func(a, b prefixKey) int {
		return cmp.Or(strings.Compare(p.text(a), p.text(b)), cmp.Compare(a.item, b.item))
	})
	return p
}

// addCode adds a code under its number, with and without 0x and as a signed
// decimal, and under its symbol.
func (p *prefixes) addCode(code facts.Code, articles int) {
	symbol := errcode.Lookup(code).Symbol
	out := Suggestion{Text: code.String(), Kind: "code", Detail: symbol}
	rank := rankCode + min(float64(articles), 50)/100
	p.add(out, rank, foldedLine(code.String()), 0, 2)
	if code.Extend == 0 && code.Value>>31 == 1 {
		p.add(out, rank, decimal(code), 0, 1)
	}
	if symbol != "" {
		folded := strings.ToLower(symbol)
		starts := []int32{0}
		for i := range len(folded) {
			if folded[i] == '_' {
				starts = append(starts, int32(i+1))
			}
		}
		p.add(out, rank, folded, starts...)
	}
}

func decimal(code facts.Code) string {
	n := int64(code.Signed())
	digits := []byte{}
	for n = -n; n > 0; n /= 10 {
		digits = append(digits, byte('0'+n%10))
	}
	slices.Reverse(digits)
	return "-" + string(digits)
}

func (p *prefixes) add(out Suggestion, rank float64, folded string, starts ...int32) {
	item := int32(len(p.items))
	p.items = append(p.items, prefixItem{folded, out, rank})
	for _, at := range starts {
		p.keys = append(p.keys, prefixKey{item, at})
	}
}

// foldedLine returns a text folded, with one space between its words; a minus
// before a number stays.
func foldedLine(text string) string {
	var b []byte
	for i := 0; ; {
		w, ok := nextWord(text, i)
		if !ok {
			return string(b)
		}
		if len(b) > 0 {
			b = append(b, ' ')
		} else if w.start > 0 && text[w.start-1] == '-' && text[w.start] <= '9' {
			b = append(b, '-')
		}
		b = fold(b, text[w.start:w.end])
		i = w.end
	}
}

func wordStarts(folded string) []int32 {
	out := []int32{0}
	for i := range len(folded) {
		if folded[i] == ' ' {
			out = append(out, int32(i+1))
		}
	}
	return out
}

// scannedMost bounds how many keys of a short prefix are looked at.
const scannedMost = 4096

// find returns the best items with a key that begins with prefix.
func (p *prefixes) find(prefix string) []Suggestion {
	first, _ := slices.BinarySearchFunc(p.keys, prefix, func(k prefixKey, prefix string) int {
		return strings.Compare(p.text(k), prefix)
	})
	type match struct {
		item int32
		rank float64
	}
	var found []match
	seen := map[Suggestion]bool{}
	for _, k := range p.keys[first:min(len(p.keys), first+scannedMost)] {
		if !strings.HasPrefix(p.text(k), prefix) {
			break
		}
		item := p.items[k.item]
		if seen[item.out] {
			continue
		}
		seen[item.out] = true
		rank := item.rank
		if k.at == 0 {
			rank += 0.3 // the whole of it begins so
		}
		found = append(found, match{k.item, rank})
	}
	slices.SortStableFunc(found, func(a, b match) int {
		return cmp.Or(cmp.Compare(b.rank, a.rank), strings.Compare(p.items[a.item].out.Text, p.items[b.item].out.Text))
	})
	out := []Suggestion{}
	for _, m := range found[:min(len(found), suggestionsMost)] {
		out = append(out, p.items[m.item].out)
	}
	return out
}
