package cases_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/internal/cases"
	"github.com/patchmedic/patchmedic/proof"
	"github.com/patchmedic/patchmedic/store"
	"github.com/patchmedic/patchmedic/store/bolt"
)

// remember returns reports over a store of their own.
func remember(t testing.TB) (*cases.Reports, store.Store) {
	t.Helper()
	s, err := bolt.Open(filepath.Join(t.TempDir(), "records.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	counts := cases.NewCounts(s)
	return &cases.Reports{
		Advise: &cases.Advise{Editions: openBundled(t), Counts: counts}, Store: s, Counts: counts, Now: time.Now,
		Failed: func(err error) { t.Log("told:", err) },
	}, s
}

// deviceCase is a file of testdata/devices: see the README there.
type deviceCase struct {
	Title string
	Steps []struct {
		Report  map[string]any
		Outcome *struct {
			Of             int
			Action, Result string
			At             time.Time
		}
		Want   []string
		Counts map[string]string
	}
}

func TestDevices(t *testing.T) {
	files, _ := filepath.Glob("testdata/devices/*.yaml")
	if len(files) < 3 {
		t.Fatalf("%d cases", len(files))
	}
	for _, file := range files {
		var c deviceCase
		readYAML(t, file, &c)
		use, s := remember(t)
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) { c.run(t, use, s) })
	}
}

func (c *deviceCase) run(t *testing.T, use *cases.Reports, s store.Store) {
	var ids []string
	for i, step := range c.Steps {
		var got []cases.Outcome
		if o := step.Outcome; o != nil {
			of := len(ids)
			if o.Of > 0 {
				of = o.Of
			}
			if _, err := use.Outcome(t.Context(), cases.OutcomeIn{Report: ids[of-1], Action: o.Action, Result: proof.Result(o.Result), At: o.At, Who: "test"}); err != nil {
				t.Fatalf("step %d: %v", i+1, err)
			}
		} else {
			out, err := use.Submit(t.Context(), submission(t, step.Report))
			if err != nil || out.ID == "" {
				t.Fatalf("step %d: %q, %v", i+1, out.ID, err)
			}
			ids, got = append(ids, out.ID), out.Outcomes
		}
		kept, err := use.Report(t.Context(), ids[len(ids)-1], "")
		if err != nil {
			t.Fatal(err)
		}
		if got != nil && !cmp.Equal(results(got), results(kept.Outcomes)) {
			t.Errorf("step %d: told %v, kept %v", i+1, results(got), results(kept.Outcomes))
		}
		if step.Want != nil && !cmp.Equal(results(kept.Outcomes), step.Want) {
			t.Errorf("step %d: got %q, want %q", i+1, results(kept.Outcomes), step.Want)
		}
		if step.Counts != nil {
			if got := countsOf(t, s); !maps.Equal(got, step.Counts) {
				t.Errorf("step %d: counts %v, want %v", i+1, got, step.Counts)
			}
		}
	}
}

// submission makes a report of the device whose story is told.
func submission(t testing.TB, machine map[string]any) cases.Submission {
	t.Helper()
	machine["schema"], machine["device"] = facts.Schema, map[string]any{"id": "k1-device"}
	data, err := json.Marshal(machine)
	if err != nil {
		t.Fatal(err)
	}
	return cases.Submission{AdviseIn: cases.AdviseIn{Facts: data, Lang: "en"}}
}

func results(list []cases.Outcome) []string {
	out := []string{}
	for _, o := range list {
		out = append(out, fmt.Sprintf("%s: %s %s", o.Action, o.Result, o.Basis))
	}
	return out
}

func countsOf(t testing.TB, s store.Store) map[string]string {
	t.Helper()
	counts, err := s.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for cure, n := range counts {
		out[cure.Article+"/"+cure.Action] = fmt.Sprintf("%d/%d", n.Fixed, n.Tried)
	}
	return out
}

var loop = map[string]any{"symptoms": map[string]any{"codes": []string{"0x80070306"}, "kbs": []string{"KB5058411"}}}

