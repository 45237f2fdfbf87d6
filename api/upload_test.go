package api

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// failedUpdate is a servicing log of an update that fails.
const failedUpdate = `2025-05-21 18:00:01, Info                  CBS    Session: 31181234_1580334874 initialized by client WindowsUpdateAgent, external staging directory: (null), external registry directory: (null)
2025-05-21 18:05:01, Error                 CSI    00000014 (F) Failed execution of queue item Installer: HTTP Installer with HRESULT HRESULT_FROM_WIN32(1058).  Failure will not be ignored: A rollback will be initiated after all the operations in the installer queue are completed
2025-05-21 18:07:02, Info                  CBS    Session: 31181234_1580334874 finalized. Reboot required: no [HRESULT = 0x800f0922 - CBS_E_INSTALLERS_FAILED]
`

// zipped returns a zip of files by name and content.
func zipped(t testing.TB, nameAndContent ...string) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := 0; i < len(nameAndContent); i += 2 {
		h := &zip.FileHeader{Name: nameAndContent[i]}
		if nameAndContent[i+1] != "" {
			h.Method = zip.Deflate
		}
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, nameAndContent[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func gzipped(t testing.TB, content string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := io.WriteString(w, content)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// form returns a form of files by name and content, and its media type.
func form(t testing.TB, nameAndContent ...string) (body, kind string) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for i := 0; i < len(nameAndContent); i += 2 {
		f, err := w.CreateFormFile("file", nameAndContent[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, nameAndContent[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String(), w.FormDataContentType()
}

// inTemp starts a service whose uploads lie in a folder of their own, and checks
// at the end that nothing stays there.
func inTemp(t *testing.T, change func(*Config)) caller {
	dir := t.TempDir()
	t.Cleanup(func() {
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
	return start(t, func(cfg *Config) {
		cfg.Temp = dir
		if change != nil {
			change(cfg)
		}
	})
}

// TestUploads holds that a failure is found however its log is sent.
func TestUploads(t *testing.T) {
	c := inTemp(t, nil)
	for name, send := range map[string]func() (body, kind string){
		"zip":             func() (string, string) { return zipped(t, `Windows\Logs\CBS\CBS.log`, failedUpdate), "application/zip" },
		"zip of Explorer": func() (string, string) { return zipped(t, "CBS.log", failedUpdate), "application/x-zip-compressed" },
		"zip in a form":   func() (string, string) { return form(t, "pc7.zip", zipped(t, "CBS/CBS.log", failedUpdate)) },
		"gzip in a form":  func() (string, string) { return form(t, "CBS.log.gz", gzipped(t, failedUpdate)) },
		"log in a form":   func() (string, string) { return form(t, "readme.txt", "hello", "CBS.log", failedUpdate) },
	} {
		body, kind := send()
		got := c.do("POST", "/api/v1/logs", body, "Content-Type", kind).want(t, 200)
		if code := got.text(t, "facts.logs.0.code"); code != "0x80070422" {
			t.Errorf("%s: the first failure is %s", name, code)
		}
		if client := got.text(t, "sessions.0.client"); client != "WindowsUpdateAgent" {
			t.Errorf("%s: the session is of %s", name, client)
		}
	}
}

// TestUploadsState holds that what a log states beside its failures is known
// however it is sent, and that names are not.
func TestUploadsState(t *testing.T) {
	const log = "[Device Install Log]\r\n     OS Version = 10.0.26200\r\n     Architecture = amd64\r\n[BeginLog]\r\n" +
		"[Boot Session: 2026/05/20 07:12:42.692]\r\n!!!  dvi: Installing C:\\Users\\jdoe\\x.inf failed. HRESULT = 0x800f024b\r\n"
	c := inTemp(t, nil)
	for kind, body := range map[string]string{"text/plain": log, "application/zip": zipped(t, "setupapi.dev.log", log)} {
		got := c.do("POST", "/api/v1/logs?name=setupapi.dev.log", body, "Content-Type", kind).want(t, 200)
		if arch := got.text(t, "facts.os.architecture"); arch != "amd64" {
			t.Errorf("%s: the architecture is %q", kind, arch)
		}
		if text := got.text(t, "facts.logs.0.text"); strings.Contains(text, "jdoe") {
			t.Errorf("%s: the name is left in %q", kind, text)
		}
	}
}

// TestUploadsInPart holds that what can be read of an upload is, and that the
// rest is named.
func TestUploadsInPart(t *testing.T) {
	damaged := zipped(t, "CBS.log", failedUpdate, "dism.log", strings.Repeat("2025-05-21 18:00:01, Info DISM x\n", 1000))
	at := strings.Index(damaged, "dism.log") + len("dism.log")
	damaged = damaged[:at] + "\xff\xff\xff\xff" + damaged[at+4:]
	for name, test := range map[string]struct{ body, warning string }{
		"damaged log": {damaged, "dism.log: damaged"},
		"bad path":    {zipped(t, "../dism.log", "x", "CBS.log", failedUpdate), "../dism.log: not read"},
		"other files": {zipped(t, "a.jpg", "x", "b.reg", "x", "CBS.log", failedUpdate), "a.jpg, b.reg"},
	} {
		got := inTemp(t, nil).do("POST", "/api/v1/logs", test.body, "Content-Type", "application/zip").want(t, 200)
		if code := got.text(t, "facts.logs.0.code"); code != "0x80070422" {
			t.Errorf("%s: the first failure is %s", name, code)
		}
		if warning := got.text(t, "warnings.0"); !strings.Contains(warning, test.warning) {
			t.Errorf("%s: got warning %q, want %q", name, warning, test.warning)
		}
	}
}

func TestUploadsThatCostTooMuch(t *testing.T) {
	c := inTemp(t, func(cfg *Config) { cfg.MaxLog = 4 << 20 })
	long := strings.Repeat(failedUpdate, 10_000)
	many := make([]string, 0, 24_000)
	for i := range cap(many) / 2 {
		many = append(many, fmt.Sprint(i), "")
	}
	parts, formKind := form(t, "CBS.log", long)
	for name, body := range map[string][2]string{
		"log":          {long, "text/plain"},
		"zip":          {string(make([]byte, 5<<20)), "application/zip"},
		"form":         {parts, formKind},
		"many entries": {zipped(t, many...), "application/zip"},
	} {
		got := c.do("POST", "/api/v1/logs", body[0], "Content-Type", body[1])
		if got.status != 413 || got.text(t, "fix") == "" {
			t.Errorf("%s: got %d %s", name, got.status, got.body)
		}
	}
	body, kind := form(t, "bomb.zip", zipped(t, "CBS.log", failedUpdate+strings.Repeat("\x00", 32<<20)))
	got := c.do("POST", "/api/v1/logs", body, "Content-Type", kind).want(t, 200)
	if cut, _ := got.json(t, "truncated"); cut != true || !strings.Contains(got.text(t, "warnings.0"), "times its size") || !strings.Contains(got.body, "0x80070422") {
		t.Errorf("bomb: got %s", got.body)
	}
}

func TestNoRoomForAnUpload(t *testing.T) {
	var log bytes.Buffer
	c := start(t, func(cfg *Config) {
		cfg.Temp = filepath.Join(t.TempDir(), "unplugged")
		cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	got := c.do("POST", "/api/v1/logs", zipped(t, "CBS.log", failedUpdate), "Content-Type", "application/zip").want(t, 507)
	if strings.Contains(got.body, "unplugged") || !strings.Contains(log.String(), "unplugged") {
		t.Errorf("the folder belongs into the log alone: %s\n%s", got.body, &log)
	}
}

// TestASlowUploadIsWaitedFor sends a log more slowly than the server allows other
// bodies to come.
func TestASlowUploadIsWaitedFor(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(start(t, nil).handler)
	server.Config.ReadTimeout = time.Second
	server.Start()
	defer server.Close()
	body, feed := io.Pipe()
	go func() {
		_, err := io.WriteString(feed, failedUpdate[:100])
		time.Sleep(1500 * time.Millisecond)
		if err == nil {
			_, err = io.WriteString(feed, failedUpdate[100:])
		}
		feed.CloseWithError(err) // nil ends the body
	}()
	got, err := http.Post(server.URL+"/api/v1/logs", "text/plain", body)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if answer, err := io.ReadAll(got.Body); got.StatusCode != http.StatusOK || !strings.Contains(string(answer), "0x80070422") {
		t.Errorf("got %d %s, %v", got.StatusCode, answer, err)
	}
}

// TestARefusedUploadIsTakenToItsEnd: a client that is cut off while it sends does
// not see the answer.
func TestARefusedUploadIsTakenToItsEnd(t *testing.T) {
	c := inTemp(t, nil)
	rest := strings.NewReader("--cut\r\nnot a header\r\n\r\n" + strings.Repeat("x", 1<<20))
	r := httptest.NewRequest(http.MethodPost, "http://localhost/api/v1/logs", rest)
	r.Header.Set("Content-Type", "multipart/form-data; boundary=cut")
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "bad-form") || rest.Len() > 0 {
		t.Errorf("got %d with %d bytes not taken: %s", w.Code, rest.Len(), w.Body)
	}
}

// TestAFullDisk writes to a spool that takes nothing.
func TestAFullDisk(t *testing.T) {
	name := filepath.Join(t.TempDir(), "upload")
	if err := os.WriteFile(name, nil, 0o400); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	s := &spool{file: file}
	_, err = openForm(s, strings.NewReader("--cut\r\n\r\nlog\r\n--cut--"), "cut")
	if !isType[spoolError](err) {
		t.Errorf("form: got %v", err)
	}
	if _, err := openZip(s, strings.NewReader("PK")); !isType[spoolError](err) {
		t.Errorf("zip: got %v", err)
	}
	s.close()
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file stays: %v", err)
	}
}

// TestAnUploadThatBreaksOff sends half of an upload.
func TestAnUploadThatBreaksOff(t *testing.T) {
	c := inTemp(t, nil)
	body, kind := form(t, "CBS.log", failedUpdate)
	for _, kind := range []string{kind, "application/zip", "text/plain"} {
		r := httptest.NewRequest(http.MethodPost, "http://localhost/api/v1/logs", io.MultiReader(strings.NewReader(body[:200]), iotest.ErrReader(io.ErrUnexpectedEOF)))
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		c.handler.ServeHTTP(w, r)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "cut-off") {
			t.Errorf("%s: got %d %s", kind, w.Code, w.Body)
		}
	}
}
