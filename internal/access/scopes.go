package access

import (
	"fmt"
	"strings"

	"github.com/patchmedic/patchmedic/store"
)

// Scopes is a set of rights. None of them implies another.
type Scopes uint8

// The rights there are.
const (
	// Read is for articles, codes, searches, advice and everybody's reports.
	Read Scopes = 1 << iota
	// Report is for machines: advice, and reports of their own.
	Report
	// Edit is for articles and remedies.
	Edit
	// Admin is for tokens, the log, backups and erasures.
	Admin

	// All is every right.
	All = Read | Report | Edit | Admin
)

// names are those of the scopes, by their bits.
var names = [...]string{"read", "report", "edit", "admin"}

// ParseScope reads the name of one scope.
func ParseScope(name string) (Scopes, error) {
	for bit, n := range names {
		if n == name {
			return 1 << bit, nil
		}
	}
	return 0, fmt.Errorf("%q is no scope: use %s", name, strings.Join(names[:], ", "))
}

// ScopesOf returns what a kept token may do. A scope that this version does not
// know gives no right here.
func ScopesOf(t *store.Token) (s Scopes) {
	for _, name := range t.Scopes {
		one, _ := ParseScope(name)
		s |= one
	}
	return s
}

// Any reports whether the sets have a scope in common.
func (s Scopes) Any(of Scopes) bool { return s&of != 0 }

// List returns the names of the scopes.
func (s Scopes) List() []string {
	list := []string{}
	for bit, name := range names {
		if s.Any(1 << bit) {
			list = append(list, name)
		}
	}
	return list
}

// String returns the names in one line.
func (s Scopes) String() string {
	if s == 0 {
		return "none"
	}
	return strings.Join(s.List(), ", ")
}
