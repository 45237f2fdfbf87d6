package errcode

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A vector is one line of a vectors file: an input and what comes out.
type vector struct {
	Input     string   `json:"input"`
	Code      *string  `json:"code"`     // canonical, any case; null: no code
	Symbol    *string  `json:"symbol"`   // preferred; null: no public name
	Facility  *string  `json:"facility"` // absent in stop codes
	Win32     *uint32  `json:"win32"`
	Kind      *string  `json:"kind"`
	Also      []string `json:"also"` // further names, all of which must be aliases
	Raw       string   `json:"raw"`
	Extend    string   `json:"extend"`
	Phase     string   `json:"phase"`
	Operation string   `json:"operation"`
	Codes     []string `json:"codes"` // all codes, when several

	Note   Note   `json:"remark"` // our own files: Match.Note
	Hint   Note   `json:"hint"`   // our own files: the note of the only hint
	Reason Reason `json:"reason"` // our own files: why Parse refuses
}

func TestVectors(t *testing.T) {
	for _, v := range readVectors(t, filepath.Join("testdata", "vectors.jsonl")) {
		if problem := v.check(); problem != "" {
			t.Errorf("%q: %s", v.Input, problem)
		}
	}
}

// TestSharedVectors runs a second file of vectors, kept outside of the
// repository and written by others, where there is one.
func TestSharedVectors(t *testing.T) {
	file := filepath.Join("..", "..", "..", "shared", "data", "errcodes", "vectors.jsonl")
	if _, err := os.Stat(file); err != nil {
		t.Skipf("no shared vectors: %v", err)
	}
	vectors := readVectors(t, file)
	misses := 0
	for _, v := range vectors {
		if problem := v.check(); problem != "" {
			misses++
			t.Logf("miss %q: %s", v.Input, problem)
		}
	}
	right := len(vectors) - misses
	t.Logf("%d of %d vectors", right, len(vectors))
	if right*100 < len(vectors)*97 {
		t.Errorf("%d of %d vectors right, want 97 %%", right, len(vectors))
	}
}

func readVectors(t *testing.T, file string) []vector {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []vector
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if line := strings.TrimSpace(lines.Text()); line == "" || strings.HasPrefix(line, "//") {
			continue
		}
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatalf("%s: %v: %s", file, err, lines.Text())
		}
		list = append(list, v)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// check returns what is wrong, "" when nothing is. An input is read as a
// decode box does: as one code, else as a text.
func (v vector) check() string {
	m, err := ParseMatch(v.Input)
	found := []Match{m}
	if err != nil {
		found = Find(v.Input)
		m, _ = Primary(found)
	}
	if problem := v.checkRest(err); problem != "" {
		return problem
	}
	if v.Code == nil {
		if len(found) > 0 {
			return fmt.Sprintf("got %v, want no code", found)
		}
		return ""
	}
	if len(found) == 0 {
		return "got no code, want " + *v.Code
	}
	info := m.Info()
	var extend, phase, operation, raw string
	if m.Code.Extend != 0 {
		extend = fmt.Sprintf("%#x", m.Code.Extend)
		phase, operation = info.Setup.Phase, info.Setup.Operation
	}
	if v.Raw != "" && m.HasRaw {
		raw = fmt.Sprintf("0x%08x", m.Raw)
	}
	for _, f := range []struct{ field, got, want string }{
		{"code", Code{Value: m.Code.Value}.String(), strings.ToLower(*v.Code)},
		{"symbol", info.Symbol, orEmpty(v.Symbol)},
		{"facility", info.Facility.Name, orEmpty(v.Facility)},
		{"kind", string(info.Kind), orEmpty(v.Kind)},
		{"win32", number(info.Win32), number(v.Win32)},
		{"extend", extend, strings.ToLower(v.Extend)},
		{"phase", phase, v.Phase},
		{"operation", operation, v.Operation},
		{"raw", raw, strings.ToLower(v.Raw)},
		{"remark", string(ifSet(v.Note, m.Note)), string(v.Note)},
	} {
		if f.got != f.want {
			return fmt.Sprintf("%s: got %q, want %q (match %+v)", f.field, f.got, f.want, m)
		}
	}
	for _, name := range v.Also {
		if !slices.Contains(info.Aliases, name) {
			return fmt.Sprintf("alias %s is missing in %v", name, info.Aliases)
		}
	}
	var codes []string
	for _, m := range found {
		codes = append(codes, m.Code.String())
	}
	if want := strings.ToLower(strings.Join(v.Codes, " ")); want != "" && strings.Join(codes, " ") != want {
		return fmt.Sprintf("codes: got %v, want %s", codes, want)
	}
	return ""
}

func (v vector) checkRest(err error) string {
	if v.Reason != "" {
		if pe, ok := err.(*ParseError); !ok || pe.Reason != v.Reason {
			return fmt.Sprintf("Parse: got %v, want reason %s", err, v.Reason)
		}
	}
	if v.Hint != "" {
		if hints := Hints(v.Input); len(hints) != 1 || hints[0].Note != v.Hint {
			return fmt.Sprintf("hints: got %+v, want one %s", hints, v.Hint)
		}
	}
	return ""
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func number(n *uint32) string {
	if n == nil {
		return "none"
	}
	return fmt.Sprint(*n)
}

// ifSet returns got when the vector says anything about it.
func ifSet[S ~string](said, got S) S {
	if said == "" {
		return ""
	}
	return got
}
