package errcode

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestNeverCodes puts every input without a code into a sentence and a log
// line: it must stay one without a code.
func TestNeverCodes(t *testing.T) {
	n := 0
	for _, v := range readVectors(t, filepath.Join("testdata", "vectors.jsonl")) {
		if v.Code != nil || strings.TrimSpace(v.Input) == "" {
			continue
		}
		n++
		for _, text := range []string{
			v.Input,
			"Bonjour, je vois « " + v.Input + " », que faire ?",
			"Info CBS    " + v.Input + "\r\n",
			v.Input + "\n" + v.Input + "\n",
		} {
			if found := Find(text); strings.HasPrefix(text, v.Input) && len(found) > 0 ||
				len(found) > 0 && !isSequenceShape(v.Input) {
				t.Errorf("Find(%q) = %+v, want nothing", text, found)
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d inputs without a code", n)
	}
}

// isSequenceShape tells the inputs that are no code by their column alone.
func isSequenceShape(s string) bool { return strings.Contains(s, "80070002 (F)") }

func TestFindOffsets(t *testing.T) {
	text := "« 0x80070306 », puis 0xC1900101 - 0x20017 et ERROR_ACCESS_DENIED, exit code 1603 [gle=0x80004005]"
	var got []string
	for _, m := range Find(text) {
		if text[m.Start:m.End] != m.Input {
			t.Errorf("%+v: Input is not text[Start:End]", m)
		}
		got = append(got, m.Input+" "+m.Code.String())
	}
	want := []string{
		"0x80070306 0x80070306",
		"0xC1900101 - 0x20017 0xc1900101-0x20017",
		"ERROR_ACCESS_DENIED 0x80070005",
		"1603 0x80070643",
		"0x80004005 0x80004005",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestPrimary(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"hr = 0x00000000, then 0x80240022, then 0x8024200b", "0x80240022"},
		{"[gle=0x80004005] status 0x800f0922", "0x800f0922"},
		{"only [gle=0x80004005] and 0x00240005", "0x80004005"},
		{"exit code 3010", "0x80070bc2"},
	} {
		if m, ok := Primary(Find(tt.text)); !ok || m.Code.String() != tt.want {
			t.Errorf("Primary of %q = %v, %t; want %s", tt.text, m.Code, ok, tt.want)
		}
	}
	if _, ok := Primary(nil); ok {
		t.Error("Primary(nil) is ok")
	}
}

func TestParseErrorsSayWhatToDo(t *testing.T) {
	for r := range map[Reason]bool{
		ReasonEmpty: true, ReasonTruncated: true, ReasonTooLong: true, ReasonSeveral: true, ReasonMore: true,
		ReasonKB: true, ReasonBuild: true, ReasonGUID: true, ReasonExtendAlone: true, ReasonDeviceProblem: true,
		ReasonStopCode: true, ReasonUnknownNumber: true, ReasonUnknownName: true, ReasonNoCode: true,
	} {
		if !strings.Contains(r.advice(), ": ") {
			t.Errorf("%s: %q has no advice", r, r.advice())
		}
	}
	_, err := Parse("please look at 0x80070005 soon")
	var pe *ParseError
	if !errors.As(err, &pe) || pe.Reason != ReasonMore {
		t.Errorf("got %v, want reason %s", err, ReasonMore)
	}
	if _, err := Parse("stop 0x7B"); !errors.As(err, &pe) || pe.Reason != ReasonStopCode {
		t.Errorf("got %v, want reason %s", err, ReasonStopCode)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"0x80070306", "-2147024122", "1058", "E_ACCESSDENIED", "0xC1900101 - 0x20017", "HRESULT_FROM_NT(STATUS_ACCESS_DENIED)", "stop 0x7B", "0x00000001", "−5", "_"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) < 40 {
			Near(s)
		}
		c, err := Parse(s)
		if err != nil {
			var pe *ParseError
			if !errors.As(err, &pe) || pe.Reason == "" || pe.Error() == "" {
				t.Fatalf("Parse(%q): %v is no complete ParseError", s, err)
			}
			return
		}
		if again, err := Parse(c.String()); err != nil || again != c {
			t.Fatalf("Parse(%q) = %v, and Parse of that = %v, %v", s, c, again, err)
		}
		Lookup(c)
	})
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"Error: 0x8007000D-0x2000C", "échec(s) 1058 :", "0x 80070057", "0×80070490", "Code(s) 646", "HRESULT_FROM_WIN32(", "[gle=0x", "STOP 0x7B (0x", "WU_E_NO_SERVICE (0x80240001)", "-", "\xff0x", "80070000×80070000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		end := 0
		for _, m := range Find(s) {
			if m.Start < end || m.End <= m.Start || m.End > len(s) || s[m.Start:m.End] != m.Input {
				t.Fatalf("Find(%q): bad range %+v after %d", s, m, end)
			}
			end = m.End
			m.Info()
			if m.Kind == KindBugCheck {
				continue
			}
			if c, err := Parse(m.Code.String()); err != nil || c != m.Code {
				t.Fatalf("Find(%q): %v does not parse back: %v, %v", s, m.Code, c, err)
			}
		}
		for _, h := range Hints(s) {
			if s[h.Start:h.End] != h.Input || h.Note == NoteNone {
				t.Fatalf("Hints(%q): bad hint %+v", s, h)
			}
		}
	})
}

func logText(tb testing.TB) string {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "cbs.log"))
	if err != nil {
		tb.Fatal(err)
	}
	return strings.Repeat(string(b), 1+1<<20/len(b))
}

// BenchmarkFind scans a log; BenchmarkFindFloor only reads its bytes.
func BenchmarkFind(b *testing.B) {
	text := logText(b)
	quiet := strings.Repeat("Info                  CBS    Appl: Evaluating package applicability for package Package_for_KB5058411~31bf3856ad364e35~amd64~~26100.4061.1.8, applicable state: Installed\r\n", 1<<20/160)
	for _, bb := range []struct{ name, text string }{{"log", text}, {"quiet", quiet}} {
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(bb.text)))
			for b.Loop() {
				Find(bb.text)
			}
		})
	}
}

func BenchmarkFindFloor(b *testing.B) {
	text := []byte(logText(b))
	b.SetBytes(int64(len(text)))
	sum := 0
	for b.Loop() {
		sum += bytes.Count(text, []byte("0x"))
	}
	_ = sum
}

func BenchmarkLookup(b *testing.B) {
	for b.Loop() {
		Lookup(Code{Value: 0x80070422})
	}
}

func BenchmarkSymbol(b *testing.B) {
	for b.Loop() {
		Symbol("ERROR_SERVICE_DISABLED")
	}
}

func BenchmarkNear(b *testing.B) {
	for b.Loop() {
		Near("0x80240439")
		Near("0x80070036x")
		Near("ERROR_ACESS_DENID")
	}
}
