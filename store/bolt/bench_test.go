package bolt_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	bbolt "go.etcd.io/bbolt"

	"github.com/patchmedic/patchmedic/advisor"
	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/store"
	"github.com/patchmedic/patchmedic/store/bolt"
)

// machine returns facts of some 19 kB, as a collector sends them.
func machine() []byte {
	var b bytes.Buffer
	b.WriteString(`{"schema":"patchmedic.facts/v1","os":{"product":"Windows 11","type":"client","version":"24H2","build":26100,"revision":3775},
		"symptoms":{"codes":["0x800f0922"],"kbs":["KB5058411"]},
		"updates":{"history":[{"kb":"KB5058411","operation":"install","result":"failed","code":"0x800f0922","at":"2025-05-21T18:00:00Z"}],"offered":[{"kb":"KB5058411"}],"installed":[]},
		"volumes":[{"mount":"C:","role":"system","total":255000000000,"free":90000000000},{"role":"esp","total":104857600,"free":7000000}],"services":[`)
	for i := range 120 {
		fmt.Fprintf(&b, `{"name":"service%d","state":"running","start":"automatic"},`, i*7919%1000)
	}
	b.WriteString(`{"name":"HTTP","state":"running","start":"manual"}],"logs":[`)
	for i := range 40 {
		fmt.Fprintf(&b, `{"file":"cbs.log","level":"error","component":"CSI","code":"0x800f09%02x","text":"Queue item %d did not run to its end, and there are words around that as such lines have them: %x"},`, 0x20+i%6, i, i*104729)
	}
	b.WriteString(`{"file":"cbs.log","level":"info","text":"end"}]}`)
	return b.Bytes()
}

// body returns those facts and their advice from the bundled content.
func body(b *testing.B) store.ReportBody {
	b.Helper()
	lib, err := kb.Load(content.Files())
	if err != nil {
		b.Fatal(err)
	}
	data := machine()
	report, _, err := facts.Decode(data)
	if err != nil {
		b.Fatal(err)
	}
	advice, err := json.Marshal(advisor.New(lib).Advise(report, advisor.Options{Lang: kb.French}))
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("facts of %d bytes, advice of %d", len(data), len(advice))
	return store.ReportBody{Facts: data, Advice: advice, Lang: "fr", Audience: "l2"}
}

func report(n int, body store.ReportBody) *store.Report {
	now := time.Now()
	return &store.Report{ReportBody: body, Sum: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", ReportHead: store.ReportHead{
		ID: store.NewID(now), Received: now, Owner: "collector", Device: "pc-" + strconv.Itoa(n%10_000), Collected: now,
		Codes: []string{"0x800f0920", "0x800f0922", fmt.Sprintf("0x8024%04x", n%500)}, KBs: []string{"KB5058411"},
		Verdict: "matched", Article: "esp-too-full", Confidence: .93, Revision: "r0123456789abcdef",
	}}
}

