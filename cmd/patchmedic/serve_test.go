package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// service is a running "patchmedic serve".
type service struct {
	t        *testing.T
	url      string
	out, err *output
	stop     context.CancelFunc
	code     chan int
}

// output collects what a program prints.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements [io.Writer].
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// String returns what was printed so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

var serving = regexp.MustCompile(`serving +(http://[^/\s]+)`)

// start runs the service on a free port until the test ends.
func start(t *testing.T, args ...string) *service {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	s := &service{t: t, out: &output{}, err: &output{}, stop: stop, code: make(chan int, 1)}
	go func() {
		s.code <- run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...),
			streams{in: strings.NewReader(""), out: s.out, err: s.err})
	}()
	t.Cleanup(func() { s.end() })
	s.until("it says where it serves", func() bool {
		m := serving.FindStringSubmatch(s.out.String())
		if m != nil {
			s.url = m[1]
		}
		return m != nil
	})
	return s
}

// until waits for something, and no longer than half a minute.
func (s *service) until(what string, done func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		select {
		case code := <-s.code:
			s.code <- code
			s.t.Fatalf("the service ended with %d before %s\n%s%s", code, what, s.out, s.err)
		default:
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("half a minute passed before %s\n%s%s", what, s.out, s.err)
		}
	}
}

// ready waits until words are searched.
func (s *service) ready() {
	s.t.Helper()
	s.until("it is ready", func() bool { status, _ := s.call(http.MethodGet, "/readyz", ""); return status == http.StatusOK })
}

// call returns status and body of an answer.
func (s *service) call(method, path, body string, header ...string) (int, string) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode, string(data)
}

// get wants an answer with status 200 that holds a text.
func (s *service) get(path, want string) {
	s.t.Helper()
	if status, body := s.call(http.MethodGet, path, ""); status != http.StatusOK || !strings.Contains(body, want) {
		s.t.Errorf("GET %s: %d without %q: %s", path, status, want, body)
	}
}

// end stops the service as a signal does and returns its exit code, -1 when it
// did not end in time.
func (s *service) end() int {
	s.stop()
	http.DefaultClient.CloseIdleConnections()
	select {
	case code := <-s.code:
		s.code <- code
		return code
	case <-time.After(10 * time.Second):
		s.t.Error("the service did not end within 10 seconds")
		return -1
	}
}

const loop = `{"schema": "patchmedic.facts/v1", "os": {"product": "Windows 11", "version": "24H2", "build": 26100, "revision": 4061},
 "updates": {"history": [{"kb": "KB5058411", "operation": "install", "result": "failed", "code": "0x80070306"},
                         {"kb": "KB5058411", "operation": "install", "result": "succeeded"}],
             "offered": [{"kb": "KB5058411"}], "installed": [{"kb": "KB5058411"}]}}`

func TestServe(t *testing.T) {
	data := filepath.Join(t.TempDir(), "new", "data")
	s := start(t, "--data", data)
	s.get("/healthz", "")
	s.get("/api/v1/codes/0x80070306", "ERROR_ERRORS_ENCOUNTERED") // before the index is there
	status, body := s.call(http.MethodPost, "/api/v1/advice", loop, "Accept-Language", "fr")
	var advice struct {
		Verdict   string `json:"verdict"`
		Diagnoses []struct {
			Article string `json:"article"`
			Title   string `json:"title"`
		} `json:"diagnoses"`
	}
	if err := json.Unmarshal([]byte(body), &advice); err != nil || status != http.StatusOK {
		t.Fatalf("advice: %d %v %s", status, err, body)
	}
	if advice.Verdict != "matched" || advice.Diagnoses[0].Article != "update-state-disagrees-with-store" || !strings.Contains(advice.Diagnoses[0].Title, "mise à jour") {
		t.Errorf("advice %+v, want update-state-disagrees-with-store in French", advice)
	}
	s.ready()
	s.get("/api/v1/search?q=KB5058411", "update-state-disagrees-with-store")
	s.get("/api/v1/search?q=system+partition+full", "esp-too-full")
	s.get("/api/v1/openapi.json", `"openapi"`)
	if code := s.end(); code != 0 {
		t.Errorf("exit code %d, want 0\n%s", code, s.err)
	}
	for _, want := range []string{"/api/docs", data, "this machine only"} {
		if got := s.out.String(); !strings.Contains(got, want) {
			t.Errorf("the greeting does not say %q:\n%s", want, got)
		}
	}
	for _, private := range []string{"26100", "KB5058411"} {
		if strings.Contains(s.err.String(), private) {
			t.Errorf("the log holds facts or queries (%s):\n%s", private, s.err)
		}
	}
}

