package cases

import (
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
	out := decode(d.Editions.Current().Library, m, lang)
	if !out.Known {
		out.Near = errcode.Near(m.Input)
	}
	return out, nil
}

// Near offers known codes for a spelling that is none.
func (d *Decode) Near(text string) []errcode.Info { return errcode.Near(text) }

// Extracted is what a text mentions.
type Extracted struct {
	Codes []Decoded
	KBs   []facts.KBMention
	// Hints are what is nearly a code and calls for a question.
	Hints []errcode.Match
	// Omitted is how many codes, updates and hints more the text has: a log
	// repeats itself, and an answer need not.
	Omitted int
}

const (
	mostMentions = 1000 // of each kind in one answer
	mostNear     = 5    // unknown codes of a text for which near misses are looked up
)

// Text finds and decodes all codes and updates of a text, the first thousand of
// each.
func (d *Decode) Text(text string, lang kb.Lang) Extracted {
	found := facts.Find(text)
	out := Extracted{KBs: found.KBs, Hints: errcode.Hints(text)}
	lib := d.Editions.Current().Library
	known := map[errcode.Match]Decoded{} // by what a mention says, wherever it stands
	near := mostNear
	for _, m := range limit(found.Codes, &out.Omitted) {
		key := errcode.Match{Code: m.Code, Kind: m.Kind, Symbol: m.Symbol, Raw: m.Raw, HasRaw: m.HasRaw}
		decoded, seen := known[key]
		if !seen {
			decoded = decode(lib, m, lang)
			if !decoded.Known && near > 0 {
				decoded.Near, near = errcode.Near(m.Input), near-1
			}
			known[key] = decoded
		}
		decoded.Match = m
		out.Codes = append(out.Codes, decoded)
	}
	out.KBs = limit(out.KBs, &out.Omitted)
	out.Hints = limit(out.Hints, &out.Omitted)
	return out
}

func limit[T any](list []T, omitted *int) []T {
	if len(list) <= mostMentions {
		return list
	}
	*omitted += len(list) - mostMentions
	return list[:mostMentions]
}

func decode(lib *kb.Library, m errcode.Match, lang kb.Lang) Decoded {
	out := Decoded{Info: m.Info(), Match: m}
	if m.Kind == errcode.KindBugCheck {
		return out
	}
	if meaning, ok := lib.Meaning(m.Code); ok {
		out.Meaning = meaning.In(lang)
	}
	out.Articles = lib.Listing(m.Code)
	return out
}
