package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/patchmedic/patchmedic/internal/access"
	"github.com/patchmedic/patchmedic/store"
)

const binary = "application/octet-stream"

func TestABackupBringsEverythingBack(t *testing.T) {
	restored := 0
	_, call := administrator(t, func(cfg *Config) {
		cfg.Restored = func(context.Context) error { restored++; return nil }
	})
	call("POST", "/api/v1/tokens", `{"name":"before","scopes":["read"]}`).want(t, 201)
	got := call("GET", "/api/v1/backup", "").want(t, 200)
	if name := got.header.Get("Content-Disposition"); !strings.HasPrefix(name, "attachment; filename=patchmedic-20") {
		t.Errorf("the file has the name %q", name)
	}
	call("POST", "/api/v1/tokens", `{"name":"after","scopes":["read"]}`).want(t, 201)
	for _, half := range []string{"", "nonsense", got.body[:len(got.body)/2], got.body[:len(got.body)-1]} {
		call("POST", "/api/v1/restore", half, "Content-Type", binary).want(t, 422)
	}
	if list := call("GET", "/api/v1/tokens", ""); restored != 0 || !strings.Contains(list.body, `"after"`) {
		t.Errorf("half a backup changed something: %s", list.body)
	}
	call("POST", "/api/v1/restore", got.body, "Content-Type", binary).want(t, 204)
	if list := call("GET", "/api/v1/tokens", ""); restored != 1 || !strings.Contains(list.body, `"before"`) || strings.Contains(list.body, `"after"`) {
		t.Errorf("after %d restores the tokens are %s", restored, list.body)
	}
	log := call("GET", "/api/v1/audit", "").body
	for _, want := range []string{"backup.sent", "backup.restored"} {
		if !strings.Contains(log, `"who":"test admin","what":"`+want+`"`) {
			t.Errorf("the log has no %s: %s", want, log)
		}
	}
}

func TestWhatIsNotRestored(t *testing.T) {
	_, call := administrator(t, func(cfg *Config) { cfg.MaxRestore = 100 })
	call("POST", "/api/v1/restore", "{}").want(t, 415)
	if head := call("HEAD", "/api/v1/backup", "").want(t, 200); head.body != "" || head.header.Get("Content-Type") != binary {
		t.Errorf("HEAD of a backup: %v %q", head.header, head.body)
	}
	if log := call("GET", "/api/v1/audit", ""); strings.Contains(log.body, "backup") {
		t.Errorf("the log has a backup that nobody got: %s", log.body)
	}
	whole := call("GET", "/api/v1/backup", "").want(t, 200).body
	call("POST", "/api/v1/restore", whole, "Content-Type", binary).want(t, 413)
}

// staged is a store whose backups and restores do what a test says.
type staged struct {
	store.Store
	backup  func(context.Context, io.Writer) error
	restore func(context.Context, io.Reader) error
}

func (s staged) Backup(ctx context.Context, w io.Writer) error  { return s.backup(ctx, w) }
func (s staged) Restore(ctx context.Context, r io.Reader) error { return s.restore(ctx, r) }

// overTheWire starts a server with short deadlines, and returns a function that
// calls it with a token of the scope admin.
func overTheWire(t *testing.T, cfg Config) func(method, path string, body io.Reader) (*http.Response, []byte, error) {
	t.Helper()
	s := records(t)
	stage, _ := cfg.Store.(staged)
	stage.Store = s
	c, _ := startServer(t, func(all *Config) { all.Store, all.Logger = stage, cfg.Logger })
	secret := issue(t, s, access.Admin)
	server := httptest.NewUnstartedServer(c.handler)
	server.Config.ReadTimeout, server.Config.WriteTimeout = 50*time.Millisecond, 50*time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	return func(method, path string, body io.Reader) (*http.Response, []byte, error) {
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+secret)
		r.Header.Set("Content-Type", binary)
		res, err := server.Client().Do(r)
		if err != nil {
			return nil, nil, err
		}
		defer res.Body.Close()
		data, err := io.ReadAll(res.Body)
		return res, data, err
	}
}

// output is a log that a test may read while the service writes it.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements [io.Writer].
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// String returns what was logged so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// pause is longer than the deadlines of the server.
const pause = 150 * time.Millisecond

func TestABackupMayTakeLongerThanARequest(t *testing.T) {
	call := overTheWire(t, Config{Store: staged{backup: func(ctx context.Context, w io.Writer) error {
		time.Sleep(pause)
		_, err := w.Write(make([]byte, 1<<20))
		time.Sleep(pause)
		_, err2 := w.Write(make([]byte, 1<<20))
		return errors.Join(err, err2, ctx.Err())
	}}})
	if _, data, err := call("GET", "/api/v1/backup", nil); err != nil || len(data) != 2<<20 {
		t.Errorf("%d bytes came, want %d: %v", len(data), 2<<20, err)
	}
}

func TestARestoreMayTakeLongerThanARequest(t *testing.T) {
	got := 0
	call := overTheWire(t, Config{Store: staged{restore: func(ctx context.Context, r io.Reader) error {
		data, err := io.ReadAll(r)
		got = len(data)
		time.Sleep(pause)
		return errors.Join(err, ctx.Err())
	}}})
	body, w := io.Pipe()
	go func() {
		for range 3 {
			time.Sleep(pause)
			_, _ = w.Write(make([]byte, 1000)) // an error shows in what is restored
		}
		w.Close()
	}()
	if res, data, err := call("POST", "/api/v1/restore", body); err != nil || res.StatusCode != 204 || got != 3000 {
		t.Errorf("%d bytes were restored, want 3000: %v %s", got, err, data)
	}
}

func TestHalfABackupDoesNotLookWhole(t *testing.T) {
	var log output
	broken := errors.New("the disk of the house")
	call := overTheWire(t, Config{Logger: slog.New(slog.NewTextHandler(&log, nil)), Store: staged{backup: func(_ context.Context, w io.Writer) error {
		_, err := w.Write(make([]byte, 1<<20))
		return errors.Join(err, broken)
	}}})
	_, data, err := call("GET", "/api/v1/backup", nil)
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(data) != 1<<20 {
		t.Errorf("half a backup came as if it were whole: %d bytes, %v", len(data), err)
	}
	if !strings.Contains(log.String(), broken.Error()) {
		t.Errorf("the log does not say what failed: %s", &log)
	}
	call = overTheWire(t, Config{Store: staged{backup: func(context.Context, io.Writer) error { return broken }}})
	res, data, err := call("GET", "/api/v1/backup", nil)
	if err != nil || res.StatusCode != 500 || res.Header.Get("Content-Disposition") != "" || strings.Contains(string(data), "disk") {
		t.Errorf("a backup that does not begin: %v %s %v", res, data, err)
	}
}

func TestARestoreThatIsCutOff(t *testing.T) {
	read := make(chan error, 1)
	call := overTheWire(t, Config{Store: staged{restore: func(_ context.Context, r io.Reader) error {
		_, err := io.Copy(io.Discard, r)
		read <- err
		return err
	}}})
	body, w := io.Pipe()
	go func() {
		_, _ = w.Write([]byte("the first half"))
		w.CloseWithError(errors.New("the cable was pulled"))
	}()
	if res, _, err := call("POST", "/api/v1/restore", body); err == nil {
		t.Errorf("a body that was cut off is answered with %s", res.Status)
	}
	if err := <-read; err == nil {
		t.Error("a body that was cut off looks whole to the store")
	}
}
