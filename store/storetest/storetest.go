// Package storetest says in tests what a [store.Store] is. An implementation
// passes all of it:
//
//	func TestStore(t *testing.T) { storetest.Run(t, open) }
//	func TestCrash(t *testing.T) { storetest.Crash(t, open, 15) }
//
// [Run] holds each method to its contract, and random sequences of methods to a
// model in memory. [Crash] kills a process that writes, and looks at what it left.
package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/patchmedic/patchmedic/store"
)

// Open opens the store in a folder, and makes it in an empty one. The suite
// closes it.
type Open func(t testing.TB, dir string) store.Store

// place is where one test has its store.
type place struct {
	*testing.T
	open Open
	dir  string
}

// store opens the place's store until the test ends.
func (p *place) store() store.Store {
	p.Helper()
	s := p.open(p, p.dir)
	p.Cleanup(func() { s.Close() })
	return s
}

// reopen closes a store and opens it again.
func (p *place) reopen(s store.Store) store.Store {
	p.Helper()
	must(p, s.Close())
	return p.store()
}

// Run holds an implementation to everything but what a crash leaves.
func Run(t *testing.T, open Open) {
	tests := []struct {
		name string
		run  func(*place)
	}{
		{"Reports", testReports}, {"Pages", testPages}, {"Filters", testFilters}, {"Keys", testKeys}, {"SameKeyAtOnce", testSameKeyAtOnce},
		{"Expiry", testExpiry}, {"Erasure", testErasure},
		{"Trials", testTrials}, {"TrialsAtOnce", testTrialsAtOnce}, {"TrialsAfterDeletion", testTrialsAfterDeletion},
		{"Documents", testDocuments}, {"DocumentsAtOnce", testDocumentsAtOnce}, {"Edits", testEdits},
		{"Tokens", testTokens}, {"Votes", testVotes}, {"Log", testLog},
		{"Backup", testBackup}, {"BackupWhileWriting", testBackupWhileWriting}, {"DamagedBackups", testDamagedBackups},
		{"RestoreWhileServing", testRestoreWhileServing}, {"RestoreFails", testRestoreFails},
		{"Texts", testTexts}, {"Large", testLarge}, {"Cancelled", testCancelled}, {"Closed", testClosed}, {"CloseWhileWriting", testCloseWhileWriting},
		{"Model", testModel},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(&place{t, open, t.TempDir()}) })
	}
}

// moment is a time that survives being written, n milliseconds after the first.
func moment(n int) time.Time { return time.UnixMilli(1_790_000_000_000 + int64(n)).UTC() }

// report makes a report that was received at a moment.
func report(at time.Time) *store.Report {
	id := store.NewID(at)
	return &store.Report{
		ReportHead: store.ReportHead{ID: id, Received: at, Collected: at.Add(-time.Hour), Verdict: "matched", Article: "disk-full", Confidence: .75, Revision: "r1"},
		Sum:        "sum of " + id,
		ReportBody: store.ReportBody{
			Facts:  json.RawMessage(`{"schema": "x", "id": "` + id + `", "text": "<é> "}`), // returned to the byte
			Advice: json.RawMessage(`{"verdict":"matched","id":"` + id + `"}`),
			Hints:  map[string]float64{"disk-full": 1.5}, Lang: "fr", Audience: "l1",
		},
	}
}

// entry is who did something.
func entry(n int, what, subject string) store.Entry {
	return store.Entry{At: moment(n), Who: "j.doe", What: what, Subject: subject, Reason: "a reason"}
}

func trial(article, action string, tried, fixed bool) store.Trial {
	return store.Trial{ID: store.NewID(moment(0)), Report: "r", Article: article, Action: action, Tried: tried, Fixed: fixed, Doc: json.RawMessage(`{"began":1}`)}
}

// failer is a [testing.T] or a [rapid.T].
type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// keep adds a report that must be new.
func keep(t failer, s store.Store, r *store.Report) {
	t.Helper()
	kept, added, err := s.AddReport(context.Background(), r)
	if err != nil || !added || kept == nil || kept.ID != r.ID {
		t.Fatalf("report %s: added %v, %v", r.ID, added, err)
	}
}

// reported keeps a report of a device, which may have trials from then on.
func reported(t failer, s store.Store, n int, device string) {
	t.Helper()
	r := report(moment(n))
	r.Device = device
	keep(t, s, r)
}

func must(t failer, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// got fails the test for an error, and else returns the value: got(f())(t).
func got[T any](v T, err error) func(failer) T {
	return func(t failer) T {
		t.Helper()
		must(t, err)
		return v
	}
}

func same(t failer, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// list reads all heads that a query wants, in pages of its Most.
func list(t failer, s store.Reports, q store.ReportQuery) (all []store.ReportHead) {
	t.Helper()
	for {
		page := got(s.ListReports(context.Background(), q))(t)
		if len(page) > q.Most {
			t.Fatalf("%d reports in a page of %d", len(page), q.Most)
		}
		all = append(all, page...)
		if len(page) < q.Most {
			return all
		}
		q.After = page[len(page)-1].ID
	}
}

func ids(heads []store.ReportHead) (out []string) {
	for _, h := range heads {
		out = append(out, h.ID)
	}
	return out
}

// backup returns a backup.
func backup(t failer, s store.Store) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, s.Backup(context.Background(), &b))
	return b.Bytes()
}

// together runs functions at the same time and waits for them.
func together(n int, f func(i int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	all.Wait()
}

// name numbers things.
func name(of string, n int) string { return fmt.Sprintf("%s-%d", of, n) }
