package kb

import (
	"regexp"
	"slices"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/facts/errcode"
)

// lintProse holds what prose says of codes against the tables, because public
// articles get the names wrong and readers copy them.
func (l linter) lintProse(t *Text) {
	if !l.prose {
		return
	}
	for i, line := range strings.Split(t.Source, "\n") {
		for _, sentence := range sentences(line) {
			codes := facts.Find(sentence).Codes
			l.symbols(t, i+1, sentence, codes)
			if len(codes) > 0 {
				l.phrases(t, i+1, sentence, codes)
			}
		}
	}
	if t.Lang == French {
		l.typography(t)
	}
}

// symbolShape is what the name of a code looks like.
var symbolShape = regexp.MustCompile(`\b(?:ERROR|E|S|WU_[ES]|CBS_[ES]|PSFX_E|SPAPI_E|MOSETUP_E|DO_E|BG_E|STATUS|TRUST_E|CERT_E|CRYPT_E|RPC_S|EPT_S|DISMAPI_E|WS_E|CO_E|COR_E|INET_E|WININET_E)_[A-Z0-9_]{2,}\b`)

// between is what may stand between a code and the name that is meant for it.
var between = regexp.MustCompile("^[\\s\u00a0`*(«»“”\"',:;=–—-]*(?:(?:is|means|stands for|est|signifie|correspond à|soit|i\\.e\\.|named|nommée?|appelée?)[\\s\u00a0`*(«“\":]*)?$")

// symbols refuses a name that no table has, and a name beside another's code.
func (l linter) symbols(t *Text, line int, sentence string, codes []errcode.Match) {
	for _, m := range codes {
		if m.Note == errcode.NoteNameDiffers {
			l.inProse(t, line, "%s is not %s but %s", m.Code, symbolShape.FindString(m.Input), errcode.Lookup(m.Code).Symbol)
		}
	}
	if !strings.Contains(sentence, "_") {
		return
	}
	for _, at := range symbolShape.FindAllStringIndex(sentence, -1) {
		name := sentence[at[0]:at[1]]
		owners := errcode.Symbol(name)
		if len(owners) == 0 {
			l.inProse(t, line, "no table has the name %s: check its spelling", name)
			continue
		}
		for _, m := range codes {
			if m.End <= at[0] && between.MatchString(sentence[m.End:at[0]]) && !names(m.Code, name) {
				l.inProse(t, line, "%s is not %s but %s", m.Code, name, errcode.Lookup(m.Code).Symbol)
			}
		}
	}
}

// names reports whether a code has a name, in any of its tables.
func names(code facts.Code, name string) bool {
	info := errcode.Lookup(code)
	return strings.EqualFold(info.Symbol, name) || slices.ContainsFunc(info.Aliases, func(a string) bool { return strings.EqualFold(a, name) })
}

// negation before a phrase says that the code is not that.
var negation = regexp.MustCompile(`(?i)(?:\bnot\b|n['’]t\b|\bnever\b|\bno\b|\bwithout\b|\binstead of\b|\brather than\b|\bpas\b|\bjamais\b|\bsans\b|\bnon\b|\bau lieu d|\bplutôt qu)`)

// spoken is a phrase that stands for a code.
type spoken struct {
	code   facts.Code
	phrase string
	words  string // the phrase normalized, with a space on each side
}

// spokenOf lists the phrases of all meanings by language, in the order of codes.
func spokenOf(meanings map[uint32]Meaning) map[Lang][]spoken {
	out := map[Lang][]spoken{}
	for _, value := range sortedKeys(meanings) {
		for lang, phrases := range meanings[value].Phrases {
			for _, phrase := range phrases {
				out[lang] = append(out[lang], spoken{meanings[value].Code, phrase, " " + normalized(phrase) + " "})
			}
		}
	}
	return out
}

// phrases refuses the words of one code's name in a sentence about another.
func (l linter) phrases(t *Text, line int, sentence string, codes []errcode.Match) {
	text := " " + normalized(sentence) + " "
	for _, s := range l.lib.spoken[t.Lang] {
		if !strings.Contains(text, s.words) || l.phraseBelongs(codes, s.code, s.phrase, t.Lang) || negation.MatchString(sentenceUpTo(sentence, s.phrase)) {
			continue
		}
		l.inProse(t, line, "%q are the words of %s (%s), and the sentence speaks of %s (%s): name the right code, or say it in two sentences",
			s.phrase, s.code, errcode.Lookup(s.code).Symbol, codes[0].Code, errcode.Lookup(codes[0].Code).Symbol)
	}
}

// phraseBelongs reports whether one of the sentence's codes has the phrase.
func (l linter) phraseBelongs(matches []errcode.Match, code facts.Code, phrase string, lang Lang) bool {
	for _, m := range matches {
		if m.Code.Value == code.Value || slices.Contains(l.lib.meanings[m.Code.Value].Phrases[lang], phrase) {
			return true
		}
	}
	return false
}

// sentenceUpTo returns what stands before a phrase, or the whole sentence where
// punctuation splits the phrase.
func sentenceUpTo(sentence, phrase string) string {
	if i := strings.Index(strings.ToLower(sentence), strings.ToLower(phrase)); i >= 0 {
		return sentence[:i]
	}
	return sentence
}

func sentences(line string) []string {
	var out []string
	for {
		end := sentenceEnd.FindStringIndex(line)
		if end == nil {
			return append(out, line)
		}
		out = append(out, line[:end[0]+1])
		line = line[end[0]+1:]
	}
}

var (
	codeSpan     = regexp.MustCompile("`[^`]*`")
	linkTarget   = regexp.MustCompile(`\]\([^)]*\)|<https?:[^>]*>|\{#[^}]*\}`)
	straight     = regexp.MustCompile(`\p{L}'\p{L}`)
	missingSpace = regexp.MustCompile(`[^\s\x{a0}\x{202f}!?:;|-][!?;]|(?:\p{Ll}|\p{Lu}{2}|[\p{N}»)]):(?:\s|$)| [!?;:»]|« |«[^\x{a0}\x{202f}]`)
)

// typography holds French prose to its rules: ’ and no-break spaces.
func (l linter) typography(t *Text) {
	fenced := false
	for i, line := range strings.Split(t.Source, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
			continue
		}
		if fenced {
			continue
		}
		// A command keeps its place as a word, so that what follows it is seen.
		text := linkTarget.ReplaceAllString(codeSpan.ReplaceAllString(line, "x"), "")
		if !strings.ContainsAny(text, "'\"!?;:«»") {
			continue
		}
		switch {
		case straight.MatchString(text):
			l.inProse(t, i+1, "write the apostrophe ’ in French prose")
		case strings.Contains(text, `"`):
			l.inProse(t, i+1, "write quotation marks as « … » in French prose")
		case missingSpace.MatchString(text):
			l.inProse(t, i+1, "French puts a no-break space before : ; ! ? and » and after «: %q", missingSpace.FindString(text))
		}
	}
}
