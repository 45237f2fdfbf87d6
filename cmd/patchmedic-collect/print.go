package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/patchmedic/patchmedic/collector/delivery"
)

// answer writes the advice for the person at the machine: the verdict, the most
// probable cause, the next step, what came of earlier remedies, and where the report
// is. It returns the verdict.
func (p *printer) answer(answer *delivery.Answer) (verdict string, err error) {
	var a advice
	var outcomes []outcome
	err = json.Unmarshal(answer.Advice, &a)
	if err == nil && answer.Outcomes != nil {
		err = json.Unmarshal(answer.Outcomes, &outcomes)
	}
	if err != nil {
		return "", fmt.Errorf("the service's advice cannot be read, is it of another version? %w", err)
	}
	p.verdict(&a)
	for _, warning := range append(a.Warnings, answer.Warnings...) {
		p.say("warning", warning)
	}
	for i := range a.Diagnoses {
		p.diagnosis(&a.Diagnoses[i], i == 0)
	}
	if a.Verdict != "matched" {
		for _, q := range a.Questions[:min(len(a.Questions), 3)] {
			p.say("question", q.Text)
			p.some("command", q.How.Command)
			p.some("command", q.How.Menu)
		}
	}
	for i := range outcomes {
		p.outcome(&outcomes[i])
	}
	p.some("report", answer.Location)
	return a.Verdict, p.err
}

// printer writes texts of one language. It stops at the first error.
type printer struct {
	w     io.Writer
	texts texts
	lang  string
	width int // of a terminal, 0 without one
	err   error
}

// printer writes to w in the language that was chosen.
func (p *program) printer(w io.Writer) *printer {
	return &printer{w: w, texts: textsOf(p.lang), lang: p.lang, width: columns(w)}
}

// say writes a line, or a paragraph where a terminal is narrow. A command is copied
// from there, and stays whole.
func (p *printer) say(name string, args ...string) {
	text := p.texts.fill(name, args...)
	if name != "command" {
		text = wrap(text, p.width)
	}
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, text)
	}
}

// some writes a line if there is something to say.
func (p *printer) some(name, arg string) {
	if arg != "" {
		p.say(name, arg)
	}
}

func (p *printer) verdict(a *advice) {
	text := p.texts.fill("verdict." + a.Verdict)
	for _, part := range []string{a.Subject.KB, a.Subject.Code} {
		if part != "" {
			text += " · " + part
		}
	}
	p.say("verdict", text)
	if a.Wait != nil {
		p.say("wait", p.day(a.Wait.Until)+a.Wait.Until.UTC().Format(" 15:04"), a.Wait.Why)
	}
}

// day writes a date as the reader does.
func (p *printer) day(at time.Time) string {
	if p.lang == "fr" {
		return at.UTC().Format("02/01/2006")
	}
	return at.UTC().Format(time.DateOnly)
}

func (p *printer) outcome(o *outcome) {
	result := p.texts.fill("result." + o.Result)
	if o.Result == "came_back" {
		result = p.texts.fill("result.came_back", strconv.Itoa(o.Days))
	}
	p.say("outcome", o.Action, p.day(o.At), result, p.texts.fill("basis."+o.Basis))
}

func (p *printer) diagnosis(d *diagnosis, first bool) {
	percent := fmt.Sprintf("%.0f", 100*d.Confidence)
	if percent == "0" {
		percent = "<\u00a01" // what is listed is possible
	}
	if !first {
		p.say("also", d.Title, percent)
		return
	}
	p.say("")
	p.say("cause", d.Title, d.LevelLabel, percent)
	p.some("", d.Summary)
	p.say("")
	for i := range d.Remedies {
		p.remedy(&d.Remedies[i], i == 0)
	}
}

func (p *printer) remedy(r *remedy, first bool) {
	available := p.texts.fill("availability." + r.Availability)
	if !first {
		p.say("otherwise", r.Title, available)
		return
	}
	p.say("next", r.Title, available, strconv.Itoa(r.Cost.Minutes[0]), strconv.Itoa(r.Cost.Minutes[1]), strconv.Itoa(r.Cost.Restarts))
	for _, reason := range r.Because {
		p.say("because", reason)
	}
	for _, check := range r.Preflight {
		p.say("before", check.Title)
	}
	for i, step := range r.Steps {
		p.say("step", strconv.Itoa(i+1), step.Title)
		for _, command := range step.Commands {
			p.say("command", command)
		}
	}
}
