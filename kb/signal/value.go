package signal

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/facts"
)

// operand is a value to compare with: a constant, the case's KB or code, or
// another fact of the report.
type operand struct {
	constant facts.Cell
	from     *facts.Path
	caseKB   bool
	caseCode bool
}

func (o operand) cell(c *Case) facts.Cell {
	switch {
	case o.caseKB && c.KB == 0, o.caseCode && c.Code.IsZero():
		return facts.Cell{}
	case o.caseKB:
		return facts.Cell{State: facts.Known, Kind: facts.Update, KB: c.KB}
	case o.caseCode:
		return facts.Cell{State: facts.Known, Kind: facts.Error, Code: c.Code}
	case o.from != nil:
		return o.from.At(c.Report, 0)
	}
	return o.constant
}

// parseOperand reads a written value as the kind of the fact it is compared with.
func parseOperand(text string, path facts.Path) (operand, error) {
	switch {
	case text == "$kb":
		return operand{caseKB: true}, mustBe(path, facts.Update, "$kb")
	case text == "$code":
		return operand{caseCode: true}, mustBe(path, facts.Error, "$code")
	case strings.HasPrefix(text, "$"):
		from, err := facts.ParsePath(text[1:])
		if err != nil {
			return operand{}, fmt.Errorf("value %w", err)
		}
		if from.IsList() {
			return operand{}, fmt.Errorf("value %q is a list: compare with a single fact", text)
		}
		return operand{from: &from}, mustBe(path, from.Kind(), text)
	}
	cell, err := parseCell(text, path)
	return operand{constant: cell}, err
}

func mustBe(path facts.Path, kind facts.Kind, value string) error {
	if path.Kind() != kind {
		return fmt.Errorf("%s cannot be compared with %s: they are of different kinds", path, value)
	}
	return nil
}

func parseCell(text string, path facts.Path) (facts.Cell, error) {
	c := facts.Cell{State: facts.Known, Kind: path.Kind()}
	var err error
	switch c.Kind {
	case facts.Text:
		c.Text = text
		err = checkEnum(text, path)
	case facts.Number:
		if c.Int, err = strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, 64); err != nil {
			err = fmt.Errorf("%s is a number: %q is none", path, text)
		}
	case facts.Truth:
		if c.Bool = text == "true"; !c.Bool && text != "false" {
			err = fmt.Errorf("%s is true or false, not %q", path, text)
		}
	case facts.Moment:
		if c.Time, err = time.Parse(time.RFC3339, text); err != nil {
			err = fmt.Errorf("%s is a time: write %q in RFC 3339", path, text)
		}
	case facts.Error:
		err = c.Code.UnmarshalText([]byte(text))
	case facts.Update:
		err = c.KB.UnmarshalText([]byte(text))
	default:
		err = fmt.Errorf("%s is an object or a list: name one of its fields", path)
	}
	return c, err
}

func checkEnum(text string, path facts.Path) error {
	enum := path.Enum()
	if enum == nil {
		return nil
	}
	for _, word := range enum {
		if strings.EqualFold(word, text) {
			return nil
		}
	}
	return fmt.Errorf("%s is never %q: it is one of %s", path, text, strings.Join(enum, ", "))
}

// test compares one fact. An absent fact is Unknown; null equals nothing.
type test struct {
	op     string
	values []operand
	re     *Expression
}

// ops says of each operator how many values it takes: -1 means one or more.
var ops = map[string]int{
	"eq": 1, "ne": 1, "in": -1, "lt": 1, "lte": 1, "gt": 1, "gte": 1, "match": 1,
	"present": 0, "absent": 0, "none": 1, "all": 1, "count_gt": 1,
}

// newTest checks an operator and its values against the fact's kind.
func newTest(op string, v Value, path facts.Path) (test, error) {
	t := test{op: op}
	switch n, ok := ops[op]; {
	case !ok:
		return t, fmt.Errorf("there is no op %q: use eq ne in lt lte gt gte match present absent none all count_gt", op)
	case n == 0 && !v.IsZero():
		return t, fmt.Errorf("op %s takes no value", op)
	case n == 1 && (v.IsZero() || v.List):
		return t, fmt.Errorf("op %s takes one value", op)
	case n < 0 && (!v.List || len(v.Items) == 0):
		return t, fmt.Errorf("op %s takes a list of values", op)
	}
	if op == "match" {
		return t, t.setMatch(v.Items[0], path)
	}
	if op == "count_gt" {
		return t, nil
	}
	if strings.HasPrefix(op, "l") || strings.HasPrefix(op, "g") {
		if k := path.Kind(); k != facts.Number && k != facts.Moment {
			return t, fmt.Errorf("op %s needs a number or a time, which %s is not", op, path)
		}
	}
	for _, item := range v.Items {
		o, err := parseOperand(item, path)
		if err != nil {
			return t, err
		}
		t.values = append(t.values, o)
	}
	return t, nil
}

func (t *test) setMatch(expr string, path facts.Path) (err error) {
	if k := path.Kind(); k != facts.Text {
		return fmt.Errorf("op match needs a text, which %s is not", path)
	}
	if t.re, err = CompileExpression(expr); err != nil {
		return fmt.Errorf("not an RE2 expression: %w", err)
	}
	return nil
}

// answer compares a fact of the report.
func (t test) answer(c *Case, fact facts.Cell) Answer {
	switch {
	case fact.State == facts.Absent:
		return Unknown
	case t.op == "present":
		return answer(fact.State == facts.Known)
	case t.op == "absent":
		return answer(fact.State == facts.Null)
	case fact.State == facts.Null:
		return answer(t.op == "ne")
	case t.re != nil:
		return answer(t.re.Match(fact.Text))
	case t.op == "ne":
		return compare("eq", c, fact, t.values).not()
	case t.op == "in", t.op == "all":
		return compare("eq", c, fact, t.values)
	}
	return compare(t.op, c, fact, t.values)
}

// compare is Yes when the fact stands in the relation to one of the values, No
// when all are known and none does.
func compare(op string, c *Case, fact facts.Cell, values []operand) Answer {
	out := No
	for _, o := range values {
		want := o.cell(c)
		switch {
		case want.State == facts.Absent:
			out = Unknown
		case want.State == facts.Known && holds(op, fact, want):
			return Yes
		}
	}
	return out
}

func holds(op string, fact, want facts.Cell) bool {
	if op == "eq" {
		return equal(fact, want)
	}
	var order int
	if fact.Kind == facts.Moment {
		order = fact.Time.Compare(want.Time)
	} else {
		order = int(min(max(fact.Int-want.Int, -1), 1))
	}
	switch op {
	case "lt":
		return order < 0
	case "lte":
		return order <= 0
	case "gt":
		return order > 0
	case "gte":
		return order >= 0
	}
	return false
}

// equal compares names without case, and codes by their number: a setup pair
// that is wanted must agree in both halves.
func equal(fact, want facts.Cell) bool {
	switch fact.Kind {
	case facts.Text:
		return strings.EqualFold(fact.Text, want.Text)
	case facts.Number:
		return fact.Int == want.Int
	case facts.Truth:
		return fact.Bool == want.Bool
	case facts.Moment:
		return fact.Time.Equal(want.Time)
	case facts.Error:
		return fact.Code.Value == want.Code.Value && (want.Code.Extend == 0 || fact.Code.Extend == want.Code.Extend)
	case facts.Update:
		return fact.KB == want.KB
	}
	return false
}
