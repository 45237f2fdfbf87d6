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

// Outcome is what came of a remedy on a machine.
type Outcome struct {
	*proof.Trial
	proof.Verdict
}

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

// given is what matters here of an advice that was given.
type given struct {
	Subject struct {
		KB   facts.KB   `json:"kb"`
		Code facts.Code `json:"code"`
	} `json:"subject"`
	Diagnoses []struct {
		Article  string `json:"article"`
		Remedies []struct {
			Action string   `json:"action"`
			Plan   []string `json:"plan"`
		} `json:"remedies"`
	} `json:"diagnoses"`
}

func readAdvice(kept *store.Report) (given, error) {
	var g given
	if err := json.Unmarshal(kept.Advice, &g); err != nil {
		return g, fmt.Errorf("report %q: %w: %w", kept.ID, store.ErrDamaged, err)
	}
	return g, nil
}

// find returns the most probable article, or the given one, with a remedy that
// is the action or has it in its plan.
func (g *given) find(action, article string) (of, remedy string, ok bool) {
	for _, d := range g.Diagnoses {
		if article != "" && d.Article != article {
			continue
		}
		for _, r := range d.Remedies {
			if r.Action == action || slices.Contains(r.Plan, action) {
				return d.Article, r.Action, true
			}
		}
	}
	return "", "", false
}

// actions gives the article that proposed each remedy.
func (g *given) actions() map[string]string {
	out := map[string]string{}
	for _, d := range g.Diagnoses {
		for _, r := range d.Remedies {
			if out[r.Action] == "" {
				out[r.Action] = d.Article
			}
		}
	}
	return out
}

// OutcomeIn is what a person says of a remedy.
type OutcomeIn struct {
	// Report is the id of the report whose advice proposed it. Owner restricts
	// it to those that a token sent, "" is no restriction.
	Report, Owner string
	// Action is the remedy, or a part of its plan. Article is the cause that it
	// was meant for, "" for the most probable one that has the remedy.
	Action, Article string
	// Result is what came of it, "" when nobody knows yet: then only later
	// reports of the machine tell.
	Result proof.Result
	Note   string
	// At is when it was carried out; zero: now.
	At time.Time
	// Who says so.
	Who string
}

const maxNote = 2000 // characters

// Outcome keeps what a person says of a remedy, in the place of what was said of
// it before, and what the machine's other reports show. The error is
// [facts.Faults] for an input at fault.
func (r *Reports) Outcome(ctx context.Context, in OutcomeIn) (Outcome, error) {
	kept, err := r.Report(ctx, in.Report, in.Owner)
	if err != nil {
		return Outcome{}, err
	}
	ed := r.Advise.Editions.Current()
	proposed, err := r.proposal(ed, kept.Report, &in)
	if err != nil {
		return Outcome{}, err
	}
	others, err := r.reportsOf(ctx, kept.Device, kept.ID)
	if err != nil {
		return Outcome{}, err
	}
	first, err := readFacts(kept.Report)
	if err != nil {
		return Outcome{}, err
	}
	var out Outcome
	full := false
	err = r.change(ctx, kept.Machine(), func(ts trials) (trials, bool) {
		ts, i := ts.said(ed, proposed, in.At.IsZero(), first)
		if full = i < 0; full {
			return ts, false
		}
		for _, other := range others {
			ts[i].See(ed.Library, dated(other.report, other.kept.Received), other.kept.ID)
		}
		out = ts.outcomes()[i]
		return ts, true
	})
	if full {
		return out, facts.Faults{{Pointer: "/action", Detail: fmt.Sprintf("%d remedies were told of this machine, and that is all that is kept: say it of one of them", mostTrials)}}
	}
	return out, err
}

