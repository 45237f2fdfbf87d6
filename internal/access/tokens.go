package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/patchmedic/patchmedic/store"
)

// ErrRefused is a secret that no usable token has.
var ErrRefused = errors.New("no token of this service, or one that is revoked or has expired")

// Tokens makes, finds and ends tokens. It is safe for concurrent use.
type Tokens struct {
	Records store.Tokens
}

// Identify returns whose secret it is, or [ErrRefused].
func (t Tokens) Identify(ctx context.Context, secret string) (Principal, error) {
	token, err := t.Records.TokenByHash(ctx, hash(secret))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Principal{}, ErrRefused
	case err != nil:
		return Principal{}, err
	case !usable(token, time.Now()):
		return Principal{}, ErrRefused
	}
	return Principal{ID: token.ID, Name: token.Name, Scopes: ScopesOf(token)}, nil
}

func usable(t *store.Token, now time.Time) bool {
	return t.Revoked.IsZero() && (t.Expires.IsZero() || now.Before(t.Expires))
}

// AnyUsable reports whether somebody can call with a stored token.
func (t Tokens) AnyUsable(ctx context.Context) (bool, error) {
	list, err := t.Records.Tokens(ctx)
	now := time.Now()
	return slices.ContainsFunc(list, func(t store.Token) bool { return usable(&t, now) }), err
}

// Wish is a token that is wanted.
type Wish struct {
	// Name says who will carry it, for the log of changes.
	Name   string
	Scopes []string
	// Expires is when it ends; zero: never.
	Expires time.Time
}

// Fault is one thing wrong with a wish.
type Fault struct {
	Field  string // name, scopes, scopes/1, expires
	Detail string // what is wrong and what to write instead
}

// Faults are all that is wrong with a wish.
type Faults []Fault

// Error returns the details.
func (f Faults) Error() string {
	var details []string
	for _, one := range f {
		details = append(details, one.Detail)
	}
	return strings.Join(details, "; ")
}

// longestName bounds a name in characters.
const longestName = 100

// check returns the scopes of a wish, or [Faults].
func (w Wish) check(now time.Time) (Scopes, error) {
	var scopes Scopes
	var faults Faults
	control := strings.ContainsFunc(w.Name, func(r rune) bool { return !unicode.IsPrint(r) })
	switch length := utf8.RuneCountInString(w.Name); {
	case strings.TrimSpace(w.Name) == "" || length > longestName || control:
		faults = append(faults, Fault{"name", fmt.Sprintf("a name has 1 to %d characters, in one line: say who will carry the token", longestName)})
	case slices.Contains([]string{localName, configuredName, operatorName}, w.Name):
		faults = append(faults, Fault{"name", fmt.Sprintf("the name %q stands for callers without a stored token: choose another", w.Name)})
	}
	for i, name := range w.Scopes {
		one, err := ParseScope(name)
		if err != nil {
			faults = append(faults, Fault{fmt.Sprintf("scopes/%d", i), err.Error()})
		}
		scopes |= one
	}
	if len(w.Scopes) == 0 {
		faults = append(faults, Fault{"scopes", "a token needs scopes: use one or more of " + All.String()})
	}
	if !w.Expires.IsZero() && !w.Expires.After(now) {
		faults = append(faults, Fault{"expires", "the token would have expired already: give a later time"})
	}
	if faults != nil {
		return 0, faults
	}
	return scopes, nil
}

// Create keeps a new token and returns it with its secret, which nobody can be
// told again. The error is [Faults] when the wish is at fault.
func (t Tokens) Create(ctx context.Context, w Wish, by Principal) (*store.Token, string, error) {
	now := time.Now().UTC()
	scopes, err := w.check(now)
	if err != nil {
		return nil, "", err
	}
	secret := NewSecret()
	token := &store.Token{
		ID: store.NewID(now), Name: w.Name, Hash: hash(secret), Scopes: scopes.List(),
		Created: now, Expires: w.Expires.UTC(),
	}
	if err := t.Records.AddToken(ctx, token, by.Entry("token.created", token.ID, "")); err != nil {
		return nil, "", err
	}
	return token, secret, nil
}

// Revoke ends a token at once. The error is [store.ErrNotFound] when there is
// none with this id that is not revoked yet.
func (t Tokens) Revoke(ctx context.Context, id string, by Principal) error {
	entry := by.Entry("token.revoked", id, "")
	return t.Records.RevokeToken(ctx, id, entry.At, entry)
}

var secretText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewSecret returns a secret of 256 random bits. Its beginning lets scanners of
// source code find one that was committed.
func NewSecret() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return "pm_" + secretText.EncodeToString(b[:])
}

// hash is what is kept of a secret. A secret of 256 bits needs no salt and no
// slow hash: it cannot be tried.
func hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
