package search

import (
	"slices"
	"strings"
)

// synonyms are the groups of a Library by the terms they begin with.
type synonyms struct {
	groups [][][]string       // group → alternate → terms
	starts map[string][]start // first term → where it begins an alternate
}

type start struct{ group, alternate int }

// synonymWeight is what a synonym counts against the word as typed.
const synonymWeight = 0.7

func newSynonyms(groups [][]string, lang *language) *synonyms {
	s := &synonyms{starts: map[string][]start{}}
	for _, group := range groups {
		var alternates [][]string
		for _, words := range group {
			terms := lang.list(words)
			// A phrase of which only one word is left says something else:
			// "not moving" is not "move".
			if len(terms) == 0 || len(terms) == 1 && strings.ContainsAny(words, " ’'") {
				continue
			}
			if !slices.ContainsFunc(alternates, func(have []string) bool { return slices.Equal(have, terms) }) {
				alternates = append(alternates, terms)
			}
		}
		if len(alternates) < 2 {
			continue
		}
		for i, a := range alternates {
			s.starts[a[0]] = append(s.starts[a[0]], start{len(s.groups), i})
		}
		s.groups = append(s.groups, alternates)
	}
	return s
}

// at returns the longest alternate that the terms begin with and how many terms
// it takes; 0 for none.
func (s *synonyms) at(terms []string) (alternates [][]string, taken int) {
	if len(terms) == 0 {
		return nil, 0
	}
	for _, st := range s.starts[terms[0]] {
		a := s.groups[st.group][st.alternate]
		if len(a) > taken && len(a) <= len(terms) && slices.Equal(a, terms[:len(a)]) {
			alternates, taken = s.groups[st.group], len(a)
		}
	}
	return alternates, taken
}

// without returns the alternates other than the typed one, leaving out those
// that another alternate is a part of: whoever has the part has it.
func without(alternates [][]string, typed []string) [][]string {
	var out [][]string
	for i, a := range alternates {
		if slices.Equal(a, typed) {
			continue
		}
		covered := slices.ContainsFunc(alternates[:i], func(b []string) bool { return partOf(b, a) }) ||
			slices.ContainsFunc(alternates[i+1:], func(b []string) bool { return len(b) < len(a) && partOf(b, a) })
		if !covered && !partOf(typed, a) {
			out = append(out, a)
		}
	}
	return out
}

func partOf(part, whole []string) bool {
	return len(part) <= len(whole) && !slices.ContainsFunc(part, func(t string) bool { return !slices.Contains(whole, t) })
}