// said puts a trial in the place of that of the same remedy of the same report,
// or adds it, and returns where it is; -1 when there are too many. Of the same
// attempt only the words change: what was measured may stand in reports that are
// gone. untimed says that the person does not tell when it was.
func (ts trials) said(ed *edition.Edition, t proof.Trial, untimed bool, first *facts.Report) (trials, int) {
	i := slices.IndexFunc(ts, func(have *proof.Trial) bool { return have.Report == t.Report && have.Action == t.Action })
	if i < 0 {
		if len(ts) >= mostTrials {
			return ts, -1
		}
		return append(ts, proof.Begin(ed.Library, t, first)), len(ts)
	}
	have := ts[i]
	if untimed {
		t.At = have.At
	}
	if have.Article == t.Article && have.At.Equal(t.At) {
		have.Said, have.Note, have.By = t.Said, t.Note, t.By
		return ts, i
	}
	t.ID = have.ID
	ts[i] = proof.Begin(ed.Library, t, first)
	return ts, i
}

// earlier is a report that was kept, read.
type earlier struct {
	kept   *store.Report
	report *facts.Report
}

// reportsOf returns the newest reports of a device but one.
func (r *Reports) reportsOf(ctx context.Context, device, but string) ([]earlier, error) {
	const most = 30
	if device == "" {
		return nil, nil
	}
	heads, err := r.Store.ListReports(ctx, store.ReportQuery{Device: device, Most: most})
	if err != nil {
		return nil, err
	}
	var out []earlier
	for _, h := range heads {
		if h.ID == but {
			continue
		}
		kept, err := r.Store.Report(ctx, h.ID)
		if errors.Is(err, store.ErrNotFound) { // deleted meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		report, err := readFacts(kept)
		if err != nil {
			return nil, err
		}
		out = append(out, earlier{kept, report})
	}
	return out, nil
}

func readFacts(kept *store.Report) (*facts.Report, error) {
	report, _, err := facts.Decode(kept.Facts)
	if err != nil {
		return nil, fmt.Errorf("report %q: %w: %w", kept.ID, store.ErrDamaged, err)
	}
	return report, nil
}

// proposal finds what the report's advice proposed, and checks the input.
func (r *Reports) proposal(ed *edition.Edition, kept *store.Report, in *OutcomeIn) (proof.Trial, error) {
	now := r.Now().UTC()
	if err := in.check(ed, now); err != nil {
		return proof.Trial{}, err
	}
	advice, err := readAdvice(kept)
	if err != nil {
		return proof.Trial{}, err
	}
	t := proof.Trial{ID: store.NewID(now), Report: kept.ID, Article: in.Article, Action: in.Action, At: in.At.UTC(),
		KB: advice.Subject.KB, Code: advice.Subject.Code, Said: in.Result, Note: facts.NewScrubber().Text(in.Note), By: in.Who}
	if in.At.IsZero() {
		t.At = now
	}
	if article, remedy, ok := advice.find(in.Action, in.Article); ok {
		t.Article, t.Action = article, remedy
	} else if t.Article == "" && len(advice.Diagnoses) > 0 {
		// What was tried beside the advice is told of its first diagnosis.
		t.Article = advice.Diagnoses[0].Article
	}
	return t, nil
}

// check returns every fault of the input.
func (in *OutcomeIn) check(ed *edition.Edition, now time.Time) error {
	var faults facts.Faults
	fault := func(pointer, detail string) { faults = append(faults, facts.Fault{Pointer: pointer, Detail: detail}) }
	if _, ours := ed.Library.Remedy(in.Action); !ours && !facts.KnownAction(in.Action) {
		fault("/action", fmt.Sprintf("there is no action %q: take one from the advice, or from the list of remedies", in.Action))
	}
	if _, known := ed.Library.Article(in.Article); in.Article != "" && !known {
		fault("/article", fmt.Sprintf("there is no article %q: leave it out, or take one from the advice", in.Article))
	}
	if in.Result != "" && !slices.Contains([]proof.Result{proof.Fixed, proof.Partly, proof.NoEffect, proof.Failed}, in.Result) {
		fault("/result", "write fixed, partly, no_effect or failed, or leave it out while nobody knows")
	}
	if len([]rune(in.Note)) > maxNote {
		fault("/note", fmt.Sprintf("a note has at most %d characters", maxNote))
	}
	if in.At.After(now.Add(5 * time.Minute)) {
		fault("/at", "this time is in the future: say when the remedy was carried out, or leave it out for now")
	}
	if faults != nil {
		return faults
	}
	return nil
}
