package audit

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
)

// prose compares the languages of each document, and all documents of each
// language.
func (a *auditor) prose() {
	seen := map[kb.Lang]paragraphs{kb.French: {}, kb.English: {}}
	each := func(folder string, text func(kb.Lang) *kb.Text) {
		fr, en := text(kb.French), text(kb.English)
		a.sameBlocks(folder, fr.Source, en.Source)
		a.sameCodes(folder, fr.Source, en.Source)
		for lang, source := range map[kb.Lang]string{kb.French: fr.Source, kb.English: en.Source} {
			file := folder + string(lang) + ".md"
			a.placeholders(file, source)
			a.repeats(seen[lang], file, source)
		}
	}
	for _, x := range a.lib.Articles() {
		each("articles/"+x.ID+"/", x.Text)
	}
	for _, r := range a.lib.Remedies() {
		each("remedies/"+r.Action+"/", r.Text)
		for _, step := range slices.Concat(r.Steps, r.Undo) {
			for _, command := range step.Commands {
				if hole := placeholder.FindString(command); hole != "" {
					a.fault("remedies/"+r.Action+"/remedy.yaml", 0, "step %s has %s in a command, which somebody will paste as it stands: declare a parameter, or let the command find the value", step.ID, hole)
				}
			}
		}
	}
}

var fence = regexp.MustCompile("(?ms)^[ \t]*```([a-z]*)\n(.*?)^[ \t]*```")

// prompt is what a command asks the reader, in the reader's language.
var prompt = regexp.MustCompile(`(?i)(Read-Host |shutdown\.exe .*/c )("[^"]*"|'[^']*')`)

// blocks returns the commands of a text, in the order of its blocks.
func blocks(source string) []string {
	var out []string
	for _, m := range fence.FindAllStringSubmatch(source, -1) {
		if m[1] != "text" && m[1] != "" {
			out = append(out, prompt.ReplaceAllString(strings.TrimSpace(m[2]), "$1"))
		}
	}
	return out
}

// sameBlocks holds that commands are never translated. The order of blocks may
// follow the language's own sentence.
func (a *auditor) sameBlocks(folder, fr, en string) {
	inFrench, inEnglish := blocks(fr), blocks(en)
	slices.Sort(inFrench)
	slices.Sort(inEnglish)
	for _, missing := range lacking(inEnglish, inFrench) {
		a.fault(folder+"fr.md", 0, "a block of commands stands in English only: %q", clip(missing))
	}
	for _, missing := range lacking(inFrench, inEnglish) {
		a.fault(folder+"en.md", 0, "a block of commands stands in French only: %q", clip(missing))
	}
}

// sameCodes holds that both languages speak of the same codes.
func (a *auditor) sameCodes(folder, fr, en string) {
	inFrench, inEnglish := codes(fr), codes(en)
	for _, c := range lacking(inEnglish, inFrench) {
		a.fault(folder+"fr.md", 0, "%s stands in the English text only", c)
	}
	for _, c := range lacking(inFrench, inEnglish) {
		a.fault(folder+"en.md", 0, "%s stands in the French text only", c)
	}
}

func codes(source string) []string {
	var out []string
	for _, m := range facts.Find(source).Codes {
		if c := m.Code.String(); !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// lacking returns what is in all and not in some.
func lacking(all, some []string) []string {
	var out []string
	for _, s := range all {
		if !slices.Contains(some, s) {
			out = append(out, s)
		}
	}
	return out
}

const clipped = 70 // characters of a text that a fault quotes

func clip(s string) string {
	if r := []rune(s); len(r) > clipped {
		return string(r[:clipped]) + "…"
	}
	return s
}

// placeholder is what an author leaves for the reader to fill in.
var placeholder = regexp.MustCompile(`<[A-KM-Za-km-z][A-Za-z -]*>|\bXXXXX\b|\{GUID\}|\.\.\.\\`)

// placeholders refuses holes in blocks that are meant to be pasted.
func (a *auditor) placeholders(file, source string) {
	for _, m := range fence.FindAllStringSubmatchIndex(source, -1) {
		if kind := source[m[2]:m[3]]; kind != "cmd" && kind != "powershell" && kind != "diskpart" {
			continue
		}
		if hole := placeholder.FindString(source[m[4]:m[5]]); hole != "" {
			a.fault(file, 1+strings.Count(source[:m[4]], "\n"), "the command has %s, which somebody will paste as it stands: let the command find the value or ask for it", hole)
		}
	}
}

// paragraphs is where each paragraph of a language stands.
type paragraphs map[string]string

// shortest is how many characters a paragraph has that nobody writes twice by
// chance.
const shortest = 80

// repeats holds that two causes never share a paragraph, and one file says
// nothing twice.
func (a *auditor) repeats(seen paragraphs, file, source string) {
	text := fence.ReplaceAllStringFunc(source, func(block string) string { return strings.Repeat("\n", strings.Count(block, "\n")) })
	line := 1
	for _, paragraph := range strings.SplitAfter(text, "\n") {
		here := line
		line++
		key := strings.ToLower(strings.Join(strings.Fields(paragraph), " "))
		if utf8.RuneCountInString(key) < shortest {
			continue
		}
		if before, ok := seen[key]; ok {
			a.fault(file, here, "this paragraph stands in %s too: say here what is special here", before)
			continue
		}
		seen[key] = file
	}
}
