package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/internal/cases"
	"github.com/patchmedic/patchmedic/kb"
)

type adviseCommand struct {
	contentFlag
	langFlag
	Facts    string   `arg:"" help:"A report (facts v1) in JSON; - reads it from the standard input." placeholder:"FACTS.json"`
	Audience kb.Skill `help:"Skill of the reader: user, l1 or l2." enum:"user,l1,l2" default:"l2"`
	JSON     bool     `help:"Print the advice as the API gives it." name:"json"`
}

// maxFacts bounds a report on the command line as the API does over HTTP.
const maxFacts = 4 << 20

// Run prints the advice for one report.
func (c *adviseCommand) Run(s *session) error {
	data, err := readInput(s.in, c.Facts)
	if err != nil {
		return err
	}
	keeper, err := c.inMemory(s)
	if err != nil {
		return err
	}
	defer keeper.Close()
	use := cases.Advise{Editions: keeper}
	advice, err := use.Do(s, cases.AdviseIn{Facts: data, Lang: c.Lang, Reader: c.Audience})
	var faults facts.Faults
	if errors.As(err, &faults) {
		for _, f := range faults {
			fmt.Fprintln(s.err, f)
		}
		return fmt.Errorf("%s is not a report that can be used: mend what stands above", c.Facts)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return writeJSON(s.out, advice)
	}
	return printAdvice(s.out, advice, c.Lang)
}

func readInput(in io.Reader, name string) ([]byte, error) {
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxFacts+1))
	if err == nil && len(data) > maxFacts {
		err = fmt.Errorf("%s is larger than %d MiB: is it a report?", name, maxFacts>>20)
	}
	return data, err
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