// TestServeAgain restarts on the same data folder: with its index, without it,
// and with one that is damaged in several ways.
func TestServeAgain(t *testing.T) {
	data := t.TempDir()
	words := func(t *testing.T) {
		t.Helper()
		s := start(t, "--data", data)
		s.get("/api/v1/codes/-2147024122", "ERROR_ERRORS_ENCOUNTERED")
		s.ready()
		s.get("/api/v1/search?q=component+store+damaged", "component-store-damaged-repairable")
		s.get("/api/v1/search?q=partition+EFI+pleine&lang=fr", "esp-too-full")
		if code := s.end(); code != 0 {
			t.Errorf("exit code %d, want 0\n%s", code, s.err)
		}
	}
	words(t)
	index := filepath.Join(data, "index")
	for _, damage := range []struct {
		name string
		do   func(path string) error
	}{
		{"untouched", func(string) error { return nil }},
		{"garbage", func(path string) error {
			return os.WriteFile(path, bytes.Repeat([]byte("garbage\x00\xff"), 512), 0o600)
		}},
		{"empty files", func(path string) error { return os.Truncate(path, 0) }},
		{"cut off", func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			return os.Truncate(path, info.Size()/2)
		}},
		{"garbage in segments", func(path string) error {
			if filepath.Ext(path) != ".zap" {
				return nil
			}
			return os.WriteFile(path, bytes.Repeat([]byte("garbage\x00\xff"), 512), 0o600)
		}},
		{"no files", os.Remove},
	} {
		t.Run(damage.name, func(t *testing.T) {
			files := 0
			err := filepath.WalkDir(index, func(path string, e fs.DirEntry, err error) error {
				if err != nil || !e.Type().IsRegular() {
					return err
				}
				files++
				return damage.do(path)
			})
			if err != nil || files == 0 {
				t.Fatalf("%d files of the index: %v", files, err)
			}
			words(t)
		})
	}
	t.Run("no folder", func(t *testing.T) {
		if err := os.RemoveAll(index); err != nil {
			t.Fatal(err)
		}
		words(t)
	})
}

// TestServeTwice: two services would write one index.
func TestServeTwice(t *testing.T) {
	data := t.TempDir()
	first := start(t, "--data", data)
	var out, log output
	code := run(t.Context(), []string{"serve", "--listen", "127.0.0.1:0", "--data", data}, streams{in: strings.NewReader(""), out: &out, err: &log})
	if want := "another patchmedic uses the data folder " + data; code != 1 || !strings.Contains(log.String(), want) {
		t.Errorf("exit code %d, want 1 and %q:\n%s", code, want, &log)
	}
	if out.String() != "" {
		t.Errorf("it greets all the same:\n%s", &out)
	}
	first.get("/api/v1/codes/0x80070306", "ERROR_ERRORS_ENCOUNTERED")
	if code := first.end(); code != 0 {
		t.Errorf("the first one ends with %d\n%s", code, first.err)
	}
	start(t, "--data", data).get("/healthz", "") // the folder is free again
}

