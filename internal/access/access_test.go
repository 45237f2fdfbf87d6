package access

import (
	"context"
	"errors"
	"path/filepath"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchmedic/patchmedic/store"
	"github.com/patchmedic/patchmedic/store/bolt"
)

func tokens(t *testing.T) Tokens {
	t.Helper()
	s, err := bolt.Open(filepath.Join(t.TempDir(), "records.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return Tokens{Records: s}
}

func TestNoScopeImpliesAnother(t *testing.T) {
	for _, name := range All.List() {
		one, err := ParseScope(name)
		if err != nil || one.String() != name {
			t.Errorf("%s is read as %s: %v", name, one, err)
		}
		for _, other := range All.List() {
			two, _ := ParseScope(other)
			if one.Any(two) != (name == other) {
				t.Errorf("%s gives the right to %s: %v", name, other, one.Any(two))
			}
		}
	}
	for _, bad := range []string{"", "READ", "read ", "all", "read,report"} {
		if s, err := ParseScope(bad); err == nil || s != 0 {
			t.Errorf("%q is the scope %s", bad, s)
		}
	}
	if All.String() != "read, report, edit, admin" || Scopes(0).String() != "none" {
		t.Errorf("all are %s, and none are %s", All, Scopes(0))
	}
}

func TestATokenIsKeptWithoutItsSecret(t *testing.T) {
	all := tokens(t)
	made, secret, err := all.Create(t.Context(), Wish{Name: "portal", Scopes: []string{"report", "read"}}, Local())
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^pm_[a-z2-7]{52}$`).MatchString(secret) || made.Hash == secret || len(made.Hash) != 64 {
		t.Errorf("secret %s, kept as %s", secret, made.Hash)
	}
	who, err := all.Identify(t.Context(), secret)
	if want := (Principal{made.ID, "portal", Read | Report}); err != nil || who != want {
		t.Errorf("the secret is that of %+v, want %+v (%v)", who, want, err)
	}
	for _, wrong := range []string{"", "pm_", made.Hash, made.ID, secret + "a", secret[:len(secret)-1]} {
		if who, err := all.Identify(t.Context(), wrong); !errors.Is(err, ErrRefused) || who != (Principal{}) {
			t.Errorf("%q is the secret of %+v (%v)", wrong, who, err)
		}
	}
	if again := NewSecret(); again == secret {
		t.Error("two secrets are the same")
	}
}

// TestTokensEnd looks at a token around its last moment.
func TestTokensEnd(t *testing.T) {
	all := tokens(t)
	start := time.Now()
	_, secret, err := all.Create(t.Context(), Wish{Name: "x", Scopes: []string{"read"}, Expires: start.Add(time.Hour)}, Local())
	if err != nil {
		t.Fatal(err)
	}
	list, err := all.Records.Tokens(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	for after, want := range map[time.Duration]bool{0: true, time.Hour - 1: true, time.Hour: false, 2 * time.Hour: false} {
		if got := usable(&list[0], start.Add(after)); got != want {
			t.Errorf("%v after it was made the token is usable: %v, want %v", after, got, want)
		}
	}
	check := func(want bool) {
		t.Helper()
		_, err := all.Identify(t.Context(), secret)
		if some, broken := all.AnyUsable(t.Context()); broken != nil || some != want || errors.Is(err, ErrRefused) == want {
			t.Errorf("a usable token: %v (%v), identified: %v, want %v", some, broken, err, want)
		}
	}
	check(true)
	if err := all.Revoke(t.Context(), list[0].ID, Operator()); err != nil {
		t.Fatal(err)
	}
	check(false)
	if err := all.Revoke(t.Context(), list[0].ID, Operator()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("revoked twice: %v", err)
	}
}

// broken is a store that cannot be read.
type broken struct{ kept }

type kept = store.Tokens

func (broken) TokenByHash(context.Context, string) (*store.Token, error) {
	return nil, store.ErrDamaged
}

func TestABrokenStoreRefusesNobodyForGood(t *testing.T) {
	who, err := Tokens{Records: broken{}}.Identify(t.Context(), "x")
	if !errors.Is(err, store.ErrDamaged) || errors.Is(err, ErrRefused) || who != (Principal{}) {
		t.Errorf("%+v, %v: want the store's own error, and nobody", who, err)
	}
}

func TestEntriesSayWhoAndWhen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		want := store.Entry{At: time.Now().UTC(), Who: "operator", What: "token.revoked", Subject: "id", Reason: "lost"}
		if got := Operator().Entry("token.revoked", "id", "lost"); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}
