package access

import (
	"time"

	"github.com/patchmedic/patchmedic/store"
)

// Principal is who calls.
type Principal struct {
	// ID is that of the token, and the owner of what is sent with it; "" for
	// callers without one.
	ID string
	// Name is what the log of changes calls them.
	Name   string
	Scopes Scopes
}

// Names of principals that are no stored token. No token may take them.
const (
	localName      = "local"
	configuredName = "configured"
	operatorName   = "operator"
)

// Local is who calls from this machine without a token, where that is allowed.
func Local() Principal { return Principal{Name: localName, Scopes: Read | Report} }

// Configured is who carries the token of the configuration.
func Configured() Principal {
	return Principal{ID: configuredName, Name: configuredName, Scopes: All}
}

// Operator is who may read the data folder, and so do everything anyway.
func Operator() Principal { return Principal{ID: operatorName, Name: operatorName, Scopes: All} }

// Entry is the entry of the log that says that the principal did something now:
// a word and a thing, as in "token.revoked", and the id of the thing.
func (p Principal) Entry(what, subject, reason string) store.Entry {
	return store.Entry{At: time.Now().UTC(), Who: p.Name, What: what, Subject: subject, Reason: reason}
}