func TestServePortTaken(t *testing.T) {
	first := start(t, "--data", t.TempDir())
	var log output
	code := run(t.Context(), []string{"--listen", strings.TrimPrefix(first.url, "http://"), "--data", t.TempDir()},
		streams{in: strings.NewReader(""), out: io.Discard, err: &log})
	if want := "choose another port with --listen"; code != 1 || !strings.Contains(log.String(), want) {
		t.Errorf("exit code %d, want 1 and %q:\n%s", code, want, &log)
	}
}

// TestServeDataNotWritable uses a folder in place of files, since root may write
// where others may not.
func TestServeDataNotWritable(t *testing.T) {
	folder := func(name string) func(t *testing.T, data string) {
		return func(t *testing.T, data string) {
			if err := os.MkdirAll(filepath.Join(data, name), 0o750); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, test := range []struct {
		name, want string
		prepare    func(t *testing.T, data string)
	}{
		{"read only", "choose another with --data", func(t *testing.T, data string) {
			if os.Getuid() == 0 {
				t.Skip("root may write everywhere")
			}
			if err := os.Chmod(data, 0o500); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.Chmod(data, 0o700) })
		}},
		{"lock is a folder", "the data folder cannot be written: ", folder("lock")},
		{"index is a file", "the search index cannot be opened: ", func(t *testing.T, data string) {
			if err := os.WriteFile(filepath.Join(data, "index"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{"uploads is a file", "the folder for uploads cannot be made: ", func(t *testing.T, data string) {
			if err := os.WriteFile(filepath.Join(data, "temp"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			data := t.TempDir()
			test.prepare(t, data)
			var log output
			code := run(t.Context(), []string{"serve", "--listen", "127.0.0.1:0", "--data", data}, streams{in: strings.NewReader(""), out: io.Discard, err: &log})
			if code != 1 || !strings.Contains(log.String(), test.want) || !strings.Contains(log.String(), data) {
				t.Errorf("exit code %d, want 1 and %q with the folder's name:\n%s", code, test.want, &log)
			}
		})
	}
}

// TestServeLeftUploads: what a killed service left of an upload goes at the next
// start.
func TestServeLeftUploads(t *testing.T) {
	data := t.TempDir()
	left := filepath.Join(data, "temp", "upload-1")
	if err := errors.Join(os.Mkdir(filepath.Dir(left), 0o700), os.WriteFile(left, []byte("half a log"), 0o600)); err != nil {
		t.Fatal(err)
	}
	s := start(t, "--data", data)
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the upload is still there: %v", err)
	}
	s.end()
}

// TestServeContent lays a site's content over the bundled one, and takes a
// change of it at the next start, and while it is served.
func TestServeContent(t *testing.T) {
	site, data := t.TempDir(), t.TempDir()
	bundled := os.DirFS(filepath.Join("..", "..", "content", "articles", "esp-too-full"))
	own := filepath.Join(site, "articles", "esp-too-full")
	if err := os.CopyFS(own, bundled); err != nil {
		t.Fatal(err)
	}
	retitle := func(title string) {
		t.Helper()
		page, err := fs.ReadFile(bundled, "en.md")
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := bytes.Cut(page, []byte("\n"))
		if err := os.WriteFile(filepath.Join(own, "en.md"), append([]byte("# "+title+"\n"), rest...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, title := range []string{"Grumbleweed fills the small partition", "Wolpertinger fills the small partition"} {
		retitle(title)
		s := start(t, "--data", data, "--content", site)
		if !strings.Contains(s.out.String(), site) {
			t.Errorf("the greeting does not name the content:\n%s", s.out)
		}
		s.get("/api/v1/articles/esp-too-full?lang=en", title)
		s.get("/api/v1/articles/update-state-disagrees-with-store", "KB5058411")
		s.until("words find "+title, func() bool {
			_, body := s.call(http.MethodGet, "/api/v1/search?lang=en&q="+strings.Fields(title)[0], "")
			return strings.Contains(body, `"esp-too-full"`)
		})
		if title[0] == 'W' {
			retitle("Rumpelstilzchen fills the small partition")
			s.until("the change is served", func() bool {
				_, body := s.call(http.MethodGet, "/api/v1/search?lang=en&q=Rumpelstilzchen", "")
				return strings.Contains(body, `"esp-too-full"`)
			})
			retitle("{#")
			if err := os.Remove(filepath.Join(own, "article.yaml")); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(own, "article.yaml"), []byte("colour: red"), 0o600); err != nil {
				t.Fatal(err)
			}
			s.until("the fault is told", func() bool {
				_, body := s.call(http.MethodGet, "/version", "")
				return strings.Contains(body, `"site":{"faults":1,`) && strings.Contains(s.err.String(), "articles/esp-too-full/article.yaml:1")
			})
			s.get("/api/v1/articles/esp-too-full?lang=en", "Rumpelstilzchen")
		}
		s.end()
	}
}

// TestServeEdits keeps an edit over a restart.
func TestServeEdits(t *testing.T) {
	const token = "correct-horse-battery-staple"
	t.Setenv("PATCHMEDIC_TOKEN", token)
	bearer := []string{"Authorization", "Bearer " + token}
	data := t.TempDir()
	s := start(t, "--data", data)
	const target = "/api/v1/articles/esp-too-full"
	var source struct{ YAML, FR, EN, Revision string }
	_, body := s.call(http.MethodGet, target+"/source", "", bearer...)
	if err := json.Unmarshal([]byte(body), &source); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]string{"yaml": source.YAML, "fr": source.FR, "en": strings.Replace(source.EN, "# ", "# Wolpertinger: ", 1)})
	if err != nil {
		t.Fatal(err)
	}
	if status, body := s.call(http.MethodPut, target, string(text), append(bearer, "Content-Type", "application/json", "If-Match", `"`+source.Revision+`"`)...); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	s.end()
	s = start(t, "--data", data)
	if _, body := s.call(http.MethodGet, target+"?lang=en", "", bearer...); !strings.Contains(body, "Wolpertinger") {
		t.Errorf("the edit is gone: %s", body)
	}
	s.until("words find it", func() bool {
		_, body := s.call(http.MethodGet, "/api/v1/search?lang=en&q=Wolpertinger", "", bearer...)
		return strings.Contains(body, `"esp-too-full"`)
	})
	s.end()
}

// TestServeToken: a service with a token is closed, and its health check is not.
func TestServeToken(t *testing.T) {
	const token = "correct-horse-battery-staple"
	t.Setenv("PATCHMEDIC_TOKEN", token)
	s := start(t, "--data", t.TempDir(), "--log", "json")
	s.ready()
	if status, body := s.call(http.MethodGet, "/api/v1/codes/0x80070306", ""); status != http.StatusUnauthorized {
		t.Errorf("without the token: %d %s", status, body)
	}
	if status, body := s.call(http.MethodGet, "/api/v1/codes/0x80070306", "", "Authorization", "Bearer "+token); status != http.StatusOK {
		t.Errorf("with the token: %d %s", status, body)
	}
	var out, log output
	std := streams{in: strings.NewReader(""), out: &out, err: &log}
	t.Setenv("PATCHMEDIC_LISTEN", "0.0.0.0"+s.url[strings.LastIndex(s.url, ":"):])
	if code := run(t.Context(), []string{"health"}, std); code != 0 || out.String() != "ready\n" {
		t.Errorf("health: exit code %d, %q\n%s", code, &out, &log)
	}
	s.end()
	if code := run(t.Context(), []string{"health"}, std); code != 1 {
		t.Errorf("health of a stopped service: exit code %d, want 1", code)
	}
	for line := range strings.Lines(s.err.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("--log json wrote %s", line)
		}
	}
	if strings.Contains(s.out.String()+s.err.String(), token) {
		t.Error("the token is printed")
	}
}
