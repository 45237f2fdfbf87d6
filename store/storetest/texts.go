package storetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"unicode/utf8"

	"github.com/patchmedic/patchmedic/store"
)

// oddTexts are names that machines, people and attackers may send. Some begin
// others, also in ways that a separator in a key may mistake.
var oddTexts = [...]string{
	"", "a", "ab", "a\x00", "a\x00b", "a\x00\x01", "a\x00\x01b", "a\x00\x02", "a\x01", "\x00", "\x00\x00", "\x00\x01", "\x01", "\x7f",
	"é😀", "e\u0301", "\ufffd", "\u2028", "<&>\"'\\", "null", "a/b", "A", " a", "%00", "\xff", "a\xff", "\xc3", "\ufffd\xff",
	strings.Repeat("long ", 200), strings.Repeat("too long ", 20_000),
}

// mustBeKept is what an implementation may not refuse.
func mustBeKept(text string) bool { return utf8.ValidString(text) && len(text) <= 1000 }

func testTexts(p *place) {
	s, ctx := p.store(), p.Context()
	kept := map[string]*store.Report{}
	for _, odd := range oddTexts {
		r := report(moment(0))
		r.Device, r.Owner, r.Key, r.Codes, r.KBs, r.Audience = odd, odd, odd, []string{odd}, []string{odd}, odd
		_, _, err := s.AddReport(ctx, r)
		if err == nil {
			kept[odd] = r
		} else if mustBeKept(odd) {
			p.Errorf("%.20q: %v", odd, err)
		}
		want := r.ID
		if kept[odd] == nil {
			want = ""
		}
		if r, err := s.Report(ctx, r.ID); (err == nil) != (want != "") {
			p.Errorf("%.20q: %v, %v", odd, r, err)
		}
	}
	if n := len(list(p, s, store.ReportQuery{Most: 999})); n != len(kept) {
		p.Fatalf("%d reports, kept %d", n, len(kept))
	}
	for odd, r := range kept {
		same(p, "report", got(s.Report(ctx, r.ID))(p), r)
		if odd == "" {
			continue
		}
		for _, q := range []store.ReportQuery{{Device: odd}, {Code: odd}, {Owner: odd}, {Device: odd, Code: odd, Owner: odd}} {
			q.Most = 9
			same(p, "found", ids(list(p, s, q)), []string{r.ID})
		}
		same(p, "by key", got(s.ReportByKey(ctx, odd, odd))(p), r)
	}
	same(p, "restored", len(restored(p, backup(p, s)).Reports), len(kept))
	eraseOdd(p, s, kept)
	testOddNames(p, s)
}

func eraseOdd(p *place, s store.Store, kept map[string]*store.Report) {
	left := len(kept)
	for odd, r := range kept {
		if odd == "" {
			continue
		}
		if n := got(s.EraseDevice(p.Context(), odd, entry(0, "device.erased", "")))(p); n != 1 {
			p.Fatalf("%d reports erased of %.20q", n, odd)
		}
		left--
		if n := len(list(p, s, store.ReportQuery{Most: 999})); n != left {
			p.Fatalf("%d reports after %.20q, want %d", n, odd, left)
		}
		for _, q := range []store.ReportQuery{{Device: odd, Most: 9}, {Code: odd, Most: 9}} {
			same(p, "erased", ids(list(p, s, q)), []string(nil))
		}
		if _, err := s.ReportByKey(p.Context(), r.Owner, r.Key); !errors.Is(err, store.ErrNotFound) {
			p.Errorf("the key of %.20q: %v", odd, err)
		}
	}
}

// testOddNames keeps documents, trials, votes and tokens under odd names.
func testOddNames(p *place, s store.Store) {
	ctx := p.Context()
	counts := map[store.Cure]store.Count{}
	for i, odd := range oddTexts {
		r := report(moment(i))
		r.Device = "m" + odd
		_, _, unkept := s.AddReport(ctx, r)
		faults := []error{
			unkept,
			s.PutDocument(ctx, document(store.Kind(odd), odd, 1, "published"), entry(i, odd, odd)),
			s.PutTrials(ctx, "m"+odd, 0, []store.Trial{trial(odd, odd, true, false)}),
			s.AddVote(ctx, &store.Vote{ID: store.NewID(moment(i)), Article: odd, Helped: true}),
			s.AddToken(ctx, &store.Token{ID: "t" + odd, Hash: "h" + odd}, entry(i, "token.created", odd)),
		}
		if err := errors.Join(faults...); err != nil && mustBeKept(odd) {
			p.Errorf("%.20q: %v", odd, err)
		}
		if faults[2] == nil {
			counts[store.Cure{Article: odd, Action: odd}] = store.Count{Tried: 1}
		}
		if faults[4] == nil {
			same(p, "token", got(s.TokenByHash(ctx, "h"+odd))(p).ID, "t"+odd)
		}
	}
	same(p, "counts", got(s.Counts(ctx))(p), counts)
	for _, odd := range oddTexts {
		if !mustBeKept(odd) {
			continue
		}
		same(p, "document", got(s.Document(ctx, store.Kind(odd), odd, 0))(p), document(store.Kind(odd), odd, 1, "published"))
		same(p, "history", len(got(s.History(ctx, store.Kind(odd), odd))(p)), 1)
		if votes, _, _, err := s.VotesOf(ctx, odd, 99); err != nil || len(votes) != 1 || votes[0].Article != odd {
			p.Errorf("votes of %.20q: %v, %v", odd, votes, err)
		}
		if trials, _, err := s.TrialsOf(ctx, "m"+odd); err != nil || len(trials) != 1 || trials[0].Article != odd {
			p.Errorf("trials of %.20q: %v, %v", odd, trials, err)
		}
	}
}

