package advisor_test

import (
	"encoding/json"
	"io/fs"
	"math"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchmedic/patchmedic/advisor"
	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
)

func advise(t *testing.T, adv *advisor.Advisor, data []byte, opt advisor.Options) *advisor.Advice {
	t.Helper()
	r, _, err := facts.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return adv.Advise(r, opt)
}

// TestAdviceIsPure holds that the same input gives the same bytes, and that the
// report is not changed by being read.
func TestAdviceIsPure(t *testing.T) {
	adv := advisor.New(library(t, 8))
	data := machine(t)
	r, _, err := facts.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	before, _ := json.Marshal(r)
	first, _ := json.Marshal(adv.Advise(r, advisor.Options{Lang: kb.French}))
	for range 20 {
		again, _ := json.Marshal(adv.Advise(r, advisor.Options{Lang: kb.French}))
		if diff := cmp.Diff(string(first), string(again)); diff != "" {
			t.Fatalf("the same report, another advice:\n%s", diff)
		}
	}
	if after, _ := json.Marshal(r); string(after) != string(before) {
		t.Error("the report was changed")
	}
}

// TestConfidenceCanBeComputedByHand takes the prior and the counted factors from
// the answer and arrives at its confidences, beside that of "none of these". Not
// all suspects are in the answer, so it is ratios that can be computed; a generic
// article is held down besides.
func TestConfidenceCanBeComputedByHand(t *testing.T) {
	lib := library(t, 8)
	adv := advisor.New(lib)
	for _, text := range []string{
		`{"schema":"patchmedic.facts/v1","symptoms":{"codes":["0x800f0922"]}}`,
		`{"schema":"patchmedic.facts/v1","symptoms":{"codes":["0x800f0922"]},"network":{"vpn":true},"volumes":[{"role":"esp","total":104857600,"free":60000000}]}`,
		`{"schema":"patchmedic.facts/v1","symptoms":{"codes":["0x80070306"],"kbs":["KB5058411"]},"component_store":{"health":"healthy"}}`,
	} {
		a := advise(t, adv, []byte(text), advisor.Options{})
		if len(a.Diagnoses) < 3 {
			t.Fatalf("%s: %d diagnoses", text, len(a.Diagnoses))
		}
		for _, d := range a.Diagnoses {
			if article, _ := lib.Article(d.Article); article.Generic {
				continue
			}
			odds := d.Prior
			for _, e := range d.Evidence {
				if e.Counted {
					odds *= e.Factor
				}
			}
			if want := odds / 0.1 * a.None; math.Abs(d.Confidence-want) > 0.01 {
				t.Errorf("%s: confidence of %s is %.3f, by hand %.3f", text, d.Article, d.Confidence, want)
			}
		}
	}
}

// TestTextAloneIsCapped holds that the person's words never outweigh everything
// else, however well they fit.
func TestTextAloneIsCapped(t *testing.T) {
	adv := advisor.New(library(t, 8))
	data := []byte(`{"schema":"patchmedic.facts/v1","symptoms":{"text":"words"}}`)
	a := advise(t, adv, data, advisor.Options{Hints: map[string]float64{"http-service-disabled": 1}})
	if len(a.Diagnoses) > 0 && a.Diagnoses[0].Confidence >= 0.5 {
		t.Errorf("words alone give %.2f", a.Diagnoses[0].Confidence)
	}
	for _, d := range a.Diagnoses {
		for _, e := range d.Evidence {
			if e.Signal == "text" && e.Factor > 7 {
				t.Errorf("the words count ×%.1f", e.Factor)
			}
		}
	}
}

