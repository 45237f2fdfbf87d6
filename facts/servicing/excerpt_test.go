package servicing

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const shared = "../../../shared/data/logs"

// TestExcerpts reads real excerpts where a checkout has them beside it.
func TestExcerpts(t *testing.T) {
	index, err := os.ReadFile(filepath.Join(shared, "excerpts", "index.jsonl"))
	if err != nil {
		t.Skip("no excerpts here")
	}
	found, want, negatives := 0, 0, 0
	scanner := bufio.NewScanner(bytes.NewReader(index))
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var e struct {
			File, Format, Note, Cause string
			Codes                     []string
		}
		if err := json.Unmarshal(scanner.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(shared, "excerpts", e.File))
		if err != nil {
			t.Fatal(err)
		}
		// Named as its kind, and without a name that tells anything.
		names := map[string]string{"cbs": "CBS.log", "dism": "dism.log", "setupact": "setupact.log", "setuperr": "setuperr.log", "wu": "WindowsUpdate.log"}
		for _, name := range []string{names[e.Format], e.File} {
			if name == "" {
				continue
			}
			res, err := Read(bytes.NewReader(data), name, Options{})
			if err != nil {
				t.Fatal(err)
			}
			negative := strings.Contains(e.Note, "negative case") || strings.HasPrefix(e.Cause, "benign") || strings.HasPrefix(e.Cause, "normal start") || strings.HasPrefix(e.Cause, "rollback running normally")
			if negative {
				negatives++
				for _, l := range res.Lines {
					t.Errorf("%s as %s is healthy, reported: %s", e.File, name, want1(l))
				}
				continue
			}
			got := codes(res)
			for _, code := range e.Codes {
				want++
				switch {
				case slices.ContainsFunc(got, func(c string) bool { return strings.HasPrefix(c, code) }):
					found++
				default:
					t.Logf("%s as %s: %s not found, got %v %v", e.File, name, code, got, res.Warnings)
				}
			}
		}
	}
	t.Logf("%d of %d codes found, %d healthy logs read", found, want, negatives)
	if found*10 < want*9 {
		t.Errorf("%d of %d codes found, want 90 %%", found, want)
	}
}

// TestHealthy reads a long log of a healthy machine: nothing may come of it.
func TestHealthy(t *testing.T) {
	f, err := os.Open(filepath.Join(shared, "loghub-windows-2k.log"))
	if err != nil {
		t.Skip("no log here")
	}
	defer f.Close()
	res, err := Read(f, "CBS.log", Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range res.Lines {
		t.Errorf("reported: %s", want1(l))
	}
}
