package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/facts/errcode"
	"github.com/patchmedic/patchmedic/internal/cases"
)

type decodeCommand struct {
	contentFlag
	langFlag
	Text []string `arg:"" help:"A code in any spelling, a name, or a text that holds codes; - reads the standard input." placeholder:"TEXT"`
}

// Run prints what each code of the text is, once. Finding none is exit code 1.
func (c *decodeCommand) Run(s *session) error {
	text := strings.Join(c.Text, " ")
	if text == "-" {
		data, err := readInput(s.in, "-")
		if err != nil {
			return err
		}
		text = string(data)
	}
	keeper, err := c.keeper()
	if err != nil {
		return err
	}
	defer keeper.Close()
	use := cases.Decode{Editions: keeper}
	if one, err := use.Code(text, c.Lang); err == nil {
		c.print(s.out, one)
		return nil
	}
	found := use.Text(text, c.Lang)
	printed := map[facts.Code]bool{} // a log repeats its codes
	for _, d := range found.Codes {
		if printed[d.Code] {
			continue
		}
		if len(printed) > 0 {
			fmt.Fprintln(s.out)
		}
		printed[d.Code] = true
		c.print(s.out, d)
	}
	if len(printed) > 0 {
		return nil
	}
	_, err = errcode.Parse(text)
	for _, near := range use.Near(text) {
		fmt.Fprintf(s.err, "near: %s %s\n", near.Code, near.Symbol)
	}
	return err
}

func (c *decodeCommand) print(w io.Writer, d cases.Decoded) {
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "  %-9s %s\n", name, value)
		}
	}
	symbol := d.Symbol
	if symbol == "" {
		symbol = "(no public name)"
	}
	fmt.Fprintf(w, "%s  %s\n", d.Code, symbol)
	line("meaning", d.Meaning)
	line("also", strings.Join(d.Aliases, ", "))
	if d.Kind == errcode.KindBugCheck {
		line("stop code", "of a crash, not an error code")
		line("source", d.Source)
		return
	}
	line("decimal", fmt.Sprintf("%d, %d", d.Code.Signed(), d.Code.Unsigned()))
	line("facility", fmt.Sprintf("%s (%d)", d.Facility.Name, d.Facility.Value))
	line("severity", string(d.Severity))
	if d.Code.Success() {
		line("success", "this code is no failure")
	}
	if d.Win32 != nil {
		line("win32", fmt.Sprintf("%d", *d.Win32))
	}
	if d.NTStatus != nil {
		line("ntstatus", fmt.Sprintf("0x%08x", *d.NTStatus))
	}
	if d.Setup != nil {
		line("setup", fmt.Sprintf("phase %s, operation %s", d.Setup.Phase, d.Setup.Operation))
	}
	line("source", d.Source)
	for _, a := range d.Articles {
		line("article", a.ID+": "+a.Text(c.Lang).Title)
	}
	for _, n := range d.Near {
		line("near", n.Code.String()+" "+n.Symbol)
	}
}
