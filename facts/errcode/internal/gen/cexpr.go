package main

import (
	"math"
	"strconv"
	"strings"
)

// env holds the macros known so far: what eval may refer to.
type env map[string]int64

// newEnv knows what the headers expect from other headers, and a Windows
// recent enough for every version test.
func newEnv() env {
	return env{
		"_WIN32": 1, "_WIN64": 1, "WINAPI_PARTITION_DESKTOP": 1, "WINAPI_PARTITION_APP": 1,
		"_WIN32_WINNT": math.MaxInt32, "WINVER": math.MaxInt32, "NTDDI_VERSION": math.MaxInt32,
		"_WIN32_IE": math.MaxInt32, "JET_VERSION": 0x0a00,
		"SEVERITY_SUCCESS": 0, "SEVERITY_ERROR": 1, "FACILITY_ITF": 4, "FACILITY_URT": 19,
		"APPLICATION_ERROR_MASK": 0x20000000, "ERROR_SEVERITY_ERROR": 0xC0000000,
	}
}

// set records a macro; the version seeds stay as they are.
func (e env) set(name string, v int64) {
	if _, seeded := e[name]; !seeded {
		e[name] = v
	}
}

// eval computes a C integer constant expression. ok is false for everything
// that is none, or that refers to an unknown macro.
func (e env) eval(expr string) (v int64, ok bool) {
	p := cparser{toks: ctokens(expr), env: e}
	defer func() {
		if recover() == errNotConstant {
			v, ok = 0, false
		}
	}()
	v = p.binary(0)
	return v, p.pos == len(p.toks)
}

type notConstant string

const errNotConstant = notConstant("not a constant expression")

type cparser struct {
	toks []string
	pos  int
	env  env
}

func (p *cparser) peek() string {
	if p.pos < len(p.toks) {
		return p.toks[p.pos]
	}
	return ""
}

func (p *cparser) next() string {
	t := p.peek()
	p.pos++
	return t
}

func (p *cparser) expect(t string) {
	if p.next() != t {
		panic(errNotConstant)
	}
}

// levels are C's binary operators, weakest first.
var levels = [][]string{{"||"}, {"&&"}, {"|"}, {"&"}, {"==", "!="}, {">=", "<=", ">", "<"}, {"<<"}, {"+", "-"}}

func (p *cparser) binary(level int) int64 {
	if level == len(levels) {
		return p.unary()
	}
	v := p.binary(level + 1)
	for {
		op := p.peek()
		found := false
		for _, o := range levels[level] {
			found = found || o == op
		}
		if !found {
			return v
		}
		p.pos++
		v = apply(op, v, p.binary(level+1))
	}
}

func apply(op string, a, b int64) int64 {
	truth := func(t bool) int64 {
		if t {
			return 1
		}
		return 0
	}
	switch op {
	case "||":
		return truth(a != 0 || b != 0)
	case "&&":
		return truth(a != 0 && b != 0)
	case "|":
		return a | b
	case "&":
		return a & b
	case "==":
		return truth(a == b)
	case "!=":
		return truth(a != b)
	case ">=":
		return truth(a >= b)
	case "<=":
		return truth(a <= b)
	case ">":
		return truth(a > b)
	case "<":
		return truth(a < b)
	case "<<":
		return a << (b & 63)
	case "+":
		return a + b
	}
	return a - b
}

func (p *cparser) unary() int64 {
	switch t := p.next(); {
	case t == "-":
		return -p.unary()
	case t == "!":
		return apply("==", p.unary(), 0)
	case t == "(":
		if isTypeName(p.peek()) {
			p.pos++
			p.expect(")")
			return p.unary()
		}
		v := p.binary(0)
		p.expect(")")
		return v
	case t != "" && t[0] >= '0' && t[0] <= '9':
		n, err := strconv.ParseInt(strings.TrimRight(t, "uUlL"), 0, 64)
		if err != nil {
			panic(errNotConstant)
		}
		return n
	case t == "defined":
		return p.defined()
	case p.peek() == "(":
		return p.call(t)
	default:
		v, ok := p.env[t]
		if !ok {
			panic(errNotConstant)
		}
		return v
	}
}

func (p *cparser) defined() int64 {
	paren := p.peek() == "("
	if paren {
		p.pos++
	}
	_, ok := p.env[p.next()]
	if paren {
		p.expect(")")
	}
	if ok {
		return 1
	}
	return 0
}

// call evaluates the function-like macros that the headers use.
func (p *cparser) call(name string) int64 {
	p.expect("(")
	args := []int64{p.binary(0)}
	for p.peek() == "," {
		p.pos++
		args = append(args, p.binary(0))
	}
	p.expect(")")
	switch {
	case len(args) == 3 && (name == "MAKE_HRESULT" || name == "MAKE_SCODE"):
		return args[0]<<31 | args[1]<<16 | args[2]
	case len(args) == 1 && name == "EMAKEHR":
		return 1<<31 | p.env["FACILITY_URT"]<<16 | args[0]
	case len(args) == 1 && name == "SMAKEHR":
		return p.env["FACILITY_URT"]<<16 | args[0]
	case len(args) == 1 && name == "HRESULT_FROM_WIN32":
		return args[0]&0xFFFF | 0x80070000
	case len(args) == 1 && (name == "_HRESULT_TYPEDEF_" || name == "__MSABI_LONG" ||
		name == "_NDIS_ERROR_TYPEDEF_" || name == "WINAPI_FAMILY_PARTITION"):
		return args[0]
	}
	panic(errNotConstant)
}

func isTypeName(s string) bool {
	switch s {
	case "HRESULT", "NTSTATUS", "DWORD", "SCODE", "LONG", "int", "long":
		return true
	}
	return false
}

// ctokens splits an expression into numbers, names and operators.
func ctokens(s string) []string {
	var toks []string
	for i := 0; i < len(s); {
		c := s[i]
		j := i + 1
		switch {
		case c == ' ' || c == '\t':
			i++
			continue
		case isWordByte(c):
			for j < len(s) && isWordByte(s[j]) {
				j++
			}
		case j < len(s) && strings.Contains("|| && == != >= <= <<", s[i:j+1]) && s[j] != ' ':
			j++
		}
		toks = append(toks, s[i:j])
		i = j
	}
	return toks
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
