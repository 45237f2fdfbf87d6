package facts

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
)

// Kinds of a [Change].
const (
	Added   = "added"   // the list held all there is, and not this
	Removed = "removed" // the list holds all there is, and not this any more
	Changed = "changed" // the fact had another value
	// The two reports do not know the same: nobody can say that it changed.
	BecameKnown   = "became_known"
	NoLongerKnown = "no_longer_known"
)

// Change is one difference between two reports of a machine.
type Change struct {
	// Path is the fact's, an element of a list by its key: "services[HTTP].start".
	// Of a list whose elements have no key it is the list's: "updates.history".
	Path string `json:"path"`
	// Before and After are values as a person reads them, of an element its facts
	// as in "kb: KB5058411, result: failed"; "null" is known to be nothing. Empty:
	// not known, or not in the list.
	Before string `json:"before"`
	After  string `json:"after"`
	Kind   string `json:"kind" enums:"added,removed,changed,became_known,no_longer_known"`
}

const (
	mostChanges = 300
	longest     = 300 // runes of a value
)

// Compare returns what differs between two reports of one machine: what changed,
// then what only one of them knows, then what differs between any two collections
// (the tag `compare:"last"`), each in the order of [Report]. Elements of lists are
// found again by their key, whatever their order; where there is none, an element
// is the same when all its facts are, but for those of the last kind. Beyond 300
// differences the others are counted only.
func Compare(a, b *Report) (changes []Change, more int) {
	found := differences(a, b)
	more = max(0, len(found)-mostChanges)
	for _, d := range found[:len(found)-more] {
		d.Before, d.After = clip(d.Before), clip(d.After)
		changes = append(changes, d.Change)
	}
	return changes, more
}

// differences returns them all, in the order that [Compare] promises.
func differences(a, b *Report) []difference {
	c := comparison{complete: [2][]string{a.Complete.V, b.Complete.V}}
	c.object(reportPlan(), "", side{Known, reflect.ValueOf(a).Elem()}, side{Known, reflect.ValueOf(b).Elem()}, false)
	slices.SortStableFunc(c.found, func(x, y difference) int { return cmp.Compare(x.rank(), y.rank()) })
	return c.found
}

// comparison collects differences in the order of the report's fields.
type comparison struct {
	complete [2][]string
	found    []difference
}

type difference struct {
	Change
	last bool
}

func (d difference) rank() int {
	switch {
	case d.last:
		return 2
	case d.Kind == BecameKnown || d.Kind == NoLongerKnown:
		return 1
	}
	return 0
}

// side is an object or a list of one of the reports; the value is that of the
// Maybe, and means something only when it is known.
type side struct {
	state State
	value reflect.Value
}

// field returns a fact of an object. What is in an object that is not there is
// as unknown, or as known to be nothing, as the object.
func (s side) field(f *planField) side {
	if s.state != Known {
		return side{state: s.state}
	}
	fact := f.slotOf(s.value)
	return side{fact.State(), pointed(fact)}
}

// text returns the value of a single fact, "" where it is not known.
func (s side) text() string {
	switch {
	case s.state == Null:
		return "null"
	case s.state == Known && s.value.Kind() == reflect.Slice:
		return "[]" // only an empty list is noted as a whole
	case s.state == Known:
		return cellOf(s.value.Addr().Interface()).String()
	}
	return ""
}

// object compares two objects fact by fact.
func (c *comparison) object(p *plan, path string, a, b side, last bool) {
	for i := range p.fields {
		f := &p.fields[i]
		if f.compare == "never" {
			continue
		}
		x, y, at, last := a.field(f), b.field(f), join(path, f.name), last || f.compare == "last"
		before := len(c.found)
		switch {
		case x.state != Known && y.state != Known:
			if a.state != Null && b.state != Null {
				c.fact(at, x, y, last)
			}
			continue
		case f.list:
			c.list(f, at, x, y, last)
		case f.item != nil:
			c.object(f.item, at, x, y, last)
		default:
			c.fact(at, x, y, last)
			continue
		}
		if len(c.found) == before && f.says(x) != f.says(y) {
			c.fact(at, x, y, last)
		}
	}
}

// says reports whether an object or a list without anything in it states that
// there is nothing: null does, and so does an empty list, but no empty object.
func (f *planField) says(s side) bool { return s.state == Null || f.list && s.state == Known }

