package errcode

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	codes := map[Row]bool{}
	names := map[string]int{}
	for r := range All() {
		if r.Source == "" {
			t.Errorf("%v has no source", r)
		}
		if r.Symbol == "" && !strings.HasPrefix(r.Source, "public WIM") && !strings.Contains(r.Source, "number only") {
			t.Errorf("%v has no name and its source does not say why", r)
		}
		codes[Row{Space: r.Space, Number: r.Number}] = true
		names[r.Space]++
	}
	t.Logf("%d numbers, rows by space %v, table.bin %d bytes", len(codes), names, len(tableBytes))
	if len(codes) < 10_000 {
		t.Errorf("%d numbers, want 10,000 or more", len(codes))
	}
	if len(tableBytes) > 1<<20 {
		t.Errorf("table.bin has %d bytes, want less than 1 MB", len(tableBytes))
	}
}

// TestEveryNameIsFound looks each name up again.
func TestEveryNameIsFound(t *testing.T) {
	tab := openTable()
	for row := range tab.start[spaceHRESULTFacility] {
		name := tab.name(row)
		if name != "" && !slices.Contains(tab.named(strings.ToUpper(name)), row) {
			t.Fatalf("named(%s) lacks row %d", name, row)
		}
	}
}

// TestSharedTables compares with tables kept outside of the repository, where
// they are: names and facilities must agree, and what is lacking is counted.
func TestSharedTables(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "data", "errcodes")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no shared tables: %v", err)
	}
	for _, name := range []string{"win32", "hresult", "ntstatus", "wu", "bits", "do", "cbs", "setup", "other"} {
		f, err := os.Open(filepath.Join(dir, name+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		records, err := csv.NewReader(f).ReadAll()
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		lacking, from := 0, map[string]int{}
		for _, rec := range records[1:] {
			n, err := strconv.ParseUint(rec[0], 0, 32)
			if err != nil {
				t.Fatal(err)
			}
			v := uint32(n)
			if name == "win32" {
				v = fromWin32(v)
			}
			info := Lookup(Code{Value: v})
			if !hasRow(name, uint32(n), v, rec[1]) {
				lacking++
				from[rec[3]]++
				continue
			}
			if (name == "ntstatus") != (info.Kind == KindNTStatus) || v == 0 {
				continue // the number is two things, and the other one is meant
			}
			want, _, _ := strings.Cut(rec[2], "(")
			if info.Facility.Name != want {
				t.Errorf("%s.csv %s %s: facility %q, want %q", name, rec[0], rec[1], info.Facility.Name, want)
			}
		}
		t.Logf("%s.csv: %d of %d rows are lacking %v", name, lacking, len(records)-1, from)
		if lacking > 0 && name != "other" {
			t.Errorf("%s.csv: %d rows are lacking", name, lacking)
		}
	}
}

func hasRow(file string, number, v uint32, symbol string) bool {
	t := openTable()
	if symbol == "" {
		return Lookup(Code{Value: v}).Known
	}
	for _, row := range t.named(symbol) {
		switch n := t.code(row); t.spaceOf(row) {
		case spaceJET:
			if v&0xFFFF == n {
				return true
			}
		case spaceBugCheck, spaceDevice:
		default:
			if n == number {
				return true
			}
		}
	}
	return false
}
