package collector

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/patchmedic/patchmedic/facts"
)

// TestSideBySideEnds: a collection that is ended waits no longer for a probe that hangs.
func TestSideBySideEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		defer close(free)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begin := time.Now()
		g := newGathering(&Source{FS: fstest.MapFS{}})
		g.sideBySide(ctx, []probe{{"hangs", time.Hour, func(context.Context, *gathering) error { <-free; return nil }}}, func(Progress) {})
		if took := time.Since(begin); took != time.Minute+grace {
			t.Errorf("it took %v", took)
		}
	})
}

// TestSideBySide: probes run at the same time; one that hangs is left behind, one that
// panics is an error, one that is stopped hands in what it has.
func TestSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		defer close(free)
		note := func(g *gathering, name string) { g.report.Tasks = facts.Some([]facts.Task{{Path: facts.Some(name)}}) }
		probes := []probe{
			{"quick", time.Second, func(_ context.Context, g *gathering) error { note(g, "quick"); return nil }},
			{"hangs", 2 * time.Second, func(_ context.Context, g *gathering) error { note(g, "hangs"); <-free; return nil }},
			{"panics", time.Second, func(context.Context, *gathering) error { panic("odd") }},
			{"stopped", 3 * time.Second, func(ctx context.Context, g *gathering) error {
				note(g, "stopped")
				<-ctx.Done()
				return ctx.Err()
			}},
			{"several", time.Second, func(context.Context, *gathering) error { return errors.Join(errors.New("one"), io.ErrUnexpectedEOF) }},
		}
		var last Progress
		g := newGathering(&Source{FS: fstest.MapFS{}})
		begin := time.Now()
		for _, part := range g.sideBySide(t.Context(), probes, func(p Progress) { last = p }) {
			g.take(part)
		}
		if took := time.Since(begin); took != 3*time.Second {
			t.Errorf("it took %v", took)
		}
		g.report.Errors = list(g.faults)
		want := "windows:hangs: no answer within 2s\nwindows:panics: a fault of this program: odd\n" +
			"windows:stopped: stopped at its time limit, what was found until then is reported\nwindows:several: one\nwindows:several: unexpected EOF\n"
		if got := errorsOf(&g.report); got != want {
			t.Errorf("errors:\n%s", got)
		}
		if tasks := g.report.Tasks.V; len(tasks) != 2 || tasks[0].Path.V != "quick" || tasks[1].Path.V != "stopped" {
			t.Errorf("%+v", tasks)
		}
		if last.Done != len(probes) || len(last.Running) != 0 {
			t.Errorf("%+v", last)
		}
	})
}
