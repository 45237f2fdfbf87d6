package main

import (
	"fmt"
	"strings"

	"github.com/patchmedic/patchmedic/internal/cases"
	"github.com/patchmedic/patchmedic/search"
)

type searchCommand struct {
	contentFlag
	langFlag
	Limit int      `help:"How many articles to print, 1 to 100." default:"10"`
	Words []string `arg:"" help:"A code, a KB or words." placeholder:"WORDS"`
}

// Run prints the articles found. Finding none is exit code 1.
func (c *searchCommand) Run(s *session) error {
	if c.Limit < 1 || c.Limit > 100 {
		return misuse{fmt.Errorf("--limit is 1 to 100, not %d", c.Limit)}
	}
	keeper, err := c.inMemory(s)
	if err != nil {
		return err
	}
	defer keeper.Close()
	use := cases.Read{Editions: keeper}
	found, _, err := use.Search(s, search.Query{Text: strings.Join(c.Words, " "), Lang: c.Lang, Limit: c.Limit})
	if err != nil {
		return err
	}
	if found.Understood.Corrected != "" {
		fmt.Fprintf(s.err, "searched for: %s\n", found.Understood.Corrected)
	}
	for _, hit := range found.Hits {
		var why []string
		for _, r := range hit.Why {
			why = append(why, r.Kind+" "+r.Match)
		}
		fmt.Fprintf(s.out, "%s  %s\n    %s\n", hit.Article.ID, hit.Article.Text(hit.Lang).Title, strings.Join(why, ", "))
	}
	if found.Total == 0 {
		fmt.Fprintln(s.err, "nothing found: try a code, a KB number, or fewer words")
		return errSilent
	}
	return nil
}
