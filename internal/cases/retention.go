package cases

import (
	"context"
	"time"

	"github.com/patchmedic/patchmedic/store"
)

// Retention deletes reports when they are old enough. What remedies did on the
// machines stays counted.
type Retention struct {
	Store store.Reports
	// Days is how long a report is kept.
	Days int
	// Now is the clock.
	Now func() time.Time
}

// Expire deletes what is too old, a few hundred reports at a time so that others
// can write between, and returns how many there were.
func (r Retention) Expire(ctx context.Context) (int, error) {
	const together = 200
	before, total := r.Now().UTC().AddDate(0, 0, -r.Days), 0
	for {
		n, err := r.Store.ExpireReports(ctx, before, together)
		total += n
		if err != nil || n < together {
			return total, err
		}
	}
}

// Run expires now and every hour until the context ends. failed is told what
// went wrong; the next hour tries again.
func (r Retention) Run(ctx context.Context, failed func(error)) {
	hourly := time.NewTicker(time.Hour)
	defer hourly.Stop()
	for {
		if _, err := r.Expire(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-hourly.C:
		}
	}
}
