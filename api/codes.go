package api

import (
	"fmt"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/facts/errcode"
	"github.com/patchmedic/patchmedic/internal/cases"
	"github.com/patchmedic/patchmedic/kb"
)

// langParams are what a call takes that only needs a language.
type langParams struct {
	// Language of the answer; without it Accept-Language decides.
	Lang string `form:"lang" enums:"fr,en"`
} // @name LangParams

// codeAnswer is what an error code says.
type codeAnswer struct {
	// Code is the canonical spelling: 0x80070306, 0xc1900101-0x20017; a stop code is 0x0000007e.
	Code     string `json:"code"`
	Signed   int32  `json:"signed"`
	Unsigned uint32 `json:"unsigned"`
	// Symbol is the code's name, empty when nobody names it.
	Symbol string `json:"symbol"`
	// Aliases are the other names of the same number.
	Aliases  []string `json:"aliases"`
	Facility facility `json:"facility"`
	Severity string   `json:"severity" enums:"success,informational,warning,error"`
	Kind     string   `json:"kind" enums:"win32,hresult,ntstatus,wu,cbs,setupapi,setup,dism,bits,do,ese,defender,bugcheck"`
	// Success: the code says that the operation worked. It is no evidence of a failure.
	Success bool `json:"success"`
	// Generic: the code only says that something failed; look for the code behind it.
	Generic bool `json:"generic"`
	// Known: the number is in a public table, if only without a name.
	Known bool `json:"known"`
	// Win32 is the Win32 number inside.
	Win32 *uint32 `json:"win32,omitempty"`
	// NTStatus is the NTSTATUS inside, as in 0xc0000034.
	NTStatus string `json:"ntstatus,omitempty"`
	// HTTPStatus is the HTTP status inside.
	HTTPStatus *int `json:"http_status,omitempty"`
	// JET is the error of the ESE database, negative as its header has it.
	JET *int32 `json:"jet,omitempty"`
	// Setup is when Windows Setup failed, of a pair such as 0xc1900101-0x20017.
	Setup *setupPlace `json:"setup,omitempty"`
	// Meaning is what the name says in plain words. It is no cause.
	Meaning string `json:"meaning,omitempty"`
	// Source is where the name comes from, empty without one.
	Source string `json:"source"`
	// Note remarks on the spelling.
	Note string `json:"note,omitempty" enums:"win32_number,name_differs,last_error,stop_code,decimal_or_hex,success"`
	// Alt is the other reading of a number that may be decimal or hexadecimal.
	Alt string `json:"alt,omitempty"`
	// Articles list the code, the more frequent causes first.
	Articles []articleRef `json:"articles"`
	// Near are known codes that differ by a slip, offered for one that is not known.
	Near []codeName `json:"near,omitempty"`
} // @name Code

// facility is who returned a code.
type facility struct {
	Value uint16 `json:"value"`
	Name  string `json:"name"`
} // @name Facility

// setupPlace is when Windows Setup failed, and doing what.
type setupPlace struct {
	// Phase as in SAFE_OS, empty when the number is not known.
	Phase string `json:"phase"`
	// Operation as in BOOT, empty when the number is not known.
	Operation string `json:"operation"`
} // @name SetupPlace

// codeName is a code with its name.
type codeName struct {
	Code   string `json:"code"`
	Symbol string `json:"symbol"`
} // @name CodeName

// articleRef names an article.
type articleRef struct {
	ID    string `json:"id"`
	Title string `json:"title"`
} // @name ArticleRef

// code godoc
//
//	@Summary	Decode one error code in any spelling
//	@Tags		codes
//	@Produce	json
//	@Param		code	path		string		true	"0x80070306, -2147024122, 2147943174, 774, ERROR_ERRORS_ENCOUNTERED, 0xC1900101 - 0x20017"
//	@Param		params	query		langParams	false	"Language"
//	@Success	200		{object}	codeAnswer	"Also for a code that nobody names: symbol is empty"
//	@Failure	400		{object}	problem		"Not one error code"
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/codes/{code} [get]
func (s *server) code(c *gin.Context) error {
	var in langParams
	if err := bind(c, &in); err != nil {
		return err
	}
	lang, revision := s.lang(c, in.Lang), s.read.Library().Revision()
	decoded, err := s.decode.Code(c.Param("code"), lang)
	if err != nil || s.fresh(c, false, revision, lang, "") {
		return err
	}
	return answer(c, 200, newCodeAnswer(decoded, lang))
}