// TestRepeats holds that a key gives one report, whoever repeats it when.
func TestRepeats(t *testing.T) {
	use, _ := remember(t)
	in := submission(t, loop)
	in.Key, in.Owner = "once", "collector"
	ids := make([]string, 8)
	var running sync.WaitGroup
	for i := range ids {
		running.Go(func() {
			out, err := use.Submit(t.Context(), in)
			if err != nil {
				t.Error(err)
			}
			ids[i] = out.ID
		})
	}
	running.Wait()
	for _, id := range ids {
		if id != ids[0] || id == "" {
			t.Errorf("ids %v", ids)
		}
	}
	if list, err := use.List(t.Context(), store.ReportQuery{Most: 10}); err != nil || len(list) != 1 {
		t.Errorf("%d reports, %v", len(list), err)
	}
	other := submission(t, map[string]any{"symptoms": map[string]any{"codes": []string{"0x800f0922"}}})
	other.Key, other.Owner = in.Key, in.Owner
	if _, err := use.Submit(t.Context(), other); !errors.Is(err, store.ErrKeyReused) {
		t.Errorf("another report with the key: %v", err)
	}
	other.Owner = "another"
	if out, err := use.Submit(t.Context(), other); err != nil || out.ID == ids[0] {
		t.Errorf("the key of another owner: %+v, %v", out, err)
	}
}

// TestAdviceWithoutStore holds that the person on the phone comes first.
func TestAdviceWithoutStore(t *testing.T) {
	use, s := remember(t)
	told := 0
	use.Failed = func(error) { told++ }
	s.Close()
	in := submission(t, loop)
	in.Key = "once"
	out, err := use.Submit(t.Context(), in)
	if err != nil || out.ID != "" || !strings.Contains(string(out.Advice), "update-state-disagrees-with-store") {
		t.Errorf("got %q %v, advice %.80s", out.ID, err, out.Advice)
	}
	if told == 0 {
		t.Error("nobody is told")
	}
}

