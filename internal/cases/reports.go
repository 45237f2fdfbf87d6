package cases

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/patchmedic/patchmedic/advisor"
	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/store"
)

// Reports remembers what machines sent and what they were told, and proves
// cures by what the same machines send later.
type Reports struct {
	Advise *Advise
	Store  store.Store
	Counts *Counts
	// Now is the clock.
	Now func() time.Time
	// Failed is told what went wrong without the caller's fault; nil: nobody is.
	Failed func(error)
}

// Submission is a report to be kept.
type Submission struct {
	AdviseIn
	// Owner is the id of the token that it came with, "" without one.
	Owner string
	// Key makes a repeat of the same submission harmless, "" without one.
	Key string
}

// Submitted is what came of a submission.
type Submitted struct {
	// ID is "" when the report could not be kept.
	ID string
	// Advice is the answer, as JSON.
	Advice json.RawMessage
	// Outcomes are what came of the remedies on this machine, as far as this
	// report tells.
	Outcomes []Outcome
}

const maxDevice = 200 // characters of a device's id

// Submit answers a report and keeps it with the answer, durably. When it cannot
// be kept the answer is given all the same, without an ID: the person who waits
// comes first. The error is [facts.Faults] for a document at fault, and
// [store.ErrKeyReused] for a key that belongs to another report.
func (r *Reports) Submit(ctx context.Context, in Submission) (Submitted, error) {
	report, unknown, err := facts.Decode(in.Facts)
	if err != nil {
		return Submitted{}, err
	}
	device := report.Device.V.ID.V
	if utf8.RuneCountInString(device) > maxDevice || strings.ContainsFunc(device, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return Submitted{}, facts.Faults{{Pointer: "/device/id", Detail: fmt.Sprintf("an id has at most %d characters, all of them printable: send a pseudonym that a person can copy", maxDevice)}}
	}
	sum := in.sum()
	if before, err := r.before(ctx, in, sum); before != nil || err != nil {
		return r.repeat(ctx, before, err)
	}
	now := r.Now().UTC()
	ed, id := r.Advise.Editions.Current(), store.NewID(now)
	hints := r.Advise.prepare(ctx, ed, report)
	trials, err := r.seen(ctx, ed, device, id, now, report)
	if err != nil {
		r.fail(err) // the answer is given all the same
	}
	advice := r.Advise.consult(ed, report, unknown, hints, trials.last(), in.AdviseIn)
	record, err := newRecord(id, now, in, sum, report, advice, hints)
	if err != nil {
		return Submitted{}, err
	}
	kept, added, err := r.Store.AddReport(ctx, record)
	switch {
	case err != nil && !errors.Is(err, store.ErrKeyReused):
		r.fail(fmt.Errorf("a report was answered and not kept: %w", err))
		return Submitted{Advice: record.Advice, Outcomes: trials.outcomes()}, nil
	case err != nil || !added:
		return r.repeat(ctx, kept, err)
	}
	r.learn(ctx, ed, kept, report)
	return Submitted{ID: id, Advice: record.Advice, Outcomes: trials.outcomes()}, nil
}

// sum identifies a submission, to tell a repeat from another one.
func (in *Submission) sum() string {
	sum := sha256.Sum256(in.Facts)
	return hex.EncodeToString(sum[:])
}

// before returns what was submitted with the key before, nil when nothing was.
func (r *Reports) before(ctx context.Context, in Submission, sum string) (*store.Report, error) {
	if in.Key == "" {
		return nil, nil
	}
	kept, err := r.Store.ReportByKey(ctx, in.Owner, in.Key)
	switch {
	case err == nil && kept.Sum != sum:
		return nil, store.ErrKeyReused
	case err == nil:
		return kept, nil
	case !errors.Is(err, store.ErrNotFound):
		r.fail(err) // the answer is given all the same
	}
	return nil, nil
}

// repeat answers what was kept before, or says why it does not. The trials see
// the report again: who repeats got no answer, perhaps because the service ended
// before they had seen it.
func (r *Reports) repeat(ctx context.Context, kept *store.Report, err error) (Submitted, error) {
	if err != nil {
		return Submitted{}, err
	}
	if report, err := readFacts(kept); err != nil {
		r.fail(err) // the answer is given all the same
	} else {
		r.learn(ctx, r.Advise.Editions.Current(), kept, report)
	}
	trials, _, err := r.trials(ctx, kept.Machine())
	return Submitted{ID: kept.ID, Advice: kept.Advice, Outcomes: trials.outcomes()}, err
}

