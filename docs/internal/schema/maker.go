package schema

import (
	"encoding"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/kb/audit"
	"github.com/patchmedic/patchmedic/kb/signal"
)

// object is a JSON object. Its keys are written in order, so that the same types
// always give the same bytes.
type object = map[string]any

// maker makes the schemas of types, each named struct once.
type maker struct {
	// strict refuses fields that a type does not have: what people write is
	// read strictly, what machines send is not.
	strict bool
	// ref is what stands before the name of a struct in a reference.
	ref string
	// name gives a struct its name among the definitions.
	name func(reflect.Type) string
	docs comments
	defs object
}

// words are the types that are written as text, with what may be written.
func words(t reflect.Type) object {
	switch t {
	case reflect.TypeFor[facts.Code]():
		return object{"type": "string", "minLength": 1, "examples": []string{"0x80070306", "0xc1900101-0x20017"}}
	case reflect.TypeFor[facts.KB]():
		return object{"type": "string", "pattern": "^([Kk][Bb][ -]?)?[0-9]{6,8}$", "examples": []string{"KB5058411"}}
	case reflect.TypeFor[facts.Extend]():
		return object{"type": "string", "pattern": "^(0[xX])?[0-9A-Fa-f]{1,8}$", "examples": []string{"0x20017"}}
	case reflect.TypeFor[facts.Date]():
		return object{"type": "string", "format": "date"}
	case reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case reflect.TypeFor[kb.Pattern]():
		return object{"type": "string", "minLength": 1}
	case reflect.TypeFor[kb.Patch](), reflect.TypeFor[map[string]any](): // a part of a report
		return object{"type": "object"}
	case reflect.TypeFor[audit.Words]():
		return object{"anyOf": []object{{"type": "string"}, {"type": "array", "items": object{"type": "string"}}}}
	case reflect.TypeFor[signal.Value]():
		return object{"anyOf": []object{scalar(), {"type": "array", "items": scalar()}}}
	case reflect.TypeFor[signal.Selector]():
		return selector()
	}
	return nil
}

func scalar() object { return object{"type": []string{"string", "number", "boolean"}} }

// selector is a value, or one comparison with a value.
func selector() object {
	ops := object{}
	for _, op := range []string{"match", "ne", "lt", "lte", "gt", "gte"} {
		ops[op] = scalar()
	}
	ops["in"] = object{"type": "array", "items": scalar(), "minItems": 1}
	return object{"anyOf": []object{scalar(), {
		"type": "object", "properties": ops, "additionalProperties": false, "minProperties": 1, "maxProperties": 1,
	}}}
}

// of returns the schema of a type, a struct as a reference.
func (m *maker) of(t reflect.Type) object {
	w := words(t)
	if _, isCode := reflect.Zero(t).Interface().(facts.Code); isCode && !m.strict {
		w["type"] = []string{"string", "integer"} // collectors send decimals as numbers
	}
	if w != nil {
		return w
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return object{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return m.of(t.Elem())
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Slice:
		return object{"type": "array", "items": m.of(t.Elem())}
	case reflect.Array:
		return object{"type": "array", "items": m.of(t.Elem()), "minItems": t.Len(), "maxItems": t.Len()}
	case reflect.Map:
		return m.mapOf(t)
	case reflect.Struct:
		if isMaybe(t) {
			return orNull(m.of(t.Field(0).Type))
		}
		name := m.name(t)
		if _, ok := m.defs[name]; !ok {
			m.defs[name] = object{} // a type may contain itself
			m.defs[name] = m.structure(t)
		}
		return object{"$ref": m.ref + name}
	}
	panic("schema: no rule for " + t.String())
}

func (m *maker) mapOf(t reflect.Type) object {
	if t.Key() != reflect.TypeFor[kb.Lang]() {
		return object{"type": "object", "additionalProperties": m.of(t.Elem())}
	}
	properties := object{}
	for _, lang := range kb.Langs() {
		properties[string(lang)] = m.of(t.Elem())
	}
	return object{"type": "object", "properties": properties, "additionalProperties": false}
}

// structure returns the schema of a struct itself.
func (m *maker) structure(t reflect.Type) object {
	properties, required := object{}, []string{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		properties[name] = m.field(t, f)
		if !strings.Contains(options, "omit") {
			required = append(required, name)
		}
	}
	out := object{"type": "object", "properties": properties}
	if len(required) > 0 {
		slices.Sort(required)
		out["required"] = required
	}
	if m.strict {
		out["additionalProperties"] = false
	}
	if doc := m.docs.of(t, ""); doc != "" {
		out["description"] = doc
	}
	if t == reflect.TypeFor[signal.Condition]() {
		out["oneOf"] = oneOf("fact", "predicate", "signal", "all", "any", "not")
	}
	return out
}

// oneOf wants exactly one of some fields.
func oneOf(names ...string) []object {
	out := make([]object, len(names))
	for i, name := range names {
		out[i] = object{"required": []string{name}}
	}
	return out
}

// field returns the schema of a struct's field with what its tags say.
func (m *maker) field(t reflect.Type, f reflect.StructField) object {
	out := m.of(f.Type)
	enum, format := constraints(f.Tag)
	place := out
	if items, ok := out["items"].(object); ok && place["$ref"] == nil {
		place = items // of a list, the tags speak of the elements
	}
	if enum != nil {
		place["enum"] = values(enum, place["type"])
	}
	if format != "" {
		place["format"] = format
	}
	if f.Name == "Schema" && t == reflect.TypeFor[facts.Report]() {
		out["const"] = facts.Schema
	}
	if doc := m.docs.of(t, f.Name); doc != "" {
		out["description"] = doc
	}
	return out
}

// constraints reads the tags of package facts (enum) and of package kb
// (jsonschema).
func constraints(tag reflect.StructTag) (enum []string, format string) {
	if list := tag.Get("enum"); list != "" {
		enum = strings.Split(list, ",")
	}
	for part := range strings.SplitSeq(tag.Get("jsonschema"), ",") {
		if word, ok := strings.CutPrefix(part, "enum="); ok {
			enum = append(enum, word)
		}
		if word, ok := strings.CutPrefix(part, "format="); ok {
			format = word
		}
	}
	return enum, format
}

// values are the words of an enumeration, with null where the type has it.
func values(enum []string, kind any) []any {
	out := make([]any, 0, len(enum)+1)
	for _, word := range enum {
		out = append(out, word)
	}
	if kinds, ok := kind.([]string); ok && slices.Contains(kinds, "null") {
		out = append(out, nil)
	}
	return out
}

// isMaybe reports whether a type is a [facts.Maybe], whose value may be null.
func isMaybe(t reflect.Type) bool {
	return t.PkgPath() == reflect.TypeFor[facts.Report]().PkgPath() && strings.HasPrefix(t.Name(), "Maybe[")
}

// orNull adds null to a schema.
func orNull(s object) object {
	switch kind := s["type"].(type) {
	case string:
		s["type"] = []string{kind, "null"}
		return s
	case []string:
		s["type"] = append(kind, "null")
		return s
	}
	return object{"anyOf": []object{s, {"type": "null"}}}
}
