package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/patchmedic/patchmedic/internal/access"
	"github.com/patchmedic/patchmedic/store"
)

type tokenCommand struct {
	Create createTokenCommand `cmd:"" help:"Make a token; its secret is printed once."`
	List   listTokensCommand  `cmd:"" help:"List all tokens, without their secrets."`
	Revoke revokeTokenCommand `cmd:"" help:"End a token at once."`
}

type createTokenCommand struct {
	dataFlag
	Name    string   `help:"Who will carry it, for the log of changes." required:""`
	Scope   []string `help:"What it may do, of read, report, edit, admin; none implies another. A collector needs report, a portal read and report." required:""`
	Expires string   `help:"When it ends: in days as 90d, or on a date as 2027-01-31. Without this it never does." placeholder:"WHEN"`
}

// Run prints the secret, and nothing else, on the standard output.
func (c *createTokenCommand) Run(s *session) error {
	expires, err := parseEnd(c.Expires, time.Now())
	if err != nil {
		return misuse{err}
	}
	return c.with(true, func(r records) error {
		made, secret, err := r.createToken(s, access.Wish{Name: c.Name, Scopes: c.Scope, Expires: expires})
		if errors.As(err, new(access.Faults)) {
			return misuse{err}
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(s.err, "token %s of %s: %s, %s. Keep what follows: it is not shown again.\n",
			made.ID, made.Name, strings.Join(made.Scopes, ", "), stateOf(made, time.Now()))
		fmt.Fprintln(s.out, secret)
		return nil
	})
}

// parseEnd reads when a token ends; zero: never.
func parseEnd(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if number, ok := strings.CutSuffix(text, "d"); ok {
		if days, err := strconv.Atoi(number); err == nil && days > 0 && days <= 36500 {
			return now.AddDate(0, 0, days), nil
		}
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("--expires is days as in 90d, or a date as in %s, not %q", now.AddDate(0, 3, 0).Format(time.DateOnly), text)
}

type listTokensCommand struct{ dataFlag }

// Run prints one token a line.
func (c *listTokensCommand) Run(s *session) error {
	return c.with(false, func(r records) error {
		list, err := r.tokens(s)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		for _, t := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", t.ID, strings.Join(t.Scopes, ","), stateOf(&t, time.Now()), t.Name)
		}
		return w.Flush()
	})
}

// stateOf says whether a token can be used, and until when.
func stateOf(t *store.Token, now time.Time) string {
	switch {
	case !t.Revoked.IsZero():
		return "revoked " + t.Revoked.Format(time.DateOnly)
	case t.Expires.IsZero():
		return "does not expire"
	case now.Before(t.Expires):
		return "expires " + t.Expires.Format(time.DateOnly)
	}
	return "expired " + t.Expires.Format(time.DateOnly)
}

type revokeTokenCommand struct {
	dataFlag
	ID string `arg:"" help:"Id of the token, as patchmedic token list prints it."`
}

// Run ends the token.
func (c *revokeTokenCommand) Run(s *session) error {
	return c.with(false, func(r records) error { return r.revokeToken(s, c.ID) })
}
