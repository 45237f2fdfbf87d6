package main

import (
	"bufio"
	"os"
	"regexp"
	"strings"
)

// A definition is a constant of a C header: a #define or an enumerator.
type definition struct {
	name  string
	value int64
	typed bool // it is cast to, or wrapped as, an HRESULT or NTSTATUS
}

var (
	defineLine     = regexp.MustCompile(`^\s*#\s*define\s+(\w+)\s+(.+)$`)
	enumeratorLine = regexp.MustCompile(`^\s*([A-Z]\w+)\s*=\s*(.+?),?\s*$`)
	directiveLine  = regexp.MustCompile(`^\s*#\s*(if|ifdef|ifndef|elif|else|endif)\b\s*(.*)$`)
	comment        = regexp.MustCompile(`/\*.*?\*/|//.*$`)
)

// readHeader returns the constants of a header in file order. It honours
// conditional compilation as for a current Windows; what it cannot evaluate
// (types, functions, strings) it passes over.
func readHeader(file string) ([]definition, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()

	env := newEnv()
	var defs []definition
	var cond conditions
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.TrimSpace(comment.ReplaceAllString(lines.Text(), ""))
		if m := directiveLine.FindStringSubmatch(line); m != nil {
			cond.directive(m[1], m[2], env)
			continue
		}
		m := defineLine.FindStringSubmatch(line)
		if m == nil {
			m = enumeratorLine.FindStringSubmatch(line)
		}
		if m == nil || !cond.active() {
			continue
		}
		v, ok := env.eval(m[2])
		if !ok {
			continue
		}
		env.set(m[1], v)
		typed := strings.Contains(m[2], "HRESULT") || strings.Contains(m[2], "NTSTATUS")
		defs = append(defs, definition{m[1], v, typed})
	}
	return defs, lines.Err()
}

// conditions is the stack of open #if groups.
type conditions []group

type group struct {
	now  bool // the current branch is compiled
	done bool // a branch was compiled already
}

func (c conditions) active() bool {
	for _, g := range c {
		if !g.now {
			return false
		}
	}
	return true
}

func (c *conditions) directive(word, rest string, env env) {
	holds := func() bool {
		v, ok := env.eval(rest)
		return !ok || v != 0 // what cannot be read is taken as true: more names, not fewer
	}
	switch word {
	case "if":
		v := holds()
		*c = append(*c, group{v, v})
	case "ifdef", "ifndef":
		_, defined := env[strings.TrimSpace(rest)]
		v := defined == (word == "ifdef")
		*c = append(*c, group{v, v})
	}
	if len(*c) == 0 {
		return
	}
	top := &(*c)[len(*c)-1]
	switch word {
	case "elif":
		top.now = !top.done && holds()
		top.done = top.done || top.now
	case "else":
		top.now = !top.done
	case "endif":
		*c = (*c)[:len(*c)-1]
	}
}
