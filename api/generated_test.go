package api

import (
	"context"
	"flag"
	"testing"

	"github.com/patchmedic/patchmedic/internal/access"
	"github.com/patchmedic/patchmedic/internal/cases"
	"github.com/patchmedic/patchmedic/kb"
)

var (
	requests = flag.Int("requests", 10_000, "how many requests TestGeneratedRequests sends; a tenth with -short")
	seed     = flag.Uint64("seed", 1, "seed of TestGeneratedRequests")
)

// mostFailures end the test: they are likely the same.
const mostFailures = 20

// neverAccepted are operations of which no generated call can be accepted, and
// why.
var neverAccepted = map[string]string{}

// tally counts what became of the calls of an operation.
type tally struct{ valid, accepted, damaged, refused int }

// TestGeneratedRequests sends requests that are made from the description, half
// of them valid and half of them damaged, and holds the answers against it. No
// answer may be a failure of ours. A failure prints the request as a case for
// testdata, and the seed: the same seed sends the same requests.
func TestGeneratedRequests(t *testing.T) {
	n := *requests
	if testing.Short() {
		n /= 10
	}
	c, g := generating(t)
	counts, failures := map[string]*tally{}, 0
	for i := range n {
		op := g.ops[i%len(g.ops)]
		count := counts[op.String()]
		if count == nil {
			count = &tally{}
			counts[op.String()] = count
		}
		next := g.damaged
		if g.in(2) {
			next = g.valid
		}
		request := next(op)
		watch := &watchful{TB: t}
		got := c.send(watch, request.method, request.target(), request.body, request.headers...)
		if watch.failed || got.status >= 500 || request.want != 0 && got.status != request.want {
			t.Errorf("request %d of seed %d (damaged: %v) got %d %.1000s\n%s", i, *seed, request.damaged, got.status, got.body, request)
			if failures++; failures == mostFailures {
				t.Fatal("and so on")
			}
		}
		count.add(!request.damaged, got.status)
		g.learn(t, request, got)
	}
	account(t, g.ops, counts)
}

// generating starts a service that edits, records and restores, and returns a
// generator that calls it with a token of every scope.
func generating(t *testing.T) (caller, *generator) {
	t.Helper()
	keeper, s := openBundled(t), records(t)
	c := start(t, func(cfg *Config) {
		cfg.Editions, cfg.Ready, cfg.Store = keeper, keeper.Ready, s
		cfg.Restored = func(ctx context.Context) error {
			return keeper.Lay(ctx, func(ctx context.Context) ([]kb.Document, error) { return cases.ServedEdits(ctx, s) })
		}
	})
	secret := issue(t, s, access.All)
	own, err := access.Tokens{Records: s}.Identify(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	return c, newGenerator(contract().doc, *seed, secret, own.ID)
}

// watchful remembers whether a check failed.
type watchful struct {
	testing.TB
	failed bool
}

func (w *watchful) Errorf(format string, args ...any) {
	w.TB.Helper()
	w.failed = true
	w.TB.Errorf(format, args...)
}

func (c *tally) add(valid bool, status int) {
	ok := status < 400
	switch {
	case valid && ok:
		c.accepted++
		fallthrough
	case valid:
		c.valid++
	case !ok:
		c.refused++
		fallthrough
	default:
		c.damaged++
	}
}

// telling is how many valid calls of an operation say something about it: some
// need what another call made.
const telling = 50

// account prints the counts and fails where no valid call was accepted: such
// calls prove little.
func account(t *testing.T, ops []operation, counts map[string]*tally) {
	all := tally{}
	for _, op := range ops {
		count := counts[op.String()]
		if count == nil {
			continue
		}
		t.Logf("%-45s accepted %4d of %4d valid, refused %4d of %4d damaged", op, count.accepted, count.valid, count.refused, count.damaged)
		if why, known := neverAccepted[op.String()]; count.valid >= telling && known != (count.accepted == 0) {
			t.Errorf("%s accepted %d of %d valid calls; neverAccepted says %q: teach the generator what the operation wants (spelled, taught), or mend the list", op, count.accepted, count.valid, why)
		}
		all.valid, all.accepted = all.valid+count.valid, all.accepted+count.accepted
	}
	t.Logf("accepted %d of %d valid calls", all.accepted, all.valid)
	if 4*all.accepted < 3*all.valid {
		t.Error("less than three of four valid calls are accepted: the description says too little, or the generator knows too little")
	}
}
