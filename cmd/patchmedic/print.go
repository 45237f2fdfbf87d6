package main

import (
	"embed"
	"fmt"
	"html"
	"io"
	"regexp"
	"strings"
	"text/template"

	"github.com/patchmedic/patchmedic/advisor"
	"github.com/patchmedic/patchmedic/kb"
)

//go:embed advice.en.tmpl advice.fr.tmpl
var adviceTemplates embed.FS

// printAdvice writes an advice for a person at a terminal.
func printAdvice(w io.Writer, a *advisor.Advice, lang kb.Lang) error {
	name := "advice." + string(lang) + ".tmpl"
	t, err := template.New(name).Funcs(template.FuncMap{
		"percent": percent,
		"points":  func(p float64) string { return fmt.Sprintf("%.0f", 100*p) },
		"telling": telling,
		"factor":  factor,
		"text":    plain,
		"add":     func(a, b int) int { return a + b },
		"join":    strings.Join,
	}).ParseFS(adviceTemplates, name)
	if err != nil {
		return err
	}
	return t.Execute(w, a)
}

// percent writes a probability. What is listed is possible, and never 0 %.
func percent(p float64) string {
	if text := fmt.Sprintf("%.0f", 100*p); text != "0" {
		return text + "\u00a0%"
	}
	return "<\u00a01\u00a0%"
}

// factor writes what a line of evidence multiplies the odds by, to two digits.
func factor(f float64) string {
	if f >= 10 {
		return fmt.Sprintf("×%.0f", f)
	}
	return fmt.Sprintf("×%.2g", f)
}

// telling leaves out lines that hardly move the odds.
func telling(e advisor.Evidence) bool {
	return e.Holds != "unknown" && (e.Factor > 1.1 || e.Factor < 0.9)
}

var (
	htmlTag   = regexp.MustCompile(`<[^>]*>`)
	blockEnd  = regexp.MustCompile(`</(?:p|li|pre|tr|h\d)>`)
	blankRuns = regexp.MustCompile(`\n{2,}`)
)

// plain turns the sanitised HTML of a step into indented lines.
func plain(indent int, page string) string {
	text := html.UnescapeString(htmlTag.ReplaceAllString(blockEnd.ReplaceAllString(page, "\n"), ""))
	text = strings.TrimSpace(blankRuns.ReplaceAllString(text, "\n"))
	return strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", indent))
}