func (r *Reports) fail(err error) {
	if r.Failed != nil {
		r.Failed(err)
	}
}

func newRecord(id string, now time.Time, in Submission, sum string, report *facts.Report, advice *advisor.Advice, hints map[string]float64) (*store.Report, error) {
	out := &store.Report{Key: in.Key, Sum: sum}
	out.ReportHead = store.ReportHead{ID: id, Received: now, Owner: in.Owner, Device: report.Device.V.ID.V,
		Collected: report.CollectedAt.V, Verdict: advice.Verdict, Revision: advice.Revision}
	for _, c := range advice.Codes {
		out.Codes = append(out.Codes, c.Code)
		if result, _, pair := strings.Cut(c.Code, "-"); pair { // found by the result alone too
			out.Codes = append(out.Codes, result)
		}
	}
	slices.Sort(out.Codes)
	out.Codes = slices.Compact(out.Codes)
	for _, p := range advice.PatchStates {
		out.KBs = append(out.KBs, p.KB)
	}
	if len(advice.Diagnoses) > 0 {
		out.Article, out.Confidence = advice.Diagnoses[0].Article, advice.Diagnoses[0].Confidence
	}
	out.Hints, out.Lang, out.Audience = hints, string(in.Lang), string(in.Reader)
	var err, adviceErr error
	out.Facts, err = json.Marshal(report)
	out.Advice, adviceErr = json.Marshal(advice)
	if err := errors.Join(err, adviceErr); err != nil {
		return nil, fmt.Errorf("keep a report: %w", err)
	}
	return out, nil
}

// Kept is a report of before with what came of it since.
type Kept struct {
	*store.Report
	Outcomes []Outcome
}

// Report returns a report. owner restricts it to those that a token sent; "" is
// no restriction. The error is [store.ErrNotFound] for one that is not there or
// belongs to somebody else.
func (r *Reports) Report(ctx context.Context, id, owner string) (Kept, error) {
	kept, err := r.Store.Report(ctx, id)
	if err == nil && owner != "" && kept.Owner != owner {
		err = fmt.Errorf("report %q: %w", id, store.ErrNotFound)
	}
	if err != nil {
		return Kept{}, err
	}
	trials, _, err := r.trials(ctx, kept.Machine())
	return Kept{kept, trials.outcomes()}, err
}

// List returns the heads of reports, newest first.
func (r *Reports) List(ctx context.Context, q store.ReportQuery) ([]store.ReportHead, error) {
	return r.Store.ListReports(ctx, q)
}

// ErrOtherDevice: two reports that are to be compared are not of one device.
var ErrOtherDevice = errors.New("the reports are of different devices, or name none")

// Compared is what changed on a device between two reports.
type Compared struct {
	From, To *store.Report // the older one first
	Changes  []facts.Change
	Omitted  int // changes that are not among them
}

// Compare tells what changed between two reports of one device.
func (r *Reports) Compare(ctx context.Context, id, other string) (Compared, error) {
	a, err := r.Store.Report(ctx, id)
	if err != nil {
		return Compared{}, err
	}
	b, err := r.Store.Report(ctx, other)
	if err != nil {
		return Compared{}, err
	}
	if a.Device == "" || a.Device != b.Device {
		return Compared{}, ErrOtherDevice
	}
	if madeAt(b).Before(madeAt(a)) {
		a, b = b, a
	}
	from, err := readFacts(a)
	if err != nil {
		return Compared{}, err
	}
	to, err := readFacts(b)
	if err != nil {
		return Compared{}, err
	}
	changes, omitted := facts.Compare(from, to)
	return Compared{a, b, changes, omitted}, nil
}

// madeAt is when the facts were true, as far as the report says.
func madeAt(r *store.Report) time.Time {
	if r.Collected.IsZero() {
		return r.Received
	}
	return r.Collected
}

// Erase deletes all that a device sent and returns how many reports there were.
func (r *Reports) Erase(ctx context.Context, device, who string) (int, error) {
	sum := sha256.Sum256([]byte(device))
	n, err := r.Store.EraseDevice(ctx, device, store.Entry{
		At: r.Now().UTC(), Who: who, What: "device.erased", Subject: "sha256:" + hex.EncodeToString(sum[:8]),
	})
	if err != nil {
		return 0, err
	}
	r.recount(ctx)
	return n, nil
}
