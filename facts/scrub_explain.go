package facts

import (
	"cmp"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Replacement is what a token stands for in a report, without the name.
type Replacement struct {
	// Kind of name or secret: user, host, ip, ...
	Kind  string
	Token string
	// Times is how often the token stands in the report.
	Times int
	// Fields are the paths of the facts that hold it, in the order of [Report],
	// of a list without its elements: "logs.text".
	Fields []string
}

// Replacements returns what stands in a report that s scrubbed in the place of
// names and secrets: by kind, then the most frequent first. A token that another
// one swallowed, as that of a folder swallows a user's, is not in the report and
// not in the list.
func (s *Scrubber) Replacements(r *Report) []Replacement {
	found := map[string]*Replacement{}
	for key, token := range s.tokens {
		kind, _, _ := strings.Cut(key, "\x00")
		found[token] = &Replacement{Kind: kind, Token: token}
	}
	eachText(reportPlan(), "", reflect.ValueOf(r).Elem(), func(path, text string) {
		for _, m := range tokenWithin.FindAllStringSubmatch(text, -1) {
			if of, ok := found[m[1]]; ok {
				of.add(path)
			}
		}
	})
	var out []Replacement
	for _, of := range found {
		if of.Times > 0 {
			out = append(out, *of)
		}
	}
	slices.SortFunc(out, func(a, b Replacement) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), b.Times-a.Times, strings.Compare(a.Token, b.Token))
	})
	return out
}

// tokenWithin finds tokens in a text. The eight digits of a key come first: a
// number may be their beginning.
var tokenWithin = regexp.MustCompile(`(?:^|[^\p{L}0-9])((?:` + tokenKinds + `)-(?:[0-9a-f]{8}|\d+))`)

func (r *Replacement) add(path string) {
	r.Times++
	if !slices.Contains(r.Fields, path) {
		r.Fields = append(r.Fields, path)
	}
}

// eachText calls found with every known text of an object that is scrubbed, and
// its path.
func eachText(p *plan, path string, object reflect.Value, found func(path, text string)) {
	for i := range p.fields {
		f := &p.fields[i]
		fact := f.slotOf(object)
		if f.scrub == "keep" || f.kind != Text && f.item == nil || fact == nil || fact.State() != Known {
			continue
		}
		at, value := join(path, f.name), pointed(fact)
		if !f.list {
			f.eachText(at, value, found)
			continue
		}
		for i := range value.Len() {
			f.eachText(at, value.Index(i), found)
		}
	}
}

func (f *planField) eachText(path string, v reflect.Value, found func(path, text string)) {
	switch {
	case f.item != nil:
		eachText(f.item, path, v, found)
	case v.Kind() == reflect.String:
		found(path, v.String())
	}
}
