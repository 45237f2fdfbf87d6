package collector

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/facts"
)

// probe asks a running Windows one thing, and notes what follows in a gathering of
// its own.
type probe struct {
	name  string // as progress and errors tell it
	limit time.Duration
	run   func(context.Context, *gathering) error
}

// grace is how long after its limit a probe may still hand in what it has.
const grace = time.Second

// Progress tells how far a collection is.
type Progress struct {
	// Done of All probes have ended.
	Done, All int
	// Running are the names of those that run.
	Running []string
	// Percent of a deep check that is done; 0 elsewhere.
	Percent int
}

// sideBySide runs probes at the same time, and returns what each of them found, in
// their order. It ends when the last one has, or its limit and the grace are over:
// a probe that hangs is left behind, and its facts are unknown.
func (g *gathering) sideBySide(ctx context.Context, probes []probe, tell func(Progress)) []*gathering {
	type end struct {
		at   int
		part *gathering
	}
	ends := make(chan end, len(probes))
	running := map[string]bool{}
	for i, p := range probes {
		running[p.name] = true
		go func() { ends <- end{i, p.do(ctx, g)} }()
	}
	parts := make([]*gathering, len(probes))
	for done := range probes {
		tell(Progress{Done: done, All: len(probes), Running: slices.Sorted(maps.Keys(running))})
		e := <-ends
		parts[e.at] = e.part
		delete(running, probes[e.at].name)
	}
	tell(Progress{Done: len(probes), All: len(probes)})
	return parts
}

// do runs a probe within its limit, or until the collection is ended.
func (p probe) do(ctx context.Context, g *gathering) *gathering {
	limited, cancel := context.WithTimeout(ctx, p.limit)
	defer cancel()
	ended := make(chan *gathering, 1)
	go func() {
		part := g.part()
		part.failed(p.name, p.guarded(limited, part))
		ended <- part
	}()
	patience := time.NewTimer(p.limit + grace)
	defer patience.Stop()
	defer context.AfterFunc(ctx, func() { patience.Reset(grace) })()
	select {
	case part := <-ended:
		return part
	case <-patience.C:
		part := g.part()
		part.fault("windows:"+p.name, fmt.Sprintf("no answer within %v", p.limit))
		return part
	}
}

// guarded turns a panic into an error. Files are read by code that is fuzzed; what
// Windows answers cannot be, and one odd answer must not cost all other facts.
func (p probe) guarded(ctx context.Context, g *gathering) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("a fault of this program: %v", fault)
		}
	}()
	return p.run(ctx, g)
}

// part is a gathering of the same sources that knows nothing yet.
func (g *gathering) part() *gathering {
	return &gathering{src: g.src, found: g.found, zone: g.zone, noted: g.noted, people: map[string]bool{}, hosts: map[string]bool{}}
}

// take lays what a part found over the rest.
func (g *gathering) take(part *gathering) {
	g.report = *facts.Merge(&g.report, &part.report)
	for _, f := range part.faults {
		g.fault(f.Source.V, f.Error.V)
	}
	maps.Copy(g.people, part.people)
	maps.Copy(g.hosts, part.hosts)
	if part.id != (identity{}) {
		g.id = part.id
	}
	if part.zone != nil {
		g.zone = part.zone
	}
	if part.noted.tasks != nil || part.noted.blocked {
		g.noted = part.noted
	}
}

// failed notes what a probe could not do, each joined error by itself.
func (g *gathering) failed(name string, err error) {
	joined, several := err.(interface{ Unwrap() []error })
	switch {
	case err == nil:
	case several && strings.Contains(err.Error(), "\n"):
		for _, err := range joined.Unwrap() {
			g.failed(name, err)
		}
	case errors.Is(err, fs.ErrPermission):
		g.fault("windows:"+name, "access denied: needs the rights of an administrator")
	case errors.Is(err, context.DeadlineExceeded):
		g.fault("windows:"+name, "stopped at its time limit, what was found until then is reported")
	default:
		g.fault("windows:"+name, strings.Join(strings.Fields(err.Error()), " "))
	}
}
