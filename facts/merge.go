package facts

import "reflect"

// Merge returns a report with the patch's facts laid over r, which is not
// changed. What the patch leaves out stays; objects are merged field by field.
// An element of a list replaces the facts of the element with the same key (the
// service of that name), and is appended where there is none.
func Merge(r, patch *Report) *Report {
	out := new(Report)
	mergeObject(reportPlan(), reflect.ValueOf(out).Elem(), reflect.ValueOf(r).Elem(), reflect.ValueOf(patch).Elem())
	return out
}

func mergeObject(p *plan, out, base, patch reflect.Value) {
	for i := range p.fields {
		f := &p.fields[i]
		over := f.slotOf(patch)
		if over == nil { // the schema
			out.Field(f.index).Set(base.Field(f.index))
			continue
		}
		under, into := f.slotOf(base), f.slotOf(out)
		switch {
		case over.State() == Absent:
			out.Field(f.index).Set(base.Field(f.index))
		case over.State() != Known || under.State() != Known || (!f.list && f.item == nil):
			out.Field(f.index).Set(patch.Field(f.index))
		case f.list:
			into.setState(Known)
			reflect.ValueOf(into.value()).Elem().Set(mergeList(f, pointed(under), pointed(over)))
		default:
			into.setState(Known)
			mergeObject(f.item, pointed(into), pointed(under), pointed(over))
		}
	}
}

func pointed(s slot) reflect.Value { return reflect.ValueOf(s.value()).Elem() }

func mergeList(f *planField, base, patch reflect.Value) reflect.Value {
	out := reflect.MakeSlice(base.Type(), base.Len(), base.Len()+patch.Len())
	reflect.Copy(out, base)
	for i := range patch.Len() {
		element := patch.Index(i)
		at := f.find(out, element)
		if at < 0 {
			out = reflect.Append(out, element)
			continue
		}
		if f.item != nil {
			merged := reflect.New(f.elem).Elem()
			mergeObject(f.item, merged, out.Index(at), element)
			out.Index(at).Set(merged)
		}
	}
	return out
}

// find returns the index of the element with the same key, -1 without one.
func (f *planField) find(list, element reflect.Value) int {
	for i := range list.Len() {
		if f.same(list.Index(i), element) {
			return i
		}
	}
	return -1
}

func (f *planField) same(a, b reflect.Value) bool {
	if f.item == nil { // a list of words holds each word once
		return equalFold(cellOf(a.Addr().Interface()), cellOf(b.Addr().Interface()))
	}
	for _, key := range f.keys {
		kf := f.item.field(key)
		x, y := kf.slotOf(a).cell(), kf.slotOf(b).cell()
		if x.State == Known && y.State == Known {
			return equalFold(x, y)
		}
	}
	return false
}
