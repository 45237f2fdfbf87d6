package facts

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// maxFaults bounds what a hostile document can make us say.
const maxFaults = 100

// Decode reads one report. Unknown fields are left out of the report and
// returned as warnings. If anything is wrong, the error is [Faults] with every
// fault (up to 100) and the report is nil: half a report would give advice on
// facts that nobody stated.
func Decode(data []byte) (*Report, []Fault, error) {
	d := decoder{in: jsontext.NewDecoder(bytes.NewBuffer(data))}
	r := new(Report)
	if d.document(reflect.ValueOf(r).Elem()) {
		d.checkSchema(r)
		d.checkComplete(r)
	}
	if len(d.faults) > 0 {
		return nil, nil, Faults(d.faults)
	}
	return r, d.unknown, nil
}

// DecodePatch reads a part of a report, such as the facts of an answer: the
// schema may be missing.
func DecodePatch(data []byte) (*Report, error) {
	d := decoder{in: jsontext.NewDecoder(bytes.NewBuffer(data))}
	r := new(Report)
	d.document(reflect.ValueOf(r).Elem())
	d.faults = append(d.faults, d.unknown...)
	if len(d.faults) > 0 {
		return nil, Faults(d.faults)
	}
	return r, nil
}

type decoder struct {
	in      *jsontext.Decoder
	faults  []Fault
	unknown []Fault
	broken  bool // the JSON itself: nothing after it can be read
}

func (d *decoder) fault(pointer, format string, args ...any) {
	if len(d.faults) < maxFaults {
		d.faults = append(d.faults, Fault{pointer, fmt.Sprintf(format, args...)})
	}
}

// syntax records that the JSON is broken.
func (d *decoder) syntax(err error) {
	if d.broken {
		return
	}
	d.broken = true
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.As(err, &syntactic) && errors.Is(err, jsontext.ErrDuplicateName):
		d.fault(string(syntactic.JSONPointer), "this name stands twice in its object: keep one")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		d.fault(string(d.in.StackPointer()), "the JSON ends too early, at byte %d: was it cut off?", d.in.InputOffset())
	case errors.As(err, &syntactic):
		d.fault(string(syntactic.JSONPointer), "not JSON at byte %d: %v", syntactic.ByteOffset, syntactic.Err)
	default:
		d.fault("", "not JSON: %v", err)
	}
}

// document reads the whole input, and reports whether it was one object.
func (d *decoder) document(report reflect.Value) bool {
	if k := d.in.PeekKind(); k != '{' {
		if _, err := d.in.ReadToken(); err != nil {
			d.syntax(err)
		} else {
			d.fault("", "a report is a JSON object that begins with {\"schema\": %q}", Schema)
		}
		return false
	}
	d.object(reportPlan(), report)
	if d.broken {
		return false
	}
	if _, err := d.in.ReadToken(); err != io.EOF {
		d.fault("", "more follows after the report, at byte %d: send one report at a time", d.in.InputOffset())
	}
	return true
}

func (d *decoder) checkSchema(r *Report) {
	switch {
	case r.Schema == Schema:
	case r.Schema == "":
		d.fault("/schema", "missing: write %q", Schema)
	default:
		d.fault("/schema", "%q is not a schema of this service: write %q, or upgrade the service", r.Schema, Schema)
	}
}

func (d *decoder) checkComplete(r *Report) {
	for i, name := range r.Complete.V {
		if p, err := ParsePath(name + "[]"); err != nil || !p.IsList() {
			d.fault(fmt.Sprintf("/complete/%d", i), "%q is not a list of a report: name one, such as \"services\" or \"updates.history\"", name)
		}
	}
}

// skip passes over the next value.
func (d *decoder) skip() {
	if err := d.in.SkipValue(); err != nil {
		d.syntax(err)
	}
}

// object reads an object whose opening brace is next.
func (d *decoder) object(p *plan, into reflect.Value) {
	if _, err := d.in.ReadToken(); err != nil {
		d.syntax(err)
		return
	}
	for !d.broken {
		token, err := d.in.ReadToken()
		if err != nil {
			d.syntax(err)
			return
		}
		if token.Kind() == '}' {
			return
		}
		i, ok := p.byName[token.String()]
		if !ok {
			if len(d.unknown) < maxFaults {
				d.unknown = append(d.unknown, Fault{string(d.in.StackPointer()), "unknown field, left out"})
			}
			d.skip()
			continue
		}
		d.field(&p.fields[i], into)
	}
}

