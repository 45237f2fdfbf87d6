package facts

import (
	"reflect"
	"strings"
	"sync"
)

// plan is a struct type laid out for reading by name. Plans are made once per
// type from its tags, so that a report is read without looking at tags again.
type plan struct {
	fields []planField
	byName map[string]int
}

// planField is one fact of a struct.
type planField struct {
	name  string
	index int
	kind  Kind     // of the value, or of a list's elements
	list  bool     // a list
	item  *plan    // of an object, or of a list's objects
	enum  []string // permitted texts; nil: any
	keys  []string // fields that find an element of this list again
	scrub string
	// compare is "last" or "never": see [Report].
	compare string
	elem    reflect.Type // of a list's elements
}

// reportPlan returns the plan of Report, made on first use.
var reportPlan = sync.OnceValue(func() *plan { return planOf(reflect.TypeFor[Report]()) })

func planOf(t reflect.Type) *plan {
	p := &plan{byName: make(map[string]int, t.NumField())}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		field := planField{name: name, index: i, scrub: f.Tag.Get("scrub"), compare: f.Tag.Get("compare")}
		if e := f.Tag.Get("enum"); e != "" {
			field.enum = strings.Split(e, ",")
			field.scrub = "keep"
		}
		if k := f.Tag.Get("key"); k != "" {
			field.keys = strings.Split(k, ",")
		}
		field.describe(f.Type)
		p.byName[name] = len(p.fields)
		p.fields = append(p.fields, field)
	}
	return p
}

func (f *planField) describe(t reflect.Type) {
	if isMaybe(t) {
		t = t.Field(0).Type
	}
	if t.Kind() == reflect.Slice {
		f.list = true
		t = t.Elem()
		f.elem = t
	}
	f.kind = cellOf(reflect.New(t).Interface()).Kind
	if f.kind == Other {
		f.item = planOf(t)
	}
}

func isMaybe(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && strings.HasPrefix(t.Name(), "Maybe[")
}

func (p *plan) field(name string) *planField {
	if i, ok := p.byName[name]; ok {
		return &p.fields[i]
	}
	return nil
}

// slotOf returns the Maybe of a field within a struct.
func (f *planField) slotOf(object reflect.Value) slot {
	s, _ := object.Field(f.index).Addr().Interface().(slot)
	return s
}