func openStore(b *testing.B) *bolt.Store {
	b.Helper()
	s, err := bolt.Open(filepath.Join(b.TempDir(), "records.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

// BenchmarkUpload measures durable uploads against bbolt's own batches of the
// same bytes: facts and advice as they are, or compressed as a store may, each
// with its head, in a bucket each, without any index. Its default delay is 10 ms.
func BenchmarkUpload(b *testing.B) {
	body := body(b)
	for _, clients := range []int{1, 16} {
		for _, delay := range []time.Duration{10 * time.Millisecond, time.Millisecond, 100 * time.Microsecond} {
			for _, pack := range []bool{false, true} {
				b.Run(fmt.Sprintf("bbolt.Batch/delay=%v/packed=%v/clients=%d", delay, pack, clients), func(b *testing.B) {
					upload(b, clients, batches(b, delay, pack))
				})
			}
		}
		b.Run(fmt.Sprintf("store/clients=%d", clients), func(b *testing.B) {
			s := openStore(b)
			upload(b, clients, func(n int) error {
				_, _, err := s.AddReport(b.Context(), report(n, body))
				return err
			})
		})
	}
}

// upload shares b.N calls among clients.
func upload(b *testing.B, clients int, send func(n int) error) {
	var n atomic.Int64
	b.ReportAllocs()
	b.SetParallelism((clients + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
	if clients == 1 {
		for b.Loop() {
			if err := send(int(n.Add(1))); err != nil {
				b.Fatal(err)
			}
		}
		return
	}
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := send(int(n.Add(1))); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// batches returns a call that puts a report into a file of bbolt.
func batches(b *testing.B, delay time.Duration, pack bool) func(n int) error {
	b.Helper()
	body := body(b)
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "batch.db"), 0o600, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	db.MaxBatchDelay = delay
	packer, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		b.Fatal(err)
	}
	plain := append(bytes.Clone(body.Facts), body.Advice...)
	return func(n int) error {
		r := report(n, body)
		head, err := json.Marshal(r.ReportHead)
		if err != nil {
			return err
		}
		data := plain
		if pack {
			data = packer.EncodeAll(plain, nil)
		}
		return db.Batch(func(tx *bbolt.Tx) error {
			for name, v := range map[string][]byte{"heads": head, "bodies": data} {
				bucket, err := tx.CreateBucketIfNotExists([]byte(name))
				if err != nil {
					return err
				}
				if err := bucket.Put([]byte(r.ID), v); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// BenchmarkRead measures reads among 100,000 reports.
func BenchmarkRead(b *testing.B) {
	if testing.Short() {
		b.Skip("100,000 reports take a while")
	}
	const n = 100_000
	s, path, some := filled(b, n)
	reads := []struct {
		name string
		read func() (int, error)
	}{
		{"Report", func() (int, error) { _, err := s.Report(b.Context(), some.ID); return 1, err }},
		{"TokenByHash", func() (int, error) { _, err := s.TokenByHash(b.Context(), "hash"); return 1, err }},
		{"ListReports/newest 50", lists(b, s, store.ReportQuery{})},
		{"ListReports/50 after the middle", lists(b, s, store.ReportQuery{After: some.ID})},
		{"ListReports/of a device", lists(b, s, store.ReportQuery{Device: some.Device})},
		{"ListReports/50 with a code", lists(b, s, store.ReportQuery{Code: some.Codes[2]})},
		{"ListReports/of an owner who sent none", lists(b, s, store.ReportQuery{Owner: "nobody"})},
	}
	for _, r := range reads {
		b.Run(r.name, func(b *testing.B) {
			b.ReportAllocs()
			found := 0
			for b.Loop() {
				var err error
				if found, err = r.read(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(found), "found")
		})
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	b.Run("Open", func(b *testing.B) {
		for b.Loop() {
			s, err := bolt.Open(path)
			if err != nil {
				b.Fatal(err)
			}
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func lists(b *testing.B, s store.Store, q store.ReportQuery) func() (int, error) {
	return func() (int, error) {
		q.Most = 50
		heads, err := s.ListReports(b.Context(), q)
		return len(heads), err
	}
}

// filled returns a store of n reports, its file, and one of the reports from the middle.
func filled(b *testing.B, n int) (s *bolt.Store, path string, some *store.Report) {
	b.Helper()
	body := body(b)
	path = filepath.Join(b.TempDir(), "records.db")
	s, err := bolt.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	var next atomic.Int64
	done := make(chan error)
	const clients = 64
	for range clients {
		go func() {
			var err error
			for i := next.Add(1); i <= int64(n) && err == nil; i = next.Add(1) {
				r := report(int(i), body)
				if i == int64(n/2) {
					some = r
				}
				_, _, err = s.AddReport(b.Context(), r)
			}
			done <- err
		}()
	}
	for range clients {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
	if err := s.AddToken(b.Context(), &store.Token{ID: "t", Hash: "hash"}, store.Entry{At: time.Now()}); err != nil {
		b.Fatal(err)
	}
	return s, path, some
}