// fact notes a difference between two facts, if it is one. Conditions compare
// texts without case, and so does this.
func (c *comparison) fact(path string, a, b side, last bool) {
	before, after := a.text(), b.text()
	switch {
	case a.state == b.state && strings.EqualFold(before, after):
	case a.state == Absent:
		c.add(path, before, after, BecameKnown, last)
	case b.state == Absent:
		c.add(path, before, after, NoLongerKnown, last)
	default:
		c.add(path, before, after, Changed, last)
	}
}

func (c *comparison) add(path, before, after, kind string, last bool) {
	c.found = append(c.found, difference{Change{path, before, after, kind}, last})
}

// list compares two lists, of which at least one is known.
func (c *comparison) list(f *planField, path string, a, b side, last bool) {
	start := len(c.found)
	before, after := f.elements(a), f.elements(b)
	partners := pair(before, after)
	paired := make([]bool, len(before))
	for i, e := range after {
		switch j := partners[i]; {
		case j < 0 && holdsAll(a, c.complete[0], path):
			c.add(e.path(path), "", e.text, Added, last)
		case j < 0:
			c.add(e.path(path), "", e.text, BecameKnown, last)
		default:
			paired[j] = true
			if e.key != "" {
				c.object(f.item, e.path(path), side{Known, before[j].value}, side{Known, e.value}, last)
			}
		}
	}
	for i, e := range before {
		switch {
		case paired[i]:
		case holdsAll(b, c.complete[1], path):
			c.add(e.path(path), e.text, "", Removed, last)
		default:
			c.add(e.path(path), e.text, "", NoLongerKnown, last)
		}
	}
	slices.SortStableFunc(c.found[start:], func(x, y difference) int {
		return cmp.Or(strings.Compare(x.Path, y.Path), strings.Compare(x.Before, y.Before), strings.Compare(x.After, y.After))
	})
}

// holdsAll reports whether what is not in a list is known to be missing.
func holdsAll(list side, complete []string, path string) bool {
	return list.state == Null || list.state == Known && (list.value.Len() == 0 || slices.Contains(complete, path))
}

// element is one of a list, ready to be found in another.
type element struct {
	value reflect.Value
	key   string // "" without one
	text  string // its facts; without a key only those that make it what it is
}

func (e element) path(list string) string {
	if e.key == "" {
		return list
	}
	return list + "[" + clip(e.key) + "]"
}

// elements returns the list's elements. Without a key equal ones
// stand once, and one that says nothing is left out.
func (f *planField) elements(list side) []element {
	var out []element
	if list.state != Known {
		return nil
	}
	have := map[string]bool{}
	for i := range list.value.Len() {
		e := element{value: list.value.Index(i)}
		for _, key := range f.keys {
			if cell := f.item.field(key).slotOf(e.value).cell(); cell.String() != "" {
				e.key = cell.String()
				break
			}
		}
		e.text = f.describeElement(e)
		folded := strings.ToLower(e.text)
		if e.text == "" || e.key == "" && have[folded] {
			continue
		}
		have[folded] = true
		out = append(out, e)
	}
	return out
}

// describeElement writes an element's facts for a person.
func (f *planField) describeElement(e element) string {
	if f.item == nil {
		return cellOf(e.value.Addr().Interface()).String()
	}
	var said []string
	for i := range f.item.fields {
		fact := &f.item.fields[i]
		text := side{Known, e.value}.field(fact).text()
		if text != "" && (e.key != "" || fact.compare != "last") {
			said = append(said, fact.name+": "+text)
		}
	}
	return strings.Join(said, ", ")
}

// pair returns for each element of after its partner in before, -1 without one:
// first the very same, then the next one with its key.
func pair(before, after []element) []int {
	partners, taken := make([]int, len(after)), make([]bool, len(before))
	for i := range partners {
		partners[i] = -1
	}
	match := func(by func(element) string) {
		waiting := map[string][]int{}
		for j, e := range before {
			if name := by(e); !taken[j] && name != "" {
				waiting[name] = append(waiting[name], j)
			}
		}
		for i, e := range after {
			if list := waiting[by(e)]; partners[i] < 0 && len(list) > 0 {
				partners[i], taken[list[0]] = list[0], true
				waiting[by(e)] = list[1:]
			}
		}
	}
	match(func(e element) string { return "=" + strings.ToLower(e.text) })
	match(func(e element) string { return strings.ToLower(e.key) })
	return partners
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// clip shortens a text that a log line or a hostile report made long.
func clip(text string) string {
	if len(text) <= longest {
		return text
	}
	n := 0
	for at := range text {
		if n++; n > longest {
			return text[:at] + "…"
		}
	}
	return text
}
