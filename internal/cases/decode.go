package cases

import (
	"cmp"
	"slices"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/facts/errcode"
	"github.com/patchmedic/patchmedic/kb"
)

// Decode tells what codes are.
type Decode struct{ Editions Editions }

// Decoded is a code with what the tables and the library say of it.
type Decoded struct {
	errcode.Info
	// Match is how a text wrote the code; its offsets count within that text.
	Match errcode.Match
	// Meaning is what the name says in plain words, "" when nobody wrote it.
	Meaning string
	// Articles list the code: first those whose main code it is, then the more
	// frequent causes.
	Articles []*kb.Article
	// Near are known codes that differ by a slip, offered for one that is not
	// known and never put in its place.
	Near []errcode.Info
}

// Code decodes one code in any spelling. The error is [*errcode.ParseError],
// which says what to write instead.
func (d *Decode) Code(text string, lang kb.Lang) (Decoded, error) {
	m, err := errcode.ParseMatch(text)
	if err != nil {
		return Decoded{}, err
	}
	return d.match(m, lang), nil
}

// Near offers known codes for a spelling that is none.
func (d *Decode) Near(text string) []errcode.Info { return errcode.Near(text) }

// Extracted is what a text mentions.
type Extracted struct {
	Codes []Decoded
	KBs   []facts.KBMention
	// Hints are what is nearly a code and calls for a question.
	Hints []errcode.Match
}

// Text finds and decodes all codes and updates of a text.
func (d *Decode) Text(text string, lang kb.Lang) Extracted {
	found := facts.Find(text)
	out := Extracted{KBs: found.KBs, Hints: errcode.Hints(text)}
	for _, m := range found.Codes {
		out.Codes = append(out.Codes, d.match(m, lang))
	}
	return out
}

func (d *Decode) match(m errcode.Match, lang kb.Lang) Decoded {
	lib := d.Editions.Current().Library
	out := Decoded{Info: m.Info(), Match: m}
	if m.Kind == errcode.KindBugCheck {
		return out
	}
	if meaning, ok := lib.Meaning(m.Code); ok {
		out.Meaning = meaning.In(lang)
	}
	for _, a := range lib.Articles() {
		if a.Status == "published" && (slices.Contains(a.Codes, m.Code) || slices.Contains(a.Codes, facts.Code{Value: m.Code.Value})) {
			out.Articles = append(out.Articles, a)
		}
	}
	slices.SortStableFunc(out.Articles, func(x, y *kb.Article) int {
		return cmp.Or(cmp.Compare(place(x, m.Code), place(y, m.Code)), cmp.Compare(y.Frequency.Weight(), x.Frequency.Weight()))
	})
	if !out.Known {
		out.Near = errcode.Near(m.Input)
	}
	return out
}

// place is where an article lists a code: an author writes the main one first.
func place(a *kb.Article, code facts.Code) int {
	return slices.IndexFunc(a.Codes, func(c facts.Code) bool { return c.Value == code.Value })
}