func newCodeAnswer(d cases.Decoded, lang kb.Lang) codeAnswer {
	out := codeAnswer{
		Code: d.Code.String(), Signed: d.Code.Signed(), Unsigned: d.Code.Unsigned(), Symbol: d.Symbol, Aliases: d.Aliases,
		Facility: facility{d.Facility.Value, d.Facility.Name}, Severity: string(d.Severity), Kind: string(d.Kind),
		Success: d.Code.Success() && d.Kind != errcode.KindBugCheck, Generic: d.Generic, Known: d.Known,
		Win32: d.Win32, HTTPStatus: d.HTTPStatus, JET: d.JET, Meaning: d.Meaning, Source: d.Source, Note: string(d.Match.Note),
		Articles: make([]articleRef, 0, len(d.Articles)), Near: codeNames(d.Near),
	}
	if out.Aliases == nil {
		out.Aliases = []string{}
	}
	if d.NTStatus != nil {
		out.NTStatus = errcode.Code{Value: *d.NTStatus}.String()
	}
	if d.Setup != nil {
		out.Setup = &setupPlace{d.Setup.Phase, d.Setup.Operation}
	}
	if !d.Match.Alt.IsZero() {
		out.Alt = d.Match.Alt.String()
	}
	for _, a := range d.Articles {
		out.Articles = append(out.Articles, articleRef{a.ID, a.Text(lang).Title})
	}
	return out
}

func codeNames(infos []errcode.Info) []codeName {
	out := make([]codeName, 0, len(infos))
	for _, info := range infos {
		out = append(out, codeName{info.Code.String(), info.Symbol})
	}
	return out
}

// extractBody is a text to read.
type extractBody struct {
	// Text is in any language: a message, a line of a log, a ticket.
	Text *string `json:"text" maxLength:"1048576"`
} // @name ExtractBody

// maxExtract bounds the text that codes are looked for in, in characters.
const maxExtract = 1 << 20

// extractAnswer is what a text mentions, in its order. Offsets count Unicode
// code points.
type extractAnswer struct {
	Codes []foundCode `json:"codes"`
	KBs   []foundKB   `json:"kbs"`
	// Hints are what is nearly a code and calls for a question.
	Hints []foundHint `json:"hints"`
	// Omitted is how many mentions more the text has, after the first thousand of
	// each kind.
	Omitted int `json:"omitted"`
} // @name ExtractAnswer

// foundCode is a code in a text.
type foundCode struct {
	Input string `json:"input"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	codeAnswer
} // @name FoundCode

// foundKB is an update in a text.
type foundKB struct {
	Input string `json:"input"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	KB    string `json:"kb"`
} // @name FoundKB

// foundHint is something that is nearly a code.
type foundHint struct {
	Input string `json:"input"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	// Note says what is missing, or what else it is.
	Note string `json:"note" enums:"truncated,extend_alone,device_problem"`
} // @name FoundHint

// extract godoc
//
//	@Summary	Find and decode the error codes and updates of a text
//	@Tags		codes
//	@Accept		json
//	@Produce	json
//	@Param		params	query		langParams	false	"Language"
//	@Param		body	body		extractBody	true	"The text"
//	@Success	200		{object}	extractAnswer
//	@Failure	400,413,415,422	{object}	problem
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/codes/extract [post]
func (s *server) extract(c *gin.Context) error {
	var in langParams
	if err := bind(c, &in); err != nil {
		return err
	}
	data, err := s.body(c)
	if err != nil {
		return err
	}
	text, err := extractText(data)
	if err != nil {
		return err
	}
	lang := s.lang(c, in.Lang)
	return answer(c, 200, newExtractAnswer(text, s.decode.Text(text, lang), lang))
}

func extractText(data []byte) (string, error) {
	var body extractBody
	if err := unmarshal(data, &body); err != nil {
		return "", err
	}
	switch {
	case body.Text == nil:
		return "", facts.Faults{{Pointer: "/text", Detail: `missing: write {"text": "..."}`}}
	case utf8.RuneCountInString(*body.Text) > maxExtract:
		return "", facts.Faults{{Pointer: "/text", Detail: fmt.Sprintf("write at most %d characters: send the part with the failure", maxExtract)}}
	}
	return *body.Text, nil
}

func newExtractAnswer(text string, found cases.Extracted, lang kb.Lang) extractAnswer {
	out := extractAnswer{Codes: []foundCode{}, KBs: []foundKB{}, Hints: []foundHint{}, Omitted: found.Omitted}
	at := points{text: text}
	for _, d := range found.Codes {
		out.Codes = append(out.Codes, foundCode{d.Match.Input, at.of(d.Match.Start), at.of(d.Match.End), newCodeAnswer(d, lang)})
	}
	at = points{text: text}
	for _, m := range found.KBs {
		out.KBs = append(out.KBs, foundKB{text[m.Start:m.End], at.of(m.Start), at.of(m.End), m.KB.String()})
	}
	at = points{text: text}
	for _, m := range found.Hints {
		out.Hints = append(out.Hints, foundHint{m.Input, at.of(m.Start), at.of(m.End), string(m.Note)})
	}
	return out
}

// points turns byte offsets, asked for in ascending order, into code points.
type points struct {
	text          string
	bytes, points int
}

func (p *points) of(offset int) int {
	if offset < p.bytes {
		*p = points{text: p.text}
	}
	p.points += utf8.RuneCountInString(p.text[p.bytes:offset])
	p.bytes = offset
	return p.points
}
