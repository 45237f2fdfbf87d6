package facts

import (
	"fmt"
	"strings"
)

// Fault is one thing wrong with a document, and where.
type Fault struct {
	Pointer string // JSON pointer (RFC 6901); "" is the whole document
	Detail  string // what is wrong and what to write instead
}

// String returns "pointer: detail".
func (f Fault) String() string {
	if f.Pointer == "" {
		return f.Detail
	}
	return f.Pointer + ": " + f.Detail
}

// Faults is the error of a document that cannot be used: all that is wrong with it.
type Faults []Fault

// Error lists every fault, one a line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.String()
	}
	return fmt.Sprintf("facts: %s", strings.Join(lines, "\n"))
}
