package api

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/patchmedic/patchmedic/collector"
	"github.com/patchmedic/patchmedic/collector/delivery"
	"github.com/patchmedic/patchmedic/collector/hosttest"
)

const machines = "../collector/testdata/hosts"

// wantedAdvice is a machine's line of advice.yaml.
type wantedAdvice struct {
	Verdict string
	Article []string
	Remedy  string
	// Live is the answer to what the same machine says while it runs, where that
	// is another.
	Live *wantedAdvice
}

// TestMachines goes the whole way from the files of a machine to the article:
// they are collected, sent over HTTP as the collector does, and the answer is
// held against advice.yaml beside them. A machine that runs tells more.
func TestMachines(t *testing.T) {
	wanted := readWantedAdvice(t)
	entries, err := os.ReadDir(machines)
	if err != nil {
		t.Fatal(err)
	}
	c := start(t, nil)
	server := httptest.NewServer(c.handler)
	defer server.Close()
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := &delivery.Client{Server: address, Lang: "en", HTTP: server.Client()}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		want, ok := wanted[e.Name()]
		if !ok {
			t.Errorf("advice.yaml does not say what to answer to %s", e.Name())
			continue
		}
		delete(wanted, e.Name())
		t.Run(e.Name(), func(t *testing.T) { want.hold(t, c, delivered(t, client, collected(t, e.Name()))) })
		running, err := os.ReadFile(filepath.Join(machines, e.Name()+".live.json"))
		if err != nil {
			continue // it does not run
		}
		if want.Live != nil {
			want = *want.Live
		}
		t.Run(e.Name()+"/live", func(t *testing.T) { want.hold(t, c, delivered(t, client, running)) })
	}
	for name := range wanted {
		t.Errorf("advice.yaml has %s, which is no machine", name)
	}
}

func readWantedAdvice(t *testing.T) map[string]wantedAdvice {
	t.Helper()
	f, err := os.Open(filepath.Join(machines, "advice.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out map[string]wantedAdvice
	in := yaml.NewDecoder(f)
	in.KnownFields(true)
	if err := in.Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// collected makes a machine's report of its files.
func collected(t *testing.T, machine string) []byte {
	t.Helper()
	files, err := hosttest.Files(filepath.Join(machines, machine))
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(collector.Collect(&collector.Source{FS: files}, collector.Options{Version: "1.2.3", SiteKey: "testdata"}))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// delivered sends a report twice and returns the answer: a report that is sent again
// is stored once.
func delivered(t *testing.T, client *delivery.Client, body []byte) answered {
	t.Helper()
	first, err := client.Send(t.Context(), body)
	if err != nil {
		t.Fatal(err)
	}
	again, err := client.Send(t.Context(), body)
	if err != nil {
		t.Fatal(err)
	}
	if !first.Stored || len(first.Warnings) > 0 || first.Location != again.Location {
		t.Errorf("stored %v at %s, then at %s: %q", first.Stored, first.Location, again.Location, first.Warnings)
	}
	return answered{body: string(first.Advice)}
}

// hold compares an advice, and reads the article that it leads to.
func (want wantedAdvice) hold(t *testing.T, c caller, got answered) {
	t.Helper()
	if verdict := got.text(t, "verdict"); verdict != want.Verdict {
		t.Errorf("the verdict is %s, want %s", verdict, want.Verdict)
	}
	diagnoses := listOf(t, got, "diagnoses")
	if len(want.Article) == 0 {
		if len(diagnoses) > 0 {
			t.Errorf("nothing is wrong, and the first of %d diagnoses is %s", len(diagnoses), got.text(t, "diagnoses.0.article"))
		}
		return
	}
	article := got.text(t, "diagnoses.0.article")
	if !slices.Contains(want.Article, article) {
		t.Errorf("the first diagnosis is %s, want one of %q", article, want.Article)
	}
	var actions []string
	for _, r := range listOf(t, got, "diagnoses.0.remedies") {
		action, _ := r.(map[string]any)["action"].(string)
		actions = append(actions, action)
	}
	if !slices.Contains(actions, want.Remedy) {
		t.Errorf("%s has the remedies %q, want %s among them", article, actions, want.Remedy)
	}
	c.do("GET", got.text(t, "diagnoses.0.url"), "").want(t, 200)
}
