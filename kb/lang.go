package kb

import "strings"

// Lang is a language of the content, as an IETF tag's first part.
type Lang string

// The languages that every article and remedy is written in.
const (
	French  Lang = "fr"
	English Lang = "en"
)

// Langs lists all languages in a fixed order.
func Langs() []Lang { return []Lang{French, English} }

// ParseLang returns the language of a tag such as "fr-CA", and whether the
// content has it.
func ParseLang(tag string) (Lang, bool) {
	primary, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(tag), "_", "-"), "-")
	switch lang := Lang(primary); lang {
	case French, English:
		return lang, true
	}
	return "", false
}

// Localized is a text in every language.
type Localized struct {
	EN string `yaml:"en" json:"en"`
	FR string `yaml:"fr" json:"fr"`
}

// In returns the text in a language.
func (l Localized) In(lang Lang) string {
	if lang == French {
		return l.FR
	}
	return l.EN
}

// Complete reports that no language is missing.
func (l Localized) Complete() bool { return l.EN != "" && l.FR != "" }