// TestOneLineIsOneObservation holds that a log line which matches a signature and
// a signal is not counted twice.
func TestOneLineIsOneObservation(t *testing.T) {
	adv := advisor.New(library(t, 8))
	a := advise(t, adv, []byte(`{"schema":"patchmedic.facts/v1","symptoms":{"codes":["0x800f0922"]},
		"logs":[{"file":"cbs.log","level":"error","text":"SpaceCheck: Insufficient free space"}]}`), advisor.Options{})
	counted := 0
	for _, e := range a.Diagnoses[0].Evidence {
		if e.Counted && len(e.Facts) > 0 && e.Facts[0][:4] == "logs" {
			counted++
		}
	}
	if a.Diagnoses[0].Article != "esp-too-full" || counted != 1 {
		t.Errorf("%s counts the line %d times", a.Diagnoses[0].Article, counted)
	}
}

// TestQuestionsLeadOn holds that each answer is facts which can be merged, and
// that giving it takes the question away.
func TestQuestionsLeadOn(t *testing.T) {
	adv := advisor.New(library(t, 8))
	r, err := facts.DecodePatch([]byte(`{"schema":"patchmedic.facts/v1","symptoms":{"codes":["0x800f0922"],"kbs":["KB5058411"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Constraints = facts.Some(facts.Constraints{Offline: facts.Some(false)})
	a := adv.Advise(r, advisor.Options{MaxQuestions: 50})
	if len(a.Questions) < 5 || a.Questions[0].ID != "run-collector" {
		t.Fatalf("%d questions", len(a.Questions))
	}
	for i, q := range a.Questions {
		if i > 0 && q.Gain > a.Questions[i-1].Gain {
			t.Errorf("%s stands too late", q.ID)
		}
		for _, answer := range q.Answers[:len(q.Answers)-1] {
			patch, err := facts.DecodePatch(answer.Facts)
			if err != nil {
				t.Errorf("%s, %s: %v", q.ID, answer.ID, err)
				continue
			}
			for _, again := range adv.Advise(facts.Merge(r, patch), advisor.Options{MaxQuestions: 50}).Questions {
				if again.ID == q.ID {
					t.Errorf("%s is asked again after the answer %s", q.ID, answer.ID)
				}
			}
		}
		if last := q.Answers[len(q.Answers)-1]; last.ID != "unknown" || string(last.Facts) != "{}" {
			t.Errorf("%s ends with the answer %s %s", q.ID, last.ID, last.Facts)
		}
	}
}

// TestRunCollector: it is asked of a machine that somebody says can be reached, unless
// the report comes of a collector.
func TestRunCollector(t *testing.T) {
	adv := advisor.New(library(t, 8))
	for rest, want := range map[string]bool{
		``: false, `,"constraints":{"offline":false}`: true, `,"constraints":{"offline":true}`: false, `,"constraints":{"no_admin":true}`: false,
		`,"constraints":{"offline":false},"collector":{"mode":"live"}`: false, `,"constraints":{"offline":false},"collector":{"mode":"manual"}`: false,
	} {
		a := advise(t, adv, []byte(`{"schema":"patchmedic.facts/v1","symptoms":{"codes":["0x800f0922"],"kbs":["KB5058411"]}`+rest+`}`), advisor.Options{MaxQuestions: 2})
		if got := a.Questions[0].ID == "run-collector"; got != want || len(a.Questions) != 2 {
			t.Errorf("%s: %v, %d questions", rest, a.Questions[0].ID, len(a.Questions))
		}
	}
}

// TestGenericStaysBelow lays a frequent "read the log first" article over the
// bundled ones: it never stands above a specific article of the same code.
func TestGenericStaysBelow(t *testing.T) {
	const model = "articles/http-service-disabled/"
	upper := fstest.MapFS{}
	for _, name := range []string{"fr.md", "en.md", "article.yaml"} {
		data, err := fs.ReadFile(content.Files(), model+name)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(string(data), "frequency: occasional", "frequency: common\ngeneric: true", 1)
		upper["articles/read-the-log-first/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	article := upper["articles/read-the-log-first/article.yaml"]
	if text := string(article.Data); strings.Count(text, "generic: ") > 1 {
		article.Data = []byte(strings.Replace(text, "generic: false\n", "", 1))
	}
	lib, err := kb.Load(kb.Overlay(content.Files(), upper))
	if err != nil {
		t.Fatal(err)
	}
	a := advise(t, advisor.New(lib), []byte(`{"schema":"patchmedic.facts/v1","symptoms":{"codes":["0x800f0922"]},"services":[{"name":"HTTP","start":"disabled"}]}`), advisor.Options{})
	if first := a.Diagnoses[0].Article; first != "http-service-disabled" {
		t.Errorf("%s stands first", first)
	}
	for _, d := range a.Diagnoses {
		if d.Article == "read-the-log-first" && d.Confidence >= a.Diagnoses[0].Confidence {
			t.Errorf("the generic article has %.2f", d.Confidence)
		}
	}
}

// TestVerifyNeedsAnAttempt holds that a check which says nothing before the
// machine tried again is unknown until the history shows an attempt after the
// last remedy, whoever knows of that remedy.
func TestVerifyNeedsAnAttempt(t *testing.T) {
	adv := advisor.New(library(t, 8))
	const tried = `,"tried":[{"action":"clean-system-partition","outcome":"partly","at":"2025-05-20T09:00:00Z"}]`
	at := func(day int) map[string]time.Time {
		return map[string]time.Time{"esp-too-full": time.Date(2025, 5, day, 9, 0, 0, 0, time.UTC)}
	}
	tests := []struct {
		name, result, tried string
		remedyAt            map[string]time.Time
		want                string
	}{
		{"nobody knows of a remedy", "failed", "", nil, "unknown"},
		{"the report says what was tried", "failed", tried, nil, "no"},
		{"the service knows", "failed", "", at(20), "no"},
		{"a remedy of another article", "failed", "", map[string]time.Time{"http-service-disabled": at(20)["esp-too-full"]}, "unknown"},
		{"a later remedy that was not put to the test", "failed", tried, at(24), "unknown"},
		{"the attempt was stopped", "aborted", tried, nil, "unknown"},
		{"the attempt was of another update", `failed"},{"kb":"KB5060842","operation":"install","result":"failed`, "", at(22), "unknown"},
		{"it could not be carried out", "failed", strings.Replace(tried, "partly", "failed", 1), nil, "unknown"},
	}
	for _, tt := range tests {
		a := advise(t, adv, []byte(`{"schema":"patchmedic.facts/v1","symptoms":{"codes":["0x800f0922"],"kbs":["KB5058411"]},"updates":{"history":[
			{"kb":"KB5058411","operation":"install","result":"`+tt.result+`","at":"2025-05-23T09:00:00Z"}]}`+tt.tried+`}`), advisor.Options{RemedyAt: tt.remedyAt})
		got := ""
		for _, d := range a.Diagnoses {
			for _, v := range d.Verify {
				if d.Article == "esp-too-full" && v.Signal == "kb-succeeded-since" {
					got = v.Holds
				}
			}
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestNothingToJudge holds that a report without a word on updates is not taken
// for a machine that is known to be well.
func TestNothingToJudge(t *testing.T) {
	adv := advisor.New(library(t, 8))
	for text, want := range map[string]int{
		`{"schema":"patchmedic.facts/v1"}`: 1,
		`{"schema":"patchmedic.facts/v1","os":{"build":26100},"errors":[{"source":"log:CBS.log","error":"access denied"}]}`:      1,
		`{"schema":"patchmedic.facts/v1","updates":{"history":[{"kb":"KB5058411","operation":"install","result":"succeeded"}]}}`: 0,
	} {
		a := advise(t, adv, []byte(text), advisor.Options{Lang: kb.French})
		if a.Verdict != advisor.Healthy || len(a.Warnings) != want {
			t.Errorf("%s: %s with the warnings %q, want %d", text, a.Verdict, a.Warnings, want)
		}
	}
}