func (d *decoder) field(f *planField, object reflect.Value) {
	s := f.slotOf(object)
	switch {
	case s == nil: // Report.Schema, the only field that is not a Maybe
		d.scalar(f, object.Field(f.index).Addr().Interface())
	case d.in.PeekKind() == 'n':
		d.skip()
		s.setState(Null)
	case f.list:
		s.setState(Known)
		d.list(f, reflect.ValueOf(s.value()).Elem())
	case f.item != nil:
		if d.in.PeekKind() != '{' {
			d.wrong("an object")
			return
		}
		s.setState(Known)
		d.object(f.item, reflect.ValueOf(s.value()).Elem())
	default:
		s.setState(Known)
		d.scalar(f, s.value())
	}
}

// wrong reports a value of the wrong kind and passes over it.
func (d *decoder) wrong(want string) {
	d.skip()
	if !d.broken {
		d.fault(string(d.in.StackPointer()), "want %s here", want)
	}
}

func (d *decoder) list(f *planField, into reflect.Value) {
	if d.in.PeekKind() != '[' {
		d.wrong("a list")
		return
	}
	if _, err := d.in.ReadToken(); err != nil {
		d.syntax(err)
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), 0, 4))
	for !d.broken {
		kind := d.in.PeekKind()
		if kind == ']' || kind == 0 {
			break
		}
		n := into.Len()
		into.Grow(1)
		into.SetLen(n + 1)
		element := into.Index(n)
		element.SetZero()
		switch {
		case f.item == nil:
			d.scalar(f, element.Addr().Interface())
		case kind == '{':
			d.object(f.item, element)
		default:
			d.wrong("an object")
		}
	}
	if !d.broken {
		if _, err := d.in.ReadToken(); err != nil {
			d.syntax(err)
		}
	}
}

// scalar reads a text, number or truth into the value behind a pointer.
func (d *decoder) scalar(f *planField, into any) {
	want := map[Kind]string{Number: "a whole number", Truth: "true or false"}
	switch kind := d.in.PeekKind(); {
	case kind == 0:
		_, err := d.in.ReadToken()
		d.syntax(err)
	case kind == '0' && f.kind == Error: // codes are also sent as signed or unsigned decimals
		d.text(f, into)
	case kind == '0' && f.kind == Number:
		d.number(into.(*int64))
	case (kind == 't' || kind == 'f') && f.kind == Truth:
		token, err := d.in.ReadToken()
		if err != nil {
			d.syntax(err)
			return
		}
		*into.(*bool) = token.Bool()
	case kind == '"' && f.kind != Number && f.kind != Truth:
		d.text(f, into)
	case f.enum != nil:
		d.wrong("one of " + strings.Join(f.enum, ", "))
	case want[f.kind] != "":
		d.wrong(want[f.kind])
	default:
		d.wrong("a text in quotes")
	}
}

func (d *decoder) number(into *int64) {
	token, err := d.in.ReadToken()
	if err != nil {
		d.syntax(err)
		return
	}
	if n, err := token.Int(); err == nil {
		*into = n
		return
	}
	d.fault(string(d.in.StackPointer()), "%s is not a whole number between -2^63 and 2^63", token.String())
}

func (d *decoder) text(f *planField, into any) {
	token, err := d.in.ReadToken()
	if err != nil {
		d.syntax(err)
		return
	}
	text := token.String()
	if err := setText(f, into, text); err != nil {
		d.fault(string(d.in.StackPointer()), "%v", err)
	}
}

func setText(f *planField, into any, text string) error {
	switch v := into.(type) {
	case *string:
		if f.enum != nil {
			return setEnum(f, v, text)
		}
		*v = text
		return nil
	case *time.Time:
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return fmt.Errorf("%q is not a time: write it in RFC 3339, as in 2026-11-22T09:00:00Z", text)
		}
		*v = t.UTC()
		return nil
	case encoding.TextUnmarshaler:
		return v.UnmarshalText([]byte(text))
	}
	return fmt.Errorf("want no text here")
}

// setEnum accepts a permitted word without regard to case, since collectors
// copy file names as the disk spells them (CBS.log), and stores it as listed.
func setEnum(f *planField, into *string, text string) error {
	for _, word := range f.enum {
		if strings.EqualFold(word, text) {
			*into = word
			return nil
		}
	}
	return fmt.Errorf("%q is not one of %s", text, strings.Join(f.enum, ", "))
}
