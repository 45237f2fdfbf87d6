package audit

import (
	"cmp"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
)

// Report counts what a library holds.
type Report struct {
	Articles  int // published
	Remedies  int
	Signals   int
	Questions int // signals with a question of their own
	Cases     int
	Releases  int // updates and the builds they bring
	// Categories counts articles by where the cause lies.
	Categories map[string]int
	// Evidence is how many signals an article has: fewest, median, most.
	Evidence [3]int
	// Words of prose by language, without commands and codes.
	Words map[kb.Lang]int
	// Codes are the different ones that articles list, and Ambiguous how many
	// causes have one, for those with two and more, the most ambiguous first.
	Codes     int
	Ambiguous []Ambiguity
	// Unasked are signals that a person could answer and no question decides.
	Unasked []string
	// Contradictions are pairs of articles on one main code that advise against
	// each other. Their evidence must tell them apart.
	Contradictions []Contradiction
}

// Ambiguity is a code of several causes.
type Ambiguity struct {
	Code   facts.Code
	Causes []string // articles
}

// Contradiction is an action that one article says is useless and another of the
// same main code prescribes, or two actions in opposite orders.
type Contradiction struct {
	Code       facts.Code
	What       string
	One, Other string // articles
}

// Count reports on a library and the cases beside it.
func Count(lib *kb.Library, fsys fs.FS) (*Report, error) {
	cases, err := Cases(fsys)
	if err != nil {
		return nil, err
	}
	a := auditor{lib: lib}
	r := &Report{
		Remedies: len(lib.Remedies()), Signals: len(lib.Signals()), Cases: len(cases), Releases: len(lib.Releases().Releases),
		Categories: map[string]int{}, Words: map[kb.Lang]int{},
	}
	for _, s := range lib.Signals() {
		if s.Ask != nil {
			r.Questions++
		}
	}
	for _, s := range Unasked(lib) {
		r.Unasked = append(r.Unasked, s.ID)
	}
	published := a.published()
	r.Articles = len(published)
	var evidence []int
	for _, x := range published {
		r.Categories[x.Category]++
		evidence = append(evidence, len(x.Evidence))
		r.words(x.Text)
	}
	for _, x := range lib.Remedies() {
		r.words(x.Text)
	}
	if slices.Sort(evidence); len(evidence) > 0 {
		r.Evidence = [3]int{evidence[0], evidence[len(evidence)/2], evidence[len(evidence)-1]}
	}
	r.codes(published)
	return r, nil
}

var markup = regexp.MustCompile("`[^`]*`|\\]\\([^)]*\\)|\\{#[^}]*\\}")

func (r *Report) words(text func(kb.Lang) *kb.Text) {
	for _, lang := range kb.Langs() {
		prose := markup.ReplaceAllString(fence.ReplaceAllString(text(lang).Source, ""), "")
		for _, word := range strings.Fields(prose) {
			if strings.ContainsFunc(word, func(c rune) bool { return c >= 'a' }) {
				r.Words[lang]++
			}
		}
	}
}

func (r *Report) codes(published []*kb.Article) {
	causes := map[facts.Code][]*kb.Article{}
	main := map[facts.Code][]*kb.Article{}
	for _, x := range published {
		for i, c := range x.Codes {
			causes[c] = append(causes[c], x)
			if i == 0 {
				main[c] = append(main[c], x)
			}
		}
	}
	r.Codes = len(causes)
	for c, of := range causes {
		if len(of) > 1 {
			r.Ambiguous = append(r.Ambiguous, Ambiguity{c, ids(of)})
		}
	}
	slices.SortFunc(r.Ambiguous, func(x, y Ambiguity) int {
		return cmp.Or(cmp.Compare(len(y.Causes), len(x.Causes)), compareCodes(x.Code, y.Code))
	})
	for _, c := range slices.SortedFunc(maps.Keys(main), compareCodes) {
		r.contradictions(c, main[c])
	}
}

func compareCodes(x, y facts.Code) int { return strings.Compare(x.String(), y.String()) }

func ids(of []*kb.Article) []string {
	out := make([]string, len(of))
	for i, x := range of {
		out[i] = x.ID
	}
	return out
}

// contradictions compares the first plans of all articles of one main code.
func (r *Report) contradictions(c facts.Code, of []*kb.Article) {
	for i, one := range of {
		for j, other := range of {
			if i == j || len(one.Remedies) == 0 || len(other.Remedies) == 0 {
				continue
			}
			first := other.Remedies[0]
			for _, action := range one.Ineffective {
				if first.Uses(action) {
					r.Contradictions = append(r.Contradictions, Contradiction{c, action + " is useless in the first and prescribed in the second", one.ID, other.ID})
				}
			}
			if pair := opposite(one.Remedies[0].Plan, first.Plan); i < j && pair != "" {
				r.Contradictions = append(r.Contradictions, Contradiction{c, pair + ", and the other way round", one.ID, other.ID})
			}
		}
	}
}

// opposite names two actions that the plans have in opposite orders.
func opposite(one, other []kb.PlanStep) string {
	place := func(plan []kb.PlanStep, action string) int {
		return slices.IndexFunc(plan, func(s kb.PlanStep) bool { return s.Action == action })
	}
	for i, first := range one {
		for _, second := range one[i+1:] {
			x, y := place(other, first.Action), place(other, second.Action)
			if x > y && y >= 0 && first.Action != second.Action {
				return first.Action + " before " + second.Action
			}
		}
	}
	return ""
}
