package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/patchmedic/patchmedic/facts"
)

// explain writes which tokens stand in the report, for what kind of name, how
// often and where. It shows no name: people paste it into tickets.
func explain(w io.Writer, replaced []facts.Replacement, lang string) error {
	texts := textsOf(lang)
	if len(replaced) == 0 {
		_, err := fmt.Fprintln(w, texts.fill("replaced.nothing"))
		return err
	}
	var out strings.Builder
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { fmt.Fprintln(table, "  "+strings.Join(cells, "\t")) }
	row(texts.fill("replaced.token"), texts.fill("replaced.kind"), texts.fill("replaced.times"), texts.fill("replaced.fields"))
	for _, r := range replaced {
		row(r.Token, texts.fill("kind."+r.Kind), strconv.Itoa(r.Times), strings.Join(r.Fields, ", "))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s\n%s", texts.fill("replaced"), &out)
	return err
}
