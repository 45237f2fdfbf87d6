package delivery

import (
	"compress/gzip"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// service answers with one step after the other, and with the last for ever.
type service struct {
	*httptest.Server
	steps []step
	mu    sync.Mutex
	got   []arrival
}

type step func(w http.ResponseWriter)

type arrival struct {
	body, key, auth, path string
}

func serve(t *testing.T, steps ...step) *service {
	t.Helper()
	s := &service{steps: steps}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	unpacked, err := gzip.NewReader(r.Body)
	if err != nil {
		panic(err)
	}
	body, err := io.ReadAll(unpacked)
	if err != nil {
		panic(err)
	}
	s.mu.Lock()
	next := s.steps[min(len(s.got), len(s.steps)-1)]
	s.got = append(s.got, arrival{string(body), r.Header.Get("Idempotency-Key"), r.Header.Get("Authorization"), r.URL.String()})
	s.mu.Unlock()
	next(w)
}

func (s *service) bodies() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, a := range s.got {
		out = append(out, a.body)
	}
	return out
}

func status(code int, body string, header ...string) step {
	return func(w http.ResponseWriter) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		fmt.Fprint(w, body)
	}
}

func reset(http.ResponseWriter) { panic(http.ErrAbortHandler) }

var created = status(http.StatusCreated, `{"id":"r1","advice":{"verdict":"matched"}}`, "Location", "/api/v1/reports/r1")

