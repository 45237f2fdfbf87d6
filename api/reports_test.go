package api

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/patchmedic/patchmedic/internal/access"
	"github.com/patchmedic/patchmedic/store"
)

// stored sends facts and returns the id of the report.
func stored(t *testing.T, c caller, body string, headers ...string) string {
	t.Helper()
	got := c.do("POST", "/api/v1/reports?lang=en", body, headers...).want(t, 201)
	id := got.text(t, "id")
	if got.header.Get("Location") != "/api/v1/reports/"+id {
		t.Errorf("Location %q", got.header.Get("Location"))
	}
	return id
}

const (
	espFull = `{"schema":"patchmedic.facts/v1","device":{"id":"k1-esp"},"collected_at":"2025-05-21T08:00:00Z",
		"os":{"product":"Windows 11","version":"24H2","build":26100,"revision":3775},
		"updates":{"history":[{"kb":"KB5058411","operation":"install","result":"failed","code":"0x800f0922","at":"2025-05-20T18:00:00Z"}]},
		"volumes":[{"role":"esp","total":104857600,"free":4194304}]}`
	espCured = `{"schema":"patchmedic.facts/v1","device":{"id":"k1-esp"},"collected_at":"2025-05-22T08:00:00Z",
		"os":{"product":"Windows 11","version":"24H2","build":26100,"revision":4061},
		"updates":{"history":[{"kb":"KB5058411","operation":"install","result":"succeeded","at":"2025-05-21T20:00:00Z"}]},
		"volumes":[{"role":"esp","total":104857600,"free":41943040}]}`
)

// withStore starts a service over a store that the test holds too.
func withStore(t *testing.T) (caller, store.Store) {
	t.Helper()
	s := records(t)
	return start(t, func(cfg *Config) { cfg.Store = s }), s
}

