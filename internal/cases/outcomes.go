package cases

import (
	"context"
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