// TestOthersReports holds that who may only report reads its own.
func TestOthersReports(t *testing.T) {
	use, _ := remember(t)
	in := submission(t, loop)
	in.Owner = "one"
	out, err := use.Submit(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := use.Report(t.Context(), out.ID, "one"); err != nil {
		t.Error(err)
	}
	if _, err := use.Report(t.Context(), out.ID, "two"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if _, err := use.Outcome(t.Context(), cases.OutcomeIn{Report: out.ID, Owner: "two", Action: "in-place-repair"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

// TestErase holds that nothing of a device stays, and that its trials count no more.
func TestErase(t *testing.T) {
	use, s := remember(t)
	out, err := use.Submit(t.Context(), submission(t, loop))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := use.Outcome(t.Context(), cases.OutcomeIn{Report: out.ID, Action: "in-place-repair", Result: proof.Fixed, Note: "by j.doe@contoso.example"}); err != nil {
		t.Fatal(err)
	}
	if got := countsOf(t, s); got["update-state-disagrees-with-store/in-place-repair"] != "1/1" {
		t.Fatalf("counts %v", got)
	}
	kept, err := use.Report(t.Context(), out.ID, "")
	if err != nil || strings.Contains(kept.Outcomes[0].Note, "j.doe") {
		t.Errorf("note %q, %v", kept.Outcomes[0].Note, err)
	}
	if n, err := use.Erase(t.Context(), "k1-device", "admin"); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := use.Report(t.Context(), out.ID, ""); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if got := countsOf(t, s); len(got) > 0 {
		t.Errorf("counts %v", got)
	}
	if entries, err := s.Entries(t.Context(), "", 10); err != nil || len(entries) != 1 || entries[0].What != "device.erased" || strings.Contains(entries[0].Subject, "k1") {
		t.Errorf("log %+v, %v", entries, err)
	}
}

// TestExpire holds that reports go by their age, and statistics stay.
func TestExpire(t *testing.T) {
	use, s := remember(t)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	use.Now = func() time.Time { return now }
	old, err := use.Submit(t.Context(), submission(t, loop))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := use.Outcome(t.Context(), cases.OutcomeIn{Report: old.ID, Action: "in-place-repair", Result: proof.Fixed}); err != nil {
		t.Fatal(err)
	}
	now = now.AddDate(0, 0, 31)
	young, err := use.Submit(t.Context(), submission(t, loop))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := (cases.Retention{Store: s, Days: 30, Now: use.Now}).Expire(t.Context()); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := use.Report(t.Context(), old.ID, ""); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the old one: %v", err)
	}
	if _, err := use.Report(t.Context(), young.ID, ""); err != nil {
		t.Errorf("the young one: %v", err)
	}
	if got := countsOf(t, s); len(got) != 1 {
		t.Errorf("counts %v", got)
	}
}

// TestOutcomeFaults holds that every fault is told.
func TestOutcomeFaults(t *testing.T) {
	use, _ := remember(t)
	out, err := use.Submit(t.Context(), submission(t, loop))
	if err != nil {
		t.Fatal(err)
	}
	_, err = use.Outcome(t.Context(), cases.OutcomeIn{Report: out.ID, Action: "pray", Article: "none", Result: "maybe", Note: strings.Repeat("é", 2001), At: time.Now().AddDate(1, 0, 0)})
	var faults facts.Faults
	if !errors.As(err, &faults) || len(faults) != 5 {
		t.Errorf("got %v", err)
	}
}

// TestLateSender holds that what a report proves is not lost with a sender who
// went away, or whose service was killed, between the record and the proof.
func TestLateSender(t *testing.T) {
	use, s := remember(t)
	failed := map[string]any{"kb": "KB5058411", "operation": "install", "result": "failed", "code": "0x80070306", "at": "2025-05-20T18:00:00Z"}
	first, err := use.Submit(t.Context(), submission(t, map[string]any{
		"collected_at": "2025-05-21T08:00:00Z", "updates": map[string]any{"history": []any{failed}},
	}))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2025, 5, 21, 9, 0, 0, 0, time.UTC)
	if _, err := use.Outcome(t.Context(), cases.OutcomeIn{Report: first.ID, Action: "in-place-repair", At: at}); err != nil {
		t.Fatal(err)
	}
	cured := submission(t, map[string]any{
		"collected_at": "2025-05-22T08:00:00Z",
		"updates":      map[string]any{"history": []any{failed, map[string]any{"kb": "KB5058411", "operation": "install", "result": "succeeded", "at": "2025-05-21T20:00:00Z"}}},
	})
	cured.Key = "once"
	ctx, leave := context.WithCancel(t.Context())
	use.Store = leaving{s, leave}
	if _, err := use.Submit(ctx, cured); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"update-state-disagrees-with-store/in-place-repair": "1/1"}
	if got := countsOf(t, s); !maps.Equal(got, want) {
		t.Errorf("counts %v after the sender left", got)
	}
	if tried, _ := use.Counts.Of("update-state-disagrees-with-store", "in-place-repair"); tried != 1 {
		t.Errorf("%d trials at hand", tried)
	}

	use.Store = s
	records, version, err := s.TrialsOf(t.Context(), "k1-device")
	if err != nil {
		t.Fatal(err)
	}
	var unseen proof.Trial // as a service leaves it that is killed after the record
	if err := json.Unmarshal(records[0].Doc, &unseen); err != nil {
		t.Fatal(err)
	}
	unseen.Seen, unseen.Attempts = nil, nil
	if records[0].Doc, err = json.Marshal(unseen); err != nil {
		t.Fatal(err)
	}
	records[0].Tried, records[0].Fixed = false, false
	if err := s.PutTrials(t.Context(), "k1-device", version, records); err != nil {
		t.Fatal(err)
	}
	again, err := use.Submit(t.Context(), cured)
	if err != nil || !cmp.Equal(results(again.Outcomes), []string{"in-place-repair: fixed measured"}) {
		t.Errorf("repeated: %v, %v", results(again.Outcomes), err)
	}
	if got := countsOf(t, s); !maps.Equal(got, want) {
		t.Errorf("counts %v after the repeat", got)
	}
}

// leaving is a store whose caller goes away when a report is kept.
type leaving struct {
	store.Store
	leave func()
}

func (l leaving) AddReport(ctx context.Context, r *store.Report) (*store.Report, bool, error) {
	kept, added, err := l.Store.AddReport(ctx, r)
	l.leave()
	return kept, added, err
}

// TestManyTrials holds that what is kept of one machine ends, whoever goes on
// telling: every report of it is held against all of its trials.
func TestManyTrials(t *testing.T) {
	use, s := remember(t)
	const most = 100
	first, err := use.Submit(t.Context(), submission(t, map[string]any{"symptoms": loop["symptoms"], "collected_at": "2025-05-21T08:00:00Z"}))
	if err != nil {
		t.Fatal(err)
	}
	full := make([]store.Trial, most)
	for i := range full {
		full[i].ID = fmt.Sprint(i)
		full[i].Doc = fmt.Appendf(nil, `{"id": %q, "report": "r%d", "action": "reboot", "at": "2025-05-22T09:00:%02dZ", "seen": [], "attempts": []}`, full[i].ID, i, i%60)
	}
	if err := s.PutTrials(t.Context(), "k1-device", 0, full); err != nil {
		t.Fatal(err)
	}
	_, err = use.Outcome(t.Context(), cases.OutcomeIn{Report: first.ID, Action: "in-place-repair", Result: proof.Fixed})
	if !errors.As(err, new(facts.Faults)) {
		t.Errorf("one more: %v", err)
	}
	out, err := use.Submit(t.Context(), submission(t, map[string]any{
		"collected_at": "2025-05-22T08:00:00Z",
		"tried":        []any{map[string]any{"action": "in-place-repair", "at": "2025-05-21T20:00:00Z"}},
	}))
	if err != nil || out.ID == "" || len(out.Outcomes) != most {
		t.Errorf("%q with %d outcomes, %v", out.ID, len(out.Outcomes), err)
	}
}

// TestWordAfterMany holds that a word takes nothing away that was measured in
// reports which nobody reads again.
func TestWordAfterMany(t *testing.T) {
	use, _ := remember(t)
	failed := map[string]any{"kb": "KB5058411", "operation": "install", "result": "failed", "code": "0x80070306", "at": "2025-05-20T18:00:00Z"}
	succeeded := map[string]any{"kb": "KB5058411", "operation": "install", "result": "succeeded", "at": "2025-05-21T20:00:00Z"}
	send := func(at string, history ...any) string {
		out, err := use.Submit(t.Context(), submission(t, map[string]any{"collected_at": at, "updates": map[string]any{"history": history}}))
		if err != nil {
			t.Fatal(err)
		}
		return out.ID
	}
	first := send("2025-05-21T08:00:00Z", failed)
	say := func(result proof.Result, at time.Time) cases.Outcome {
		out, err := use.Outcome(t.Context(), cases.OutcomeIn{Report: first, Action: "in-place-repair", Result: result, At: at})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	repaired := time.Date(2025, 5, 21, 9, 0, 0, 0, time.UTC)
	say("", repaired)
	send("2025-05-22T08:00:00Z", failed, succeeded)
	for day := range 31 {
		send(time.Date(2025, 6, 1+day, 8, 0, 0, 0, time.UTC).Format(time.RFC3339))
	}
	for _, at := range []time.Time{{}, repaired} {
		if got := say(proof.NoEffect, at); got.Result != proof.Fixed || got.Verdict.Said != proof.NoEffect {
			t.Errorf("got %s, said %s", got.Result, got.Verdict.Said)
		}
	}
	if got := say(proof.NoEffect, repaired.AddDate(0, 1, 0)); got.Result != proof.NoEffect {
		t.Errorf("another attempt: got %s", got.Result)
	}
}

// TestErasedMeanwhile holds that what was begun before an erasure brings nothing
// of the device back.
func TestErasedMeanwhile(t *testing.T) {
	use, s := remember(t)
	out, err := use.Submit(t.Context(), submission(t, loop))
	if err != nil {
		t.Fatal(err)
	}
	use.Store = erasing{s, func() {
		if _, err := s.EraseDevice(t.Context(), "k1-device", store.Entry{At: time.Now(), What: "device.erased"}); err != nil {
			t.Error(err)
		}
	}}
	if _, err := use.Outcome(t.Context(), cases.OutcomeIn{Report: out.ID, Action: "in-place-repair", Result: proof.Fixed}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if trials, _, err := s.TrialsOf(t.Context(), "k1-device"); err != nil || len(trials) > 0 {
		t.Errorf("%d trials are left, %v", len(trials), err)
	}
	if got := countsOf(t, s); len(got) > 0 {
		t.Errorf("counts %v", got)
	}
}

// erasing is a store where a device is erased while its reports are read.
type erasing struct {
	store.Store
	erase func()
}

func (e erasing) ListReports(ctx context.Context, q store.ReportQuery) ([]store.ReportHead, error) {
	heads, err := e.Store.ListReports(ctx, q)
	e.erase()
	return heads, err
}
