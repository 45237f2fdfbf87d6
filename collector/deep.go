package collector

import (
	"context"
	"sync"
	"time"

	"github.com/patchmedic/patchmedic/facts"
)

// deepChecks read the component store and the system files, one after the other:
// they read the same disk. What sfc finds stands in CBS.log, which is read later.
func (g *gathering) deepChecks(ctx context.Context, w Windows, tell func(Progress)) {
	checks := []probe{
		{"store notes", 5 * time.Minute, imageCheck(w, false, func(int) {})},
		{"store scan", time.Hour, nil},
		{"system files", time.Hour, nil},
	}
	var turn sync.Mutex
	runs := -1 // which check: one that was left behind is not heard any more
	percent := func(i int) func(int) {
		return func(percent int) {
			turn.Lock()
			defer turn.Unlock()
			if i == runs {
				tell(Progress{Done: i, All: len(checks), Running: []string{checks[i].name}, Percent: percent})
			}
		}
	}
	next := func(i int) {
		turn.Lock()
		defer turn.Unlock()
		runs = i
	}
	checks[1].run = imageCheck(w, true, percent(1))
	checks[2].run = func(ctx context.Context, _ *gathering) error { return w.VerifyFiles(ctx, percent(2)) }
	for i, check := range checks {
		next(i)
		percent(i)(0)
		g.take(check.do(ctx, g))
	}
	next(-1)
}

// imageCheck asks for the health of the component store.
func imageCheck(w Windows, scan bool, progress func(int)) func(context.Context, *gathering) error {
	return func(ctx context.Context, g *gathering) error {
		health, err := w.CheckImage(ctx, scan, progress)
		if err != nil {
			return err
		}
		word := map[int]string{0: "healthy", 1: "repairable", 2: "not_repairable"}[health]
		g.report.ComponentStore = some(facts.ComponentStore{Health: some(word)})
		return nil
	}
}