// TestProof tells a cure from the first report to the statistics.
func TestProof(t *testing.T) {
	c, records := withStore(t)
	first := stored(t, c, espFull)
	c.do("POST", "/api/v1/reports/"+first+"/outcomes", `{"action":"clean-system-partition","at":"2025-05-21T09:00:00Z"}`).want(t, 201)
	second := c.do("POST", "/api/v1/reports?lang=en", espCured).want(t, 201)
	if got := second.text(t, "outcomes.0.result"); got != "fixed" {
		t.Errorf("the second report says %s", got)
	}
	kept := c.do("GET", "/api/v1/reports/"+first, "").want(t, 200)
	for path, want := range map[string]string{"outcomes.0.result": "fixed", "outcomes.0.basis": "measured", "advice.diagnoses.0.article": "esp-too-full", "facts.device.id": "k1-esp"} {
		if got := kept.text(t, path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	tag := kept.header.Get("ETag")
	c.do("GET", "/api/v1/reports/"+first, "", "If-None-Match", tag).want(t, 304)
	again := c.do("POST", "/api/v1/advice", strings.ReplaceAll(espFull, "k1-esp", "k1-other")).want(t, 200)
	if tried, _ := again.json(t, "diagnoses.0.remedies.0.outcomes.tried"); tried != 1.0 {
		t.Errorf("the statistics do not show it: %v", tried)
	}
	changes := c.do("GET", "/api/v1/reports/"+second.text(t, "id")+"/compare/"+first, "").want(t, 200)
	if changes.text(t, "from.id") != first || !strings.Contains(changes.body, "os.revision") {
		t.Errorf("what changed: %s", changes.body)
	}
	c.do("GET", "/api/v1/reports/"+first+"/compare/"+second.text(t, "id"), "", "If-None-Match", changes.header.Get("ETag")).want(t, 304)
	other := stored(t, c, strings.ReplaceAll(espFull, "k1-esp", "k1-other"))
	c.do("GET", "/api/v1/reports/"+first+"/compare/"+other, "").want(t, 409)
	list := c.do("GET", "/api/v1/reports", "").want(t, 200)
	c.do("GET", "/api/v1/reports", "", "If-None-Match", list.header.Get("ETag")).want(t, 304)
	c.do("DELETE", "/api/v1/devices/k1-esp", "", "Authorization", "Bearer "+issue(t, records, access.Admin)).want(t, 200)
	c.do("GET", "/api/v1/reports/"+first, "").want(t, 404)
}

// TestReportKeys holds what a key does to a repeat.
func TestReportKeys(t *testing.T) {
	c := start(t, nil)
	id := stored(t, c, espFull, "Idempotency-Key", "a")
	again := c.do("POST", "/api/v1/reports", espFull, "Idempotency-Key", "a").want(t, 201)
	if again.text(t, "id") != id {
		t.Errorf("the repeat has another id: %s", again.body)
	}
	if v, _ := again.json(t, "stored"); v != true {
		t.Errorf("the repeat is not stored: %v", v)
	}
	c.do("POST", "/api/v1/reports", espCured, "Idempotency-Key", "a").want(t, 422)
	c.do("POST", "/api/v1/reports", espFull, "Idempotency-Key", strings.Repeat("k", 201)).want(t, 400)
	c.do("POST", "/api/v1/reports", espFull, "Idempotency-Key", "é").want(t, 400)
}

// TestReportPages holds that pages neither miss nor repeat, while reports come in.
func TestReportPages(t *testing.T) {
	c := start(t, nil)
	want := map[string]bool{}
	for i := range 7 {
		want[stored(t, c, strings.ReplaceAll(espFull, "k1-esp", fmt.Sprint("k1-", i%2)))] = true
	}
	cursor, seen := "", map[string]bool{}
	for range 10 {
		page := c.do("GET", "/api/v1/reports?limit=2&code=-2146498270&cursor="+url.QueryEscape(cursor), "").want(t, 200)
		stored(t, c, espFull)
		for i := range 2 {
			if v, ok := page.json(t, fmt.Sprintf("reports.%d.id", i)); ok {
				if id := v.(string); seen[id] {
					t.Errorf("%s comes twice", id)
				} else {
					seen[id] = true
				}
			}
		}
		next, more := page.json(t, "next")
		if !more {
			break
		}
		cursor = next.(string)
	}
	for id := range want {
		if !seen[id] {
			t.Errorf("%s is missing", id)
		}
	}
	if len(seen) != len(want) {
		t.Errorf("%d reports, want %d", len(seen), len(want))
	}
	for query, n := range map[string]int{"device=k1-0": 4, "device=nobody": 0, "code=KB5058411&device=k1-1": 3, "since=2999-01-01": 0, "until=1999-01-01": 0, "code=0x80070306": 0} {
		list, _ := c.do("GET", "/api/v1/reports?"+query, "").want(t, 200).json(t, "reports")
		if got := len(list.([]any)); got != n {
			t.Errorf("%s: %d reports, want %d", query, got, n)
		}
	}
	for _, query := range []string{"code=banana", "since=yesterday", "limit=0", "cursor=x", "cursor=" + cursor} {
		c.do("GET", "/api/v1/reports?"+query, "").want(t, 400)
	}
}

// TestReportsWithoutDisk holds that advice is given when nothing can be stored.
func TestReportsWithoutDisk(t *testing.T) {
	c, records := withStore(t)
	records.Close()
	got := c.do("POST", "/api/v1/reports", espFull).want(t, 200)
	if v, _ := got.json(t, "stored"); v != false {
		t.Errorf("stored: %v", v)
	}
	if got.text(t, "warnings.0") == "" || got.text(t, "advice.diagnoses.0.article") != "esp-too-full" {
		t.Errorf("got %s", got.body)
	}
}

// TestOwnReports holds that who may only report reads its own, and no list.
func TestOwnReports(t *testing.T) {
	c, records := withStore(t)
	one, two, helpdesk := "Bearer "+issue(t, records, access.Report), "Bearer "+issue(t, records, access.Report), "Bearer "+issue(t, records, access.Read|access.Edit)
	id := stored(t, c, espFull, "Authorization", one)
	c.do("GET", "/api/v1/reports/"+id, "", "Authorization", one).want(t, 200)
	c.do("GET", "/api/v1/reports/"+id, "", "Authorization", two).want(t, 404)
	c.do("GET", "/api/v1/reports/"+id, "", "Authorization", helpdesk).want(t, 200)
	c.do("POST", "/api/v1/reports/"+id+"/outcomes", `{"action":"reboot"}`, "Authorization", two).want(t, 404)
	c.do("POST", "/api/v1/reports/"+id+"/outcomes", `{"action":"reboot"}`, "Authorization", one).want(t, 201)
	c.do("GET", "/api/v1/reports", "", "Authorization", one).want(t, 403)
}

// TestOthersNotes holds that naming a device does not show what people wrote of it.
func TestOthersNotes(t *testing.T) {
	c, records := withStore(t)
	helpdesk, machine := "Bearer "+issue(t, records, access.Read|access.Report), "Bearer "+issue(t, records, access.Report)
	id := stored(t, c, espFull, "Authorization", helpdesk)
	c.do("POST", "/api/v1/reports/"+id+"/outcomes", `{"action":"clean-system-partition","note":"called twice"}`, "Authorization", helpdesk).want(t, 201)
	own := c.do("POST", "/api/v1/reports", espCured, "Authorization", machine).want(t, 201)
	read := c.do("GET", "/api/v1/reports/"+own.text(t, "id"), "", "Authorization", machine).want(t, 200)
	for _, got := range []answered{own, read} {
		if got.text(t, "outcomes.0.action") != "clean-system-partition" || strings.Contains(got.body, "called") {
			t.Errorf("the machine is told %s", got.body)
		}
	}
	if got := c.do("GET", "/api/v1/reports/"+id, "", "Authorization", helpdesk).want(t, 200); got.text(t, "outcomes.0.note") != "called twice" {
		t.Errorf("the helpdesk is told %s", got.body)
	}
}

// TestFeedback holds what editors read of readers.
func TestFeedback(t *testing.T) {
	c, records := withStore(t)
	for _, helped := range []string{"true", "true", "false"} {
		c.do("POST", "/api/v1/articles/esp-too-full/feedback", `{"helped":`+helped+`,"note":"seen by DOMAIN"}`).want(t, 201)
	}
	editor := "Bearer " + issue(t, records, access.Edit)
	got := c.do("GET", "/api/v1/articles/esp-too-full/feedback", "", "Authorization", editor).want(t, 200)
	if n, _ := got.json(t, "helped"); n != 2.0 {
		t.Errorf("helped %v: %s", n, got.body)
	}
	if v, _ := got.json(t, "votes.0.helped"); v != false {
		t.Errorf("the newest vote is not first: %s", got.body)
	}
	c.do("GET", "/api/v1/articles/esp-too-full/feedback", "", "Authorization", editor, "If-None-Match", got.header.Get("ETag")).want(t, 304)
	c.do("GET", "/api/v1/articles/no-such-article/feedback", "", "Authorization", editor).want(t, 404)
	c.do("GET", "/api/v1/articles/esp-too-full/feedback", "").want(t, 401)
}

// TestTooLarge holds that a body is bounded wherever one is read.
func TestTooLarge(t *testing.T) {
	c := start(t, func(cfg *Config) { cfg.MaxBody = 100 })
	large := `{"note":"` + strings.Repeat("x", 200) + `"}`
	for _, path := range []string{"/api/v1/reports", "/api/v1/reports/any/outcomes", "/api/v1/articles/esp-too-full/feedback"} {
		c.do("POST", path, large).want(t, 413)
	}
}

// TestRestoredCounts holds that a restored backup brings back what remedies did.
func TestRestoredCounts(t *testing.T) {
	c, records := withStore(t)
	id := stored(t, c, espFull)
	c.do("POST", "/api/v1/reports/"+id+"/outcomes", `{"action":"clean-system-partition","result":"fixed"}`).want(t, 201)
	admin := "Bearer " + issue(t, records, access.Admin)
	backup := c.do("GET", "/api/v1/backup", "", "Authorization", admin).want(t, 200)
	c.do("DELETE", "/api/v1/devices/k1-esp", "", "Authorization", admin).want(t, 200)
	tried := func() any {
		got := c.do("POST", "/api/v1/advice", strings.ReplaceAll(espFull, "k1-esp", "k1-other")).want(t, 200)
		n, _ := got.json(t, "diagnoses.0.remedies.0.outcomes.tried")
		return n
	}
	if n := tried(); n != nil {
		t.Errorf("erased, and still counted: %v", n)
	}
	c.do("POST", "/api/v1/restore", backup.body, "Authorization", admin, "Content-Type", "application/octet-stream").want(t, 204)
	if n := tried(); n != 1.0 {
		t.Errorf("restored, and not counted: %v", n)
	}
}

// TestEraseAnyDevice holds that what can be stored can be erased, whatever a site
// calls its machines.
func TestEraseAnyDevice(t *testing.T) {
	c, records := withStore(t)
	admin := "Bearer " + issue(t, records, access.Admin)
	for _, device := range []string{"CONTOSO/pc 1", "a%2Fb", "é?#;+", "k1-esp/"} {
		stored(t, c, strings.ReplaceAll(espFull, "k1-esp", device))
		got := c.do("DELETE", "/api/v1/devices/"+url.PathEscape(device), "", "Authorization", admin).want(t, 200)
		if n, _ := got.json(t, "reports"); n != 1.0 || got.text(t, "device") != device {
			t.Errorf("%q: %s", device, got.body)
		}
	}
	c.do("DELETE", "/api/v1/devices/", "", "Authorization", admin).want(t, 404)
	for _, device := range []string{`a\nb`, `\u0000a`, `\u202ea`} {
		c.do("POST", "/api/v1/reports", strings.ReplaceAll(espFull, "k1-esp", device)).want(t, 422)
	}
}
