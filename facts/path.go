package facts

import (
	"fmt"
	"reflect"
	"strings"
)

// Path addresses a fact of any report from outside: "os.build" is a single
// fact, "services[].start" a fact of each element of a list, and
// "reboot.reasons[]" each element itself. A path has at most one list.
type Path struct {
	text    string
	head    []*planField // objects to pass through, then the fact or the list
	tail    []*planField // from the list's element to the fact; nil: the element itself
	element *plan
}

// ParsePath returns the path, or an error that names what a report has there.
func ParsePath(text string) (Path, error) {
	p := Path{text: text}
	at := reportPlan()
	names := strings.Split(text, ".")
	for i, name := range names {
		bare, isList := strings.CutSuffix(name, "[]")
		if at == nil {
			return Path{}, fmt.Errorf("%q: %s has no fields of its own", text, names[i-1])
		}
		f := at.field(bare)
		if f == nil {
			return Path{}, fmt.Errorf("%q: a report has no field %q there; it has %s", text, bare, at.names())
		}
		if f.list != isList {
			return Path{}, fmt.Errorf("%q: write %s", text, listSpelling(f))
		}
		if p.element != nil || p.IsList() {
			p.tail = append(p.tail, f)
		} else {
			p.head = append(p.head, f)
		}
		if isList {
			p.element = f.item
		}
		at = f.item
	}
	return p, nil
}

func listSpelling(f *planField) string {
	if f.list {
		return f.name + "[], which is a list"
	}
	return f.name + ", which is no list"
}

func (p *plan) names() string {
	names := make([]string, len(p.fields))
	for i, f := range p.fields {
		names[i] = f.name
	}
	return strings.Join(names, ", ")
}

// String returns the path as it was written.
func (p Path) String() string { return p.text }

// IsList reports whether the path passes through a list.
func (p Path) IsList() bool { return len(p.head) > 0 && p.head[len(p.head)-1].list }

// ListName returns the list as [Report.Complete] names it, "" for a single fact.
func (p Path) ListName() string {
	if !p.IsList() {
		return ""
	}
	name, _, _ := strings.Cut(p.text, "[]")
	return name
}

// Kind returns the kind of the value that the path leads to.
func (p Path) Kind() Kind { return p.last().kind }

// Enum returns the permitted texts, nil for any.
func (p Path) Enum() []string { return p.last().enum }

func (p Path) last() *planField {
	if len(p.tail) > 0 {
		return p.tail[len(p.tail)-1]
	}
	return p.head[len(p.head)-1]
}

// Sibling returns the path of another field of the same list element. An empty
// list element has no fields: then the error says so.
func (p Path) Sibling(field string) (Path, error) {
	if !p.IsList() {
		return Path{}, fmt.Errorf("%q selects nothing: it is no list", p.text)
	}
	return ParsePath(p.ListName() + "[]." + field)
}

// IsKey reports whether the field finds an element of the path's list again, so
// that an element found by it answers for all.
func (p Path) IsKey(field string) bool {
	if !p.IsList() {
		return false
	}
	for _, k := range p.head[len(p.head)-1].keys {
		if k == field {
			return true
		}
	}
	return false
}

// List is the list of one report that a path passes through.
type List struct {
	elements reflect.Value
	state    State
}

// State returns what is known of the list: Absent when the report says nothing
// of it.
func (l List) State() State { return l.state }

// Len returns how many elements the list has.
func (l List) Len() int {
	if l.state != Known {
		return 0
	}
	return l.elements.Len()
}

// List returns the path's list in a report, to be read with [Path.In].
func (p Path) List(r *Report) List {
	elements, state := p.walk(r)
	return List{elements, state}
}

// In returns the fact of element i of the path's list; beyond its end it is absent.
func (p Path) In(l List, i int) Cell {
	if i >= l.Len() {
		return Cell{State: Absent}
	}
	at := l.elements.Index(i)
	if len(p.tail) == 0 {
		return cellOf(at.Addr().Interface())
	}
	return inside(at, p.tail)
}

// At returns the fact: of element i of the path's list, or the single one (i is
// then ignored).
func (p Path) At(r *Report, i int) Cell {
	if !p.IsList() {
		return p.single(r)
	}
	return p.In(p.List(r), i)
}

func (p Path) single(r *Report) Cell {
	return inside(reflect.ValueOf(r).Elem(), p.head)
}

// inside follows fields from an object to a fact. An object that is known to be
// nothing makes its facts known to be nothing.
func inside(object reflect.Value, fields []*planField) Cell {
	for i, f := range fields {
		s := f.slotOf(object)
		if s == nil {
			return cellOf(object.Field(f.index).Addr().Interface())
		}
		if i == len(fields)-1 {
			return s.cell()
		}
		if s.State() != Known {
			return Cell{State: s.State()}
		}
		object = reflect.ValueOf(s.value()).Elem()
	}
	return Cell{}
}

// walk returns the list that the path passes through.
func (p Path) walk(r *Report) (reflect.Value, State) {
	object := reflect.ValueOf(r).Elem()
	for i, f := range p.head {
		s := f.slotOf(object)
		if s.State() != Known {
			return reflect.Value{}, s.State()
		}
		object = reflect.ValueOf(s.value()).Elem()
		if i == len(p.head)-1 {
			return object, Known
		}
	}
	return reflect.Value{}, Absent
}

// Witness returns where a fact stands in the report, as an API shows it:
// "services[3].start".
func (p Path) Witness(i int) string {
	if !p.IsList() {
		return p.text
	}
	return strings.Replace(p.text, "[]", "["+itoa(int64(i))+"]", 1)
}

// IsComplete reports whether the report names the path's list as complete, so
// that what is not in it is known to be missing.
func (p Path) IsComplete(r *Report) bool {
	name := p.ListName()
	for _, c := range r.Complete.V {
		if c == name {
			return true
		}
	}
	return false
}
