package bolt

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/patchmedic/patchmedic/store"
)

func TestReports(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "records.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var ids []string
	for i := range 10 {
		r := &store.Report{ReportHead: store.ReportHead{ID: store.NewID(time.UnixMilli(int64(1000 * i))), Device: "a", Codes: []string{"0x1"}}}
		if _, added, err := s.AddReport(t.Context(), r); err != nil || !added {
			t.Fatal(added, err)
		}
		ids = append(ids, r.ID)
	}
	for _, q := range []store.ReportQuery{{Most: 100}, {Most: 100, Device: "a"}, {Most: 100, Code: "0x1"}} {
		all, err := s.ListReports(t.Context(), q)
		if err != nil || len(all) != 10 || all[0].ID != ids[9] {
			t.Fatal(len(all), err)
		}
		q.After = ids[5]
		q.Since = time.UnixMilli(2000)
		some, err := s.ListReports(t.Context(), q)
		if err != nil || len(some) != 3 || some[0].ID != ids[4] {
			t.Fatal(some, err)
		}
	}
}
