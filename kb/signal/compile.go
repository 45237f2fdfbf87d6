package signal

import (
	"errors"
	"fmt"
	"sort"

	"github.com/patchmedic/patchmedic/facts"
)

// Case is what a condition is evaluated against.
type Case struct {
	Report *facts.Report
	KB     facts.KB   // the update the case is about; 0: none known
	Code   facts.Code // the code the case is about; zero: none known
	// Reaches answers whether the machine's build is at or above an update's.
	// nil: no releases are known.
	Reaches func(*facts.Report, facts.KB) Answer
	// MadeFor answers whether an update was made for the machine's build.
	// nil: no releases are known.
	MadeFor func(*facts.Report, facts.KB) Answer
	// Ended answers whether the machine's Windows gets no updates any more.
	// nil: no lifecycle is known.
	Ended func(*facts.Report) Answer
}

// Compiled is a condition ready to be evaluated. It is immutable and safe for
// concurrent use.
type Compiled struct {
	root  node
	facts []string
}

// Eval answers the condition.
func (c *Compiled) Eval(in Case) Result { return c.root.eval(&in) }

// Facts returns the paths that the condition reads, sorted.
func (c *Compiled) Facts() []string { return c.facts }

type node interface {
	eval(*Case) Result
	paths(map[string]bool)
}

// maxDepth bounds nested conditions and signals that refer to one another.
const maxDepth = 20

// Compile checks a condition and prepares it. lookup finds the condition of
// another signal; it may be nil. The error joins every fault found.
func Compile(c Condition, lookup func(id string) (Condition, bool)) (*Compiled, error) {
	k := compiler{lookup: lookup}
	root := k.compile(c, 0)
	if len(k.faults) > 0 {
		return nil, errors.Join(k.faults...)
	}
	set := map[string]bool{}
	root.paths(set)
	out := &Compiled{root: root}
	for p := range set {
		out.facts = append(out.facts, p)
	}
	sort.Strings(out.facts)
	return out, nil
}

type compiler struct {
	lookup func(string) (Condition, bool)
	faults []error
}

func (k *compiler) fault(format string, args ...any) node {
	k.faults = append(k.faults, fmt.Errorf(format, args...))
	return nothing{}
}

func (k *compiler) compile(c Condition, depth int) node {
	if depth > maxDepth {
		return k.fault("conditions nest more than %d deep: does a signal refer to itself?", maxDepth)
	}
	if n := c.kinds(); n != 1 {
		return k.fault("a condition has exactly one of fact, predicate, signal, all, any, not; this one has %d", n)
	}
	switch {
	case c.Fact != "":
		return k.leaf(c)
	case c.Predicate != "":
		return k.predicate(c)
	case c.Signal != "":
		return k.signal(c.Signal, depth)
	case c.Not != nil:
		return negation{k.compile(*c.Not, depth+1)}
	case len(c.All) > 0:
		return junction{yes: Yes, no: No, nodes: k.each(c.All, depth)}
	}
	return junction{yes: No, no: Yes, nodes: k.each(c.Any, depth)}
}

func (c Condition) kinds() int {
	n := 0
	for _, set := range []bool{c.Fact != "", c.Predicate != "", c.Signal != "", c.Not != nil, len(c.All) > 0, len(c.Any) > 0} {
		if set {
			n++
		}
	}
	return n
}

func (k *compiler) each(cs []Condition, depth int) []node {
	nodes := make([]node, len(cs))
	for i, c := range cs {
		nodes[i] = k.compile(c, depth+1)
	}
	return nodes
}

func (k *compiler) signal(id string, depth int) node {
	if k.lookup != nil {
		if c, ok := k.lookup(id); ok {
			return k.compile(c, depth+1)
		}
	}
	return k.fault("there is no signal %q: check its spelling in content/signals", id)
}

// nothing stands for a condition that could not be compiled.
type nothing struct{}

func (nothing) eval(*Case) Result     { return Result{} }
func (nothing) paths(map[string]bool) {}

type negation struct{ of node }

func (n negation) eval(c *Case) Result {
	r := n.of.eval(c)
	r.Answer = r.Answer.not()
	return r
}

func (n negation) paths(set map[string]bool) { n.of.paths(set) }

// junction is "all" (yes when all are yes, no when one is no) and, with the two
// answers exchanged, "any".
type junction struct {
	yes, no Answer
	nodes   []node
}

func (j junction) eval(c *Case) Result {
	out := Result{Answer: j.yes}
	for _, n := range j.nodes {
		r := n.eval(c)
		switch r.Answer {
		case j.no:
			return r
		case j.yes:
			out.Witnesses = append(out.Witnesses, r.Witnesses...)
		default:
			out.Answer = Unknown
		}
	}
	if out.Answer == Unknown {
		out.Witnesses = nil
	}
	return out
}

func (j junction) paths(set map[string]bool) {
	for _, n := range j.nodes {
		n.paths(set)
	}
}
