package signal

import (
	"sort"
	"strconv"

	"github.com/patchmedic/patchmedic/facts"
)

// leaf is a comparison of one fact, or of a fact of the elements of a list.
type leaf struct {
	path  facts.Path
	test  test
	where []where
	keyed bool  // where finds an element by the list's key
	count int64 // of count_gt
}

type where struct {
	path facts.Path
	test test
}

func (k *compiler) leaf(c Condition) node {
	path, err := facts.ParsePath(c.Fact)
	if err != nil {
		return k.fault("fact %w", err)
	}
	l := leaf{path: path}
	if l.test, err = newTest(c.Op, c.Value, path); err != nil {
		return k.fault("fact %s: %w", c.Fact, err)
	}
	if !path.IsList() && (len(c.Where) > 0 || c.Op == "none" || c.Op == "all" || c.Op == "count_gt") {
		return k.fault("fact %s is no list: where, none, all and count_gt have no meaning here", c.Fact)
	}
	if c.Op == "count_gt" {
		if l.count, err = strconv.ParseInt(c.Value.Items[0], 10, 64); err != nil {
			return k.fault("fact %s: count_gt takes a number", c.Fact)
		}
	}
	fields := make([]string, 0, len(c.Where))
	for field := range c.Where {
		fields = append(fields, field)
	}
	sort.Strings(fields)
	for _, field := range fields {
		w, err := newWhere(path, field, c.Where[field])
		if err != nil {
			return k.fault("fact %s: where %s: %w", c.Fact, field, err)
		}
		l.where = append(l.where, w)
		l.keyed = l.keyed || path.IsKey(field) && (w.test.op == "eq" || w.test.op == "in")
	}
	return l
}

func newWhere(path facts.Path, field string, s Selector) (where, error) {
	sibling, err := path.Sibling(field)
	if err != nil {
		return where{}, err
	}
	t, err := newTest(s.Op, s.Value, sibling)
	return where{sibling, t}, err
}

func (l leaf) paths(set map[string]bool) {
	set[l.path.String()] = true
	for _, w := range l.where {
		set[w.path.String()] = true
	}
}

func (l leaf) eval(c *Case) Result {
	if !l.path.IsList() {
		cell := l.path.At(c.Report, 0)
		r := Result{Answer: l.test.answer(c, cell)}
		if r.Answer != Unknown {
			r.Witnesses = []Witness{{l.path.String(), cell.String()}}
		}
		return r
	}
	list := l.path.List(c.Report)
	if list.State() == facts.Absent {
		return Result{}
	}
	return l.judge(l.look(c, list), list.Len() == 0 || l.path.IsComplete(c.Report))
}

// sight is what was seen of a list's elements.
type sight struct {
	yes, no []int // selected elements that satisfy the test, and that do not
	maybe   int   // elements that cannot be told
	chosen  int   // selected elements
	list    facts.List
}

// mostWitnesses is how many elements are named: a hundred equal lines of a log
// say no more than three.
const mostWitnesses = 3

// witnesses names elements of the list.
func (l leaf) witnesses(list facts.List, elements []int) []Witness {
	out := make([]Witness, 0, min(len(elements), mostWitnesses))
	for _, i := range elements[:min(len(elements), mostWitnesses)] {
		out = append(out, Witness{l.path.Witness(i), l.path.In(list, i).String()})
	}
	return out
}

func (l leaf) look(c *Case, list facts.List) sight {
	s := sight{list: list}
	for i := range list.Len() {
		selected := l.selects(c, list, i)
		if selected == No {
			continue
		}
		if selected == Yes {
			s.chosen++
		}
		if l.test.op == "count_gt" {
			if selected == Unknown {
				s.maybe++
			}
			continue
		}
		a := l.element(c, l.path.In(list, i))
		switch {
		case a == No:
			if selected == Yes {
				s.no = append(s.no, i)
			}
		case a == Yes && selected == Yes:
			s.yes = append(s.yes, i)
		default:
			s.maybe++
		}
	}
	return s
}

// element tests one element; "absent" asks of the list whether it has one.
func (l leaf) element(c *Case, cell facts.Cell) Answer {
	switch l.test.op {
	case "none":
		return compareCell(c, cell, l.test.values)
	case "absent":
		return test{op: "present"}.answer(c, cell)
	}
	return l.test.answer(c, cell)
}

func compareCell(c *Case, cell facts.Cell, values []operand) Answer {
	if cell.State == facts.Absent {
		return Unknown
	}
	return compare("eq", c, cell, values)
}

func (l leaf) selects(c *Case, list facts.List, i int) Answer {
	out := Yes
	for _, w := range l.where {
		switch w.test.answer(c, w.path.In(list, i)) {
		case No:
			return No
		case Unknown:
			out = Unknown
		}
	}
	return out
}

// judge turns what was seen into an answer. closed means that nothing else can
// be in the list.
func (l leaf) judge(s sight, closed bool) Result {
	switch l.test.op {
	case "count_gt":
		return l.judgeCount(s, closed)
	case "all":
		switch {
		case len(s.no) > 0:
			return Result{No, l.witnesses(s.list, s.no)}
		case closed && s.maybe == 0 && len(s.yes) > 0:
			return Result{Yes, l.witnesses(s.list, s.yes)}
		case closed && s.maybe == 0:
			return Result{Answer: No}
		}
		return Result{}
	case "none", "absent":
		r := l.judgeAny(s, closed)
		r.Answer = r.Answer.not()
		return r
	}
	return l.judgeAny(s, closed)
}

func (l leaf) judgeAny(s sight, closed bool) Result {
	switch {
	case len(s.yes) > 0:
		return Result{Yes, l.witnesses(s.list, s.yes)}
	case s.maybe > 0:
		return Result{}
	case closed, l.keyed && len(s.no) > 0:
		return Result{No, l.noWitness(s)}
	}
	return Result{}
}

// noWitness names the list itself when it is its emptiness that says no.
func (l leaf) noWitness(s sight) []Witness {
	if len(s.no) > 0 {
		return l.witnesses(s.list, s.no)
	}
	return []Witness{{Path: l.path.ListName()}}
}

func (l leaf) judgeCount(s sight, closed bool) Result {
	switch {
	case int64(s.chosen) > l.count:
		return Result{Yes, []Witness{{l.path.ListName(), strconv.Itoa(s.chosen)}}}
	case closed && int64(s.chosen+s.maybe) <= l.count:
		return Result{No, []Witness{{l.path.ListName(), strconv.Itoa(s.chosen)}}}
	}
	return Result{}
}