// testLarge keeps facts of 4 MiB, which is what a report may have.
func testLarge(p *place) {
	s := p.store()
	together(8, func(i int) {
		random := rand.New(rand.NewPCG(uint64(i), 0))
		noise := make([]byte, 4<<20)
		for at := range noise {
			noise[at] = 'a' + byte(random.IntN(16))
		}
		r := report(moment(i))
		r.Facts = append(append([]byte{'"'}, noise...), '"')
		r.Advice = bytes.Repeat([]byte("[]"), 1<<20)
		if _, _, err := s.AddReport(p.Context(), r); err != nil {
			p.Error(err)
			return
		}
		kept, err := s.Report(p.Context(), r.ID)
		if err != nil || !bytes.Equal(kept.Facts, r.Facts) || !bytes.Equal(kept.Advice, r.Advice) {
			p.Errorf("a large report is not what was kept: %v", err)
		}
	})
}

// calls are all methods but Close, with something to do.
func calls(ctx context.Context, s store.Store, good []byte) map[string]func() error {
	return map[string]func() error{
		"AddReport":     func() error { _, _, err := s.AddReport(ctx, report(moment(0))); return err },
		"Report":        func() error { _, err := s.Report(ctx, "x"); return err },
		"ReportByKey":   func() error { _, err := s.ReportByKey(ctx, "o", "k-0"); return err },
		"ListReports":   func() error { _, err := s.ListReports(ctx, store.ReportQuery{Most: 9}); return err },
		"ExpireReports": func() error { _, err := s.ExpireReports(ctx, moment(1), 9); return err },
		"EraseDevice":   func() error { _, err := s.EraseDevice(ctx, "a", entry(0, "device.erased", "a")); return err },
		"TrialsOf":      func() error { _, _, err := s.TrialsOf(ctx, "a"); return err },
		"PutTrials":     func() error { return s.PutTrials(ctx, "new", 0, nil) },
		"Counts":        func() error { _, err := s.Counts(ctx); return err },
		"PutDocument": func() error {
			return s.PutDocument(ctx, document(store.KindRemedy, "new", 1, "draft"), entry(0, "edited", ""))
		},
		"Document":    func() error { _, err := s.Document(ctx, store.KindArticle, "disk-full", 0); return err },
		"History":     func() error { _, err := s.History(ctx, store.KindArticle, "disk-full"); return err },
		"Edits":       func() error { _, err := s.Edits(ctx); return err },
		"AddToken":    func() error { return s.AddToken(ctx, token(99), entry(0, "token.created", "")) },
		"TokenByHash": func() error { _, err := s.TokenByHash(ctx, "hash-0"); return err },
		"Tokens":      func() error { _, err := s.Tokens(ctx); return err },
		"RevokeToken": func() error { return s.RevokeToken(ctx, token(0).ID, moment(1), entry(0, "token.revoked", "")) },
		"AddVote":     func() error { return s.AddVote(ctx, &store.Vote{ID: "new", Article: "disk-full"}) },
		"VotesOf":     func() error { _, _, _, err := s.VotesOf(ctx, "disk-full", 9); return err },
		"Note":        func() error { return s.Note(ctx, entry(0, "noted", "")) },
		"Entries":     func() error { _, err := s.Entries(ctx, "", 9); return err },
		"Backup":      func() error { return s.Backup(ctx, io.Discard) },
		"Restore":     func() error { return s.Restore(ctx, bytes.NewReader(good)) },
	}
}

func testCancelled(p *place) {
	s := p.store()
	empty := backup(p, s)
	fill(p, s, 2)
	before := read(p, s)
	ctx, cancel := context.WithCancel(p.Context())
	cancel()
	for method, call := range calls(ctx, s, empty) {
		if err := call(); !errors.Is(err, context.Canceled) {
			p.Errorf("%s, cancelled: %v", method, err)
		}
	}
	same(p, "after cancelled calls", read(p, s), before)
}

func testClosed(p *place) {
	s := p.store()
	empty := backup(p, s)
	fill(p, s, 2)
	before := read(p, s)
	must(p, s.Close())
	for method, call := range calls(p.Context(), s, empty) {
		if err := call(); err == nil || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrDamaged) {
			p.Errorf("%s, closed: %v", method, err)
		}
	}
	s.Close() // whatever it returns
	same(p, "after calls of a closed store", read(p, p.store()), before)
}

// testCloseWhileWriting holds that a write is either made or refused.
func testCloseWhileWriting(p *place) {
	s := p.store()
	const writers, enough = 16, 100
	kept := make(chan string, 1<<16)
	together(writers+1, func(i int) {
		if i == writers {
			for len(kept) < enough && !p.Failed() {
				runtime.Gosched()
			}
			if err := s.Close(); err != nil {
				p.Error(err)
			}
			return
		}
		for n := 0; ; n++ {
			r := report(moment(i))
			if _, _, err := s.AddReport(p.Context(), r); err != nil {
				if n == 0 {
					p.Error(err)
				}
				return
			}
			kept <- r.ID
		}
	})
	s = p.store()
	if n := len(list(p, s, store.ReportQuery{Most: 99})); n != len(kept) {
		p.Errorf("%d reports of %d that were kept", n, len(kept))
	}
	for close(kept); len(kept) > 0; {
		got(s.Report(p.Context(), <-kept))(p)
	}
}