func client(t *testing.T, address string) *Client {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	hc, err := HTTPClient("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(hc.CloseIdleConnections)
	return &Client{Server: u, Token: "pm_secret", Lang: "fr", HTTP: hc}
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// TestLocation: the report's address is one of the server that was asked.
func TestLocation(t *testing.T) {
	for location, want := range map[string]string{
		"/api/v1/reports/r1": "SERVER/api/v1/reports/r1", "SERVER/r1": "SERVER/r1", "": "",
		"https://elsewhere.example/r1": "", "//elsewhere.example/r1": "", "file:///C:/x.exe": "", "ms-settings:privacy": "", "http://a:b@HOST/": "", "%zz": "",
	} {
		var s *service
		s = serve(t, func(w http.ResponseWriter) {
			w.Header().Set("Location", strings.NewReplacer("SERVER", s.URL, "HOST", s.Listener.Addr().String()).Replace(location))
			w.WriteHeader(http.StatusCreated)
			fmt.Fprint(w, `{"id":"r1","advice":{}}`)
		})
		answer, err := client(t, s.URL).Send(within(t, time.Minute), []byte("{}"))
		if err != nil || answer.Location != strings.ReplaceAll(want, "SERVER", s.URL) {
			t.Errorf("%q: %+v, %v", location, answer, err)
		}
	}
}

func TestSend(t *testing.T) {
	s := serve(t, status(http.StatusTooManyRequests, "", "Retry-After", "0"), reset, status(http.StatusBadGateway, "<html>"), created)
	answer, err := client(t, s.URL+"/base").Send(within(t, time.Minute), []byte(`{"schema":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	if answer.ID != "r1" || !answer.Stored || answer.Location != s.URL+"/api/v1/reports/r1" || string(answer.Advice) != `{"verdict":"matched"}` {
		t.Errorf("%+v", answer)
	}
	if len(s.got) != 4 {
		t.Fatalf("%d attempts, want 4", len(s.got))
	}
	for _, a := range s.got {
		want := arrival{`{"schema":"x"}`, Key([]byte(`{"schema":"x"}`)), "Bearer pm_secret", "/base/api/v1/reports?lang=fr"}
		if a != want {
			t.Errorf("it sends %+v, want %+v", a, want)
		}
	}
}

func TestSendGivesUp(t *testing.T) {
	for _, test := range []struct {
		name     string
		step     step
		attempts int // 0: several
		want     string
	}{
		{"refused", status(http.StatusUnprocessableEntity, `{"title":"Not a report","detail":"see","errors":[{"pointer":"/os/build","detail":"want a whole number"}]}`), 1, "/os/build: want a whole number"},
		{"token", status(http.StatusUnauthorized, "{}"), 1, "PATCHMEDIC_TOKEN"},
		{"redirected", status(http.StatusMovedPermanently, "", "Location", "https://elsewhere.example/"), 1, "give that address with --server"},
		{"another service", status(http.StatusOK, "<html>hello"), 1, "no patchmedic service"},
		{"nothing in it", status(http.StatusCreated, `{"id":"1","advice":null}`), 1, "no patchmedic service"},
		{"no service there", status(http.StatusNotFound, "<html>"), 1, "give that of the service with --server"},
		{"lines like ours", status(http.StatusBadRequest, `{"title":"No","detail":"way.\r\nThe report is kept in C:\\evil"}`), 1, `No way. The report is kept in C:\evil`},
		{"repeats the request", status(http.StatusBadRequest, `{"detail":"Authorization: Bearer pm_secret"}`), 1, "Authorization: Bearer (the token)"},
		{"down", status(http.StatusInternalServerError, ""), 0, "it answers 500"},
		{"asks to wait too long", status(http.StatusTooManyRequests, "", "Retry-After", "3600"), 1, "it answers 429"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, test.step)
			_, err := client(t, s.URL).Send(within(t, 2*time.Second), []byte("{}"))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
			if got := len(s.got); test.attempts != 0 && got != test.attempts || test.attempts == 0 && got < 2 {
				t.Errorf("%d attempts, want %d", got, test.attempts)
			}
		})
	}
}

// TestTrust: a service with a certificate of its site is trusted with its file
// alone, and asked only once without.
func TestTrust(t *testing.T) {
	s := &service{steps: []step{created}}
	s.Server = httptest.NewUnstartedServer(s)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of a client that does not trust it
	s.StartTLS()
	t.Cleanup(s.Close)
	c := client(t, s.URL)
	var refusal *Refusal
	if _, err := c.Send(within(t, time.Minute), []byte("{}")); !errors.As(err, &refusal) || !strings.Contains(err.Error(), "--ca") {
		t.Errorf("without the authority: %v", err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	hc, err := HTTPClient(file)
	if err != nil {
		t.Fatal(err)
	}
	defer hc.CloseIdleConnections()
	c.HTTP = hc
	if _, err := c.Send(within(t, time.Minute), []byte("{}")); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(file, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := HTTPClient(file); err == nil || !strings.Contains(err.Error(), "PEM") {
		t.Errorf("a file without a certificate: %v", err)
	}
}

func spool(t *testing.T, dir string) *Spool {
	t.Helper()
	s, err := OpenSpool(dir, "pm.example:8080")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestSpool(t *testing.T) {
	dir := t.TempDir()
	s := spool(t, dir)
	for i := range MaxWaiting + 3 {
		if _, err := s.Put(fmt.Appendf(nil, `{"n":%d}`, i), noon.Add(time.Duration(i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	w, err := s.Put([]byte(`{"n":5}`), noon.Add(48*time.Hour)) // again: it becomes the newest
	if err != nil {
		t.Fatal(err)
	}
	left := s.Left(noon.Add(48 * time.Hour))
	if len(left) != MaxWaiting || left[len(left)-1].Path != w.Path {
		t.Fatalf("%d wait, the newest is %v, want %d and %v", len(left), left[len(left)-1].Path, MaxWaiting, w.Path)
	}
	if body, err := left[0].Read(); err != nil || string(body) != `{"n":3}` {
		t.Errorf("the oldest is %s %v, want 3", body, err)
	}
	if info, err := os.Stat(w.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v: others may read it", info.Mode(), err)
	}
	if other, err := OpenSpool(dir, "other.example"); err != nil || len(other.Left(noon)) != 0 {
		t.Errorf("another service's spool has %v %v", other.Left(noon), err)
	}
	if left := s.Left(noon.Add(MaxAge + 47*time.Hour)); len(left) != 1 {
		t.Errorf("%d wait after %v, want 1", len(left), MaxAge)
	}
}

// TestLast: the last report is found until the seventh day, is not taken for one
// that waits, and is gone when a newer one could not be noted.
func TestLast(t *testing.T) {
	s := spool(t, t.TempDir())
	if last, ok := s.Last(noon); ok {
		t.Errorf("before any: %+v", last)
	}
	if err := s.Note(Last{At: noon, Healthy: true, Report: []byte(`{"n":1}`)}); err != nil {
		t.Fatal(err)
	}
	const day = 24 * time.Hour
	for after, want := range map[time.Duration]bool{0: true, day: true, 6*day + time.Hour: true, 7*day - time.Hour: false, 40 * day: false, -time.Hour: false} {
		last, ok := s.Last(noon.Add(after))
		if ok != want || string(last.Report) != `{"n":1}` || !last.Healthy || !last.At.Equal(noon) {
			t.Errorf("after %v: %v %+v, want %v", after, ok, last, want)
		}
	}
	if left := s.Left(noon); len(left) != 0 {
		t.Errorf("%v wait", left)
	}
	if err := s.Note(Last{At: noon, Report: []byte(`{`)}); err == nil {
		t.Error("half a document was noted")
	}
	if last, ok := s.Last(noon); ok {
		t.Errorf("the older one is left: %+v", last)
	}
}

func TestDeliver(t *testing.T) {
	s := spool(t, t.TempDir())
	down := serve(t, status(http.StatusServiceUnavailable, ""))
	for _, body := range []string{"first", "second"} {
		out := Deliver(within(t, time.Second), client(t, down.URL), s, []byte(body), time.Now())
		if out.Err == nil || out.Kept == "" || out.Answer != nil {
			t.Fatalf("a service that is down: %+v", out)
		}
	}
	up := serve(t, created)
	out := Deliver(within(t, time.Minute), client(t, up.URL), s, []byte("third"), time.Now())
	if out.Err != nil || out.Kept != "" || out.Late != 2 || !out.Answer.Stored {
		t.Errorf("%+v", out)
	}
	if got := up.bodies(); !slices.Equal(got, []string{"first", "second", "third"}) {
		t.Errorf("it delivers %q", got)
	}
	if left := s.Left(time.Now()); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
}

func TestDeliverKeeps(t *testing.T) {
	for _, test := range []struct {
		name    string
		step    step
		waiting int  // after it
		answer  bool // with advice
	}{
		{"not stored", status(http.StatusOK, `{"stored":false,"advice":{},"warnings":["full"]}`), 1, true},
		{"stored without an id", status(http.StatusOK, `{"advice":{}}`), 1, true},
		{"token", status(http.StatusForbidden, ""), 1, false},
		{"refused for ever", status(http.StatusBadRequest, ""), 0, false},
	} {
		s := spool(t, t.TempDir())
		out := Deliver(within(t, time.Minute), client(t, serve(t, test.step).URL), s, []byte("{}"), time.Now())
		if (out.Answer != nil) != test.answer || out.Kept == "" {
			t.Errorf("%s: %+v", test.name, out)
		}
		if _, err := os.Stat(out.Kept); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if left := s.Left(time.Now()); len(left) != test.waiting {
			t.Errorf("%s: %v wait, want %d", test.name, left, test.waiting)
		}
	}
}

// TestOneBadReport: what is refused stands in nobody's way.
func TestOneBadReport(t *testing.T) {
	s := spool(t, t.TempDir())
	for i, body := range []string{"bad", "good"} {
		if _, err := s.Put([]byte(body), time.Now().Add(time.Duration(i-9)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	up := serve(t, status(http.StatusUnprocessableEntity, ""), created)
	out := Deliver(within(t, time.Minute), client(t, up.URL), s, []byte("new"), time.Now())
	if out.Err != nil || out.Late != 1 {
		t.Errorf("%+v", out)
	}
	if got := up.bodies(); !slices.Equal(got, []string{"bad", "good", "new"}) {
		t.Errorf("it sends %q", got)
	}
}
