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

// excerpt is a line of the index beside real excerpts, and the file.
type excerpt struct {
	File, Format, Note, Cause string
	Codes                     []string
	data                      []byte
}

// healthy is an excerpt of which nothing may come.
func (e *excerpt) healthy() bool {
	return strings.Contains(e.Note, "negative case") || strings.HasPrefix(e.Cause, "benign") || strings.HasPrefix(e.Cause, "normal start") || strings.HasPrefix(e.Cause, "rollback running normally")
}

// excerpts are real ones, where a checkout has them beside it.
func excerpts(t *testing.T) []excerpt {
	index, err := os.ReadFile(filepath.Join(shared, "excerpts", "index.jsonl"))
	if err != nil {
		t.Skip("no excerpts here")
	}
	var out []excerpt
	scanner := bufio.NewScanner(bytes.NewReader(index))
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var e excerpt
		if err := json.Unmarshal(scanner.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		if e.data, err = os.ReadFile(filepath.Join(shared, "excerpts", e.File)); err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

// among counts the codes that are found.
func among(codes, found []string) int {
	return len(codes) - len(slices.DeleteFunc(slices.Clone(codes), func(code string) bool {
		return slices.ContainsFunc(found, func(f string) bool { return strings.HasPrefix(f, code) })
	}))
}

func TestExcerpts(t *testing.T) {
	found, want, negatives := 0, 0, 0
	for _, e := range excerpts(t) {
		// Named as its kind, and without a name that tells anything.
		names := map[string]string{"cbs": "CBS.log", "dism": "dism.log", "setupact": "setupact.log", "setuperr": "setuperr.log", "wu": "WindowsUpdate.log"}
		for _, name := range []string{names[e.Format], e.File} {
			if name == "" {
				continue
			}
			res := read(t, e.data, name, Options{})
			if e.healthy() {
				negatives++
				for _, l := range res.Lines {
					t.Errorf("%s as %s is healthy, reported: %s", e.File, name, want1(l))
				}
				continue
			}
			n := among(e.Codes, codes(res))
			if found, want = found+n, want+len(e.Codes); n < len(e.Codes) {
				t.Logf("%s as %s: wanted %v, got %v %v", e.File, name, e.Codes, codes(res), res.Warnings)
			}
		}
	}
	t.Logf("%d of %d codes found, %d healthy logs read", found, want, negatives)
	if found*10 < want*9 {
		t.Errorf("%d of %d codes found, want 90 %%", found, want)
	}
}

// TestExcerptsPasted puts the excerpts below a sentence, as people do.
func TestExcerptsPasted(t *testing.T) {
	found, want := 0, 0
	for _, e := range excerpts(t) {
		logs, _ := Pasted("Voici le journal :\n" + decodeText(e.data))
		var got []string
		for _, log := range logs {
			got = append(got, codes(read(t, []byte(log), "", Options{}))...)
		}
		if e.healthy() {
			if len(got) > 0 {
				t.Errorf("%s is healthy, found: %v", e.File, got)
			}
			continue
		}
		found, want = found+among(e.Codes, got), want+len(e.Codes)
	}
	t.Logf("%d of %d codes found", found, want)
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
