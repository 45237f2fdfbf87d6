package servicing

import (
	"time"

	"github.com/patchmedic/patchmedic/facts"
)

// told is what the logs of one result state apart from their lines. All logs of
// a machine tell the same one, in whatever order they are read: of two
// statements on one fact the newer one stands.
type told struct {
	history  []attempt
	packages map[string]*stated // by name
	build    latest[facts.Build]
	arch     latest[string]
	sfc      latest[string]
	health   latest[string] // "" is a scan that came to no verdict
	repair   latest[facts.RestoreHealth]
	rollback latest[facts.Code]
	outcome  latest[facts.Code] // of a feature update, with its second number
	rule     latest[string]
	blocker  latest[string]
	from, to latest[int64]  // builds of a feature update
	wsus     latest[string] // address; "" is stated to be none
}

// latest is the newest statement on one fact. Times are local ones of the
// machine, as all its logs write them; a statement without time never displaces
// one that has it.
type latest[T any] struct {
	v  T
	at time.Time
	is bool // something was stated
}

func (l *latest[T]) tell(v T, at time.Time) {
	if !l.is || !at.Before(l.at) {
		*l = latest[T]{v, at, true}
	}
}

func (l *latest[T]) fact() facts.Maybe[T] {
	if !l.is {
		return facts.Maybe[T]{}
	}
	return facts.Some(l.v)
}

// report gives the statements out. What no log states is absent.
func (t *told) report(opt Options) facts.Report {
	r := facts.Report{Schema: facts.Schema}
	if history := t.attempts(opt); len(history) > 0 {
		r.Updates = facts.Some(facts.Updates{History: facts.Some(history)})
	}
	if packages := t.packageStates(); len(packages) > 0 {
		r.Packages = facts.Some(packages)
	}
	os := facts.OS{Architecture: t.arch.fact()}
	if build := t.windows(); build.Number != 0 {
		os.Build = facts.Some(build.Number)
		if build.Revision != 0 {
			os.Revision = facts.Some(build.Revision)
		}
	}
	r.OS = object(os, !os.Architecture.IsZero() || !os.Build.IsZero())
	store := facts.ComponentStore{Health: some(t.health.v), RestoreHealth: t.repair.fact(), SFC: t.sfc.fact(), RollbackStatus: t.rollback.fact()}
	r.ComponentStore = object(store, store != facts.ComponentStore{})
	setup := t.setup()
	r.Setup = object(setup, setup != facts.Setup{})
	if t.wsus.is {
		r.Policy = facts.Some(facts.Policy{WSUSServer: some(t.wsus.v), UseWSUS: facts.Some(t.wsus.v != "")})
	}
	return r
}

// object is a known object, or absent when nothing of it is.
func object[T any](v T, known bool) facts.Maybe[T] {
	if !known {
		return facts.Maybe[T]{}
	}
	return facts.Some(v)
}

func (t *told) setup() facts.Setup {
	s := facts.Setup{FromBuild: t.from.fact(), ToBuild: t.to.fact(), SetupDiagRule: t.rule.fact(), Blocker: t.blocker.fact()}
	if t.outcome.is {
		s.Result = facts.Some(facts.Code{Value: t.outcome.v.Value})
		if extend := t.outcome.v.Extend; extend != 0 {
			s.Extend = facts.Some(facts.Extend(extend))
		}
	}
	return s
}
