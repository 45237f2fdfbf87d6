package api

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp/syntax"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// chance draws. The same seed draws the same.
type chance struct{ *rand.Rand }

func newChance(seed uint64) chance { return chance{rand.New(rand.NewPCG(seed, 0))} }

// in reports true once in n times.
func (c chance) in(n int) bool { return c.IntN(n) == 0 }

func pick[T any](c chance, list []T) T { return list[c.IntN(len(list))] }

// spelled are the values of what a schema calls a string although not every
// string will do, by the name of the parameter or of the field.
var spelled = map[string][]string{
	"code":            {"0x80070306", "0x800f0922", "-2147024122", "ERROR_ERRORS_ENCOUNTERED", "0xC1900101 - 0x20017", "0x8fff1234"},
	"codes":           {"0x80070306", "0x800F0922", "0x80242014"},
	"result":          {"0xc1900101", "0x80070070"},
	"rollback_status": {"0x800f0922", "0x80070005"},
	"kb":              {"KB5058411", "5034441", "kb5034765"},
	"kbs":             {"KB5058411", "KB5034441"},
	"since":           {"2020-01-01", "2026-11-22"},
	"until":           {"2026-11-22T09:00:00Z", "2120-01-01"},
	"complete":        {"services", "updates.history", "volumes"},
}

// typed are values of texts that mean something to the service; any other is a
// text as well.
var typed = map[string][]string{
	"q":       {"0x80070306", "KB5058411", "partition EFI pleine", "disk full", "mise à jour en boucle", "almots", "", "the"},
	"text":    {"KB5058411 fails with 0x80070306 (-2147024122)", "elle tourne en boucle", "2025-05-21 18:06:01, Info CBS hr = 0x800f0922"},
	"product": {"Windows 11", "Windows Server 2022", "Windows"},
	"device":  devices,
	"name":    {"CBS.log", `C:\Windows\Logs\CBS\CBS.log`, "wuauserv"},
}

// value returns a value that a schema accepts. The name is that of the field or
// the parameter, and stays that of a list for its elements.
func (c chance) value(ref *openapi3.SchemaRef, name string, depth int) any {
	s := ref.Value
	examples := s.Examples
	if s.Example != nil {
		examples = append(slices.Clone(examples), s.Example)
	}
	switch {
	case s.Const != nil:
		return s.Const
	case len(s.Enum) > 0:
		return pick(c, s.Enum)
	case len(examples) > 0 && c.in(2):
		return pick(c, examples)
	case len(s.AnyOf) > 0:
		return c.value(pick(c, s.AnyOf), name, depth)
	case len(s.OneOf) > 0:
		return c.value(pick(c, s.OneOf), name, depth)
	case len(s.AllOf) > 0:
		return c.all(s.AllOf, name, depth)
	case s.Type.IsEmpty():
		return pick(c, []any{"text", 1, true, nil})
	}
	switch pick(c, s.Type.Slice()) {
	case "object":
		return c.object(s, depth)
	case "array":
		list := []any{}
		for range int(s.MinItems) + c.IntN(3) {
			list = append(list, c.value(s.Items, name, depth+1))
		}
		return list
	case "string":
		return c.text(s, name)
	case "integer":
		return int64(c.number(s))
	case "number":
		return c.number(s)
	case "boolean":
		return c.in(2)
	}
	return nil
}

// all merges the objects of several schemas.
func (c chance) all(schemas openapi3.SchemaRefs, name string, depth int) any {
	out := map[string]any{}
	for _, s := range schemas {
		part, ok := c.value(s, name, depth).(map[string]any)
		if !ok {
			return c.value(schemas[0], name, depth)
		}
		maps.Copy(out, part)
	}
	return out
}

func (c chance) object(s *openapi3.Schema, depth int) any {
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if slices.Contains(s.Required, name) || depth < 6 && c.in(2+depth) {
			out[name] = c.value(s.Properties[name], name, depth+1)
		}
	}
	return out
}

func (c chance) number(s *openapi3.Schema) float64 {
	least, most := 0.0, 1000.0
	if s.Min != nil {
		least, most = *s.Min, *s.Min+1000
	}
	if s.Max != nil {
		most = *s.Max
	}
	switch {
	case c.in(8):
		return least
	case c.in(8):
		return most
	}
	return least + float64(c.Int64N(int64(most-least)+1))
}

func (c chance) text(s *openapi3.Schema, name string) string {
	switch {
	case s.Format == "date-time":
		return c.time().Format(time.RFC3339)
	case s.Format == "date":
		return c.time().Format(time.DateOnly)
	case s.Format == "uri":
		return "https://example.org/" + fmt.Sprint(c.IntN(100))
	case s.Pattern != "":
		return c.match(s.Pattern)
	case spelled[name] != nil:
		return pick(c, spelled[name])
	case typed[name] != nil && !c.in(4):
		return pick(c, typed[name])
	}
	least, most := int(s.MinLength), 40
	if s.MaxLength != nil {
		most = min(most, int(*s.MaxLength))
	}
	out := make([]rune, least+c.IntN(most-least+1))
	for i := range out {
		out[i] = pick(c, []rune("abcXYZ 0189-_.:/\\{}\"'éœ’日😀"))
	}
	return string(out)
}

func (c chance) time() time.Time {
	return time.Date(2020+c.IntN(7), time.Month(1+c.IntN(12)), 1+c.IntN(28), c.IntN(24), c.IntN(60), c.IntN(60), 0, time.UTC)
}

// match returns a text that a regular expression matches.
func (c chance) match(pattern string) string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		panic(err) // the description has a pattern that is none
	}
	var out strings.Builder
	c.write(&out, re.Simplify())
	return out.String()
}

func (c chance) write(out *strings.Builder, re *syntax.Regexp) {
	times := 1
	switch re.Op {
	case syntax.OpLiteral:
		out.WriteString(string(re.Rune))
		return
	case syntax.OpCharClass:
		i := 2 * c.IntN(len(re.Rune)/2)
		out.WriteRune(re.Rune[i] + rune(c.IntN(int(min(re.Rune[i+1]-re.Rune[i], 100))+1)))
		return
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		out.WriteRune(pick(c, []rune("aZ0 é")))
		return
	case syntax.OpAlternate:
		c.write(out, pick(c, re.Sub))
		return
	case syntax.OpStar:
		times = c.IntN(4)
	case syntax.OpPlus:
		times = 1 + c.IntN(4)
	case syntax.OpQuest:
		times = c.IntN(2)
	}
	for range times {
		for _, sub := range re.Sub {
			c.write(out, sub)
		}
	}
}
