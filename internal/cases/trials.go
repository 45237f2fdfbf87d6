package cases

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/internal/edition"
	"github.com/patchmedic/patchmedic/proof"
	"github.com/patchmedic/patchmedic/store"
)

// trials are the remedies that were carried out on one machine.
type trials []*proof.Trial

// mostTrials is how many are kept of one machine, since each of its reports is
// held against all of them.
const mostTrials = 100

func (ts trials) outcomes() []Outcome {
	out := make([]Outcome, len(ts))
	for i, v := range proof.Judge(ts) {
		out[i] = Outcome{ts[i], v}
	}
	return out
}

// last is when a remedy of each article was carried out last.
func (ts trials) last() map[string]time.Time {
	out := map[string]time.Time{}
	for _, t := range ts {
		if t.Said != proof.Failed && t.At.After(out[t.Article]) {
			out[t.Article] = t.At
		}
	}
	return out
}

// has reports whether a remedy of a report's advice, or that very attempt, is
// among the trials.
func (ts trials) has(t *proof.Trial) bool {
	return slices.ContainsFunc(ts, func(have *proof.Trial) bool {
		return have.Action == t.Action && (have.Report == t.Report || have.At.Equal(t.At))
	})
}

// records turns trials into what the store keeps.
func (ts trials) records() ([]store.Trial, error) {
	out := make([]store.Trial, len(ts))
	for i, o := range ts.outcomes() {
		doc, err := json.Marshal(o.Trial)
		if err != nil {
			return nil, fmt.Errorf("keep a trial: %w", err)
		}
		out[i] = store.Trial{ID: o.Trial.ID, Report: o.Report, Article: o.Article, Action: o.Action, Doc: doc}
		out[i].Tried, out[i].Fixed = o.Counted()
	}
	return out, nil
}

// trials returns what was tried on a machine, and the version of that.
func (r *Reports) trials(ctx context.Context, machine string) (trials, uint64, error) {
	records, version, err := r.Store.TrialsOf(ctx, machine)
	if err != nil {
		return nil, 0, err
	}
	out := make(trials, len(records))
	for i, record := range records {
		out[i] = new(proof.Trial)
		if err := json.Unmarshal(record.Doc, out[i]); err != nil {
			return nil, 0, fmt.Errorf("trial %q: %w: %w", record.ID, store.ErrDamaged, err)
		}
	}
	return out, version, nil
}

// change carries out a change of a machine's trials, again when somebody else
// was faster. change says whether there is anything to keep.
func (r *Reports) change(ctx context.Context, machine string, change func(trials) (trials, bool)) error {
	const patience = 20
	for range patience {
		ts, version, err := r.trials(ctx, machine)
		if err != nil {
			return err
		}
		ts, changed := change(ts)
		if !changed {
			return nil
		}
		records, err := ts.records()
		if err != nil {
			return err
		}
		err = r.Store.PutTrials(ctx, machine, version, records)
		if err == nil {
			r.recount(ctx)
			return nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("trials of a machine: %w", store.ErrConflict)
}

// recount follows a change of trials that is made, and stays so if this fails.
func (r *Reports) recount(ctx context.Context) {
	if err := r.Counts.Refresh(ctx); err != nil {
		r.fail(fmt.Errorf("advice is given with the counts of before: %w", err))
	}
}

// seen returns a device's trials as a new report shows them, with those that the
// report tells of. They are not kept.
func (r *Reports) seen(ctx context.Context, ed *edition.Edition, device, id string, received time.Time, report *facts.Report) (trials, error) {
	if device == "" {
		return nil, nil
	}
	started, err := r.started(ctx, ed, device, report)
	if err != nil {
		return nil, err
	}
	ts, _, err := r.trials(ctx, device)
	return ts.see(ed, id, received, report, started), err
}

// learn brings a device's trials up to a report that was kept, also for a sender
// who went away: nobody else will show them this report. That it fails does not
// change the answer.
func (r *Reports) learn(ctx context.Context, ed *edition.Edition, kept *store.Report, report *facts.Report) {
	if kept.Device == "" {
		return
	}
	ctx = context.WithoutCancel(ctx)
	started, err := r.started(ctx, ed, kept.Device, report)
	if err == nil {
		err = r.change(ctx, kept.Device, func(ts trials) (trials, bool) {
			ts = ts.see(ed, kept.ID, kept.Received, report, started)
			return ts, len(ts) > 0
		})
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) { // erased meanwhile
		r.fail(fmt.Errorf("the trials of a device were not brought up to its last report: %w", err))
	}
}

// see adds what a report tells of, and shows the report to all.
func (ts trials) see(ed *edition.Edition, id string, received time.Time, report *facts.Report, started trials) trials {
	for _, t := range started {
		if len(ts) < mostTrials && !ts.has(t) {
			ts = append(ts, t)
		}
	}
	report = dated(report, received)
	for _, t := range ts {
		t.See(ed.Library, report, id)
	}
	return ts
}

// dated returns a report that says when it was collected: at the latest when it
// was received.
func dated(report *facts.Report, received time.Time) *facts.Report {
	if _, known := report.CollectedAt.Get(); known {
		return report
	}
	out := *report
	out.CollectedAt = facts.Some(received)
	return &out
}

// started returns the trials that a report tells of: what it says was tried, of
// what earlier advice to the device proposed.
func (r *Reports) started(ctx context.Context, ed *edition.Edition, device string, report *facts.Report) (out trials, err error) {
	if len(report.Tried.V) == 0 {
		return nil, nil
	}
	earlier, err := r.reportsOf(ctx, device, "")
	if err != nil {
		return nil, err
	}
	for _, e := range earlier {
		advice, err := readAdvice(e.kept)
		if err != nil {
			return nil, err
		}
		c := proof.Trial{Report: e.kept.ID, KB: advice.Subject.KB, Code: advice.Subject.Code}
		for _, t := range proof.FromTried(ed.Library, c, advice.actions(), dated(e.report, e.kept.Received), report) {
			if !out.has(t) {
				out = append(out, t)
			}
		}
	}
	return out, nil
}
