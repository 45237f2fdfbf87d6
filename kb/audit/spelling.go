package audit

import (
	"io"
	"regexp"
	"strings"

	"github.com/patchmedic/patchmedic/kb"
)

// foreign is what no dictionary knows: commands, code, addresses, ids, quoted
// menus of the other language, and words with digits or inner capitals.
var foreign = regexp.MustCompile("`[^`]*`|\\]\\([^)]*\\)|<?https?://\\S+|\\{#?[^}]*\\}|[\\p{L}\\p{N}_.%\\\\/:-]*(?:\\p{N}|_|\\\\|\\p{Ll}\\p{Lu}|\\.\\p{L})[\\p{L}\\p{N}_.%\\\\/:-]*")

// WriteProse writes all prose of a language for a spelling checker, each line
// after the file it stands in and a tab, with commands and code left out.
func WriteProse(w io.Writer, lib *kb.Library, lang kb.Lang) error {
	p := proseWriter{w: w}
	text := func(folder string, t *kb.Text) {
		for line := range strings.SplitSeq(fence.ReplaceAllString(t.Source, ""), "\n") {
			p.line(folder+string(lang)+".md", line)
		}
	}
	for _, a := range lib.Articles() {
		text("articles/"+a.ID+"/", a.Text(lang))
	}
	for _, r := range lib.Remedies() {
		text("remedies/"+r.Action+"/", r.Text(lang))
	}
	for _, s := range lib.Signals() {
		p.line(s.File(), s.Text.In(lang))
		if s.Ask == nil {
			continue
		}
		p.line(s.File(), s.Ask.Text.In(lang))
		p.line(s.File(), s.Ask.How.Menu.In(lang))
		for _, answer := range s.Ask.Answers {
			p.line(s.File(), answer.Label.In(lang))
		}
	}
	return p.err
}

type proseWriter struct {
	w   io.Writer
	err error
}

func (p *proseWriter) line(file, text string) {
	text = strings.TrimSpace(foreign.ReplaceAllString(text, " "))
	if text != "" && p.err == nil {
		_, p.err = io.WriteString(p.w, file+"\t"+text+"\n")
	}
}
