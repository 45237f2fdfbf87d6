package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
)

// command runs a command line and returns what it prints.
func command(t *testing.T, args ...string) (code int, out, log string) {
	t.Helper()
	var o, e output
	code = run(t.Context(), args, streams{in: strings.NewReader(""), out: &o, err: &e})
	return code, o.String(), e.String()
}

// TestServeOthersWithStoredTokens starts where other machines can connect: with
// a token that was made, and not when that is revoked.
func TestServeOthersWithStoredTokens(t *testing.T) {
	data := t.TempDir()
	_, secret, _ := command(t, "token", "create", "--data", data, "--name", "collectors", "--scope", "report")
	secret = strings.TrimSpace(secret)
	s := start(t, "--data", data, "--listen", "0.0.0.0:0")
	for token, want := range map[string]int{"": 401, secret: 422, secret + "x": 401} {
		if status, body := s.call(http.MethodPost, "/api/v1/advice", "{}", "Authorization", "Bearer "+token); status != want {
			t.Errorf("advice with token %q: %d, want %d: %s", token, status, want, body)
		}
	}
	if status, body := s.call(http.MethodGet, "/api/v1/articles", "", "Authorization", "Bearer "+secret); status != 403 {
		t.Errorf("a collector's token reads articles: %d %s", status, body)
	}
	_, list, _ := command(t, "token", "list", "--data", data)
	id, _, _ := strings.Cut(list, " ")
	if code, _, log := command(t, "token", "revoke", "--data", data, id); code != 0 {
		t.Fatalf("revoke: exit code %d: %s", code, log)
	}
	if status, body := s.call(http.MethodPost, "/api/v1/advice", "{}", "Authorization", "Bearer "+secret); status != 401 {
		t.Errorf("a revoked token is taken: %d %s", status, body)
	}
	if code, _, log := command(t, "token", "revoke", "--data", data, id); code != 1 || !strings.Contains(log, "not found") {
		t.Errorf("revoked twice: exit code %d: %s", code, log)
	}
	s.end()
	code, _, log := command(t, "serve", "--data", data, "--listen", "0.0.0.0:0")
	if code != 2 || !strings.Contains(log, "nobody has a token") {
		t.Errorf("it serves others with a revoked token alone: exit code %d: %s", code, log)
	}
	if strings.Contains(s.out.String()+s.err.String(), secret) {
		t.Error("the service prints a token")
	}
}

// TestControl: the file is for the service's user, its secret is good on this
// machine while the service runs, and is written nowhere else.
func TestControl(t *testing.T) {
	data := t.TempDir()
	s := start(t, "--data", data)
	info, err := os.Stat(controlIn(data))
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode != 0o600 {
		t.Errorf("the file has the mode %o, want 600", mode)
	}
	text, err := os.ReadFile(controlIn(data))
	if err != nil {
		t.Fatal(err)
	}
	var c control
	if err := json.Unmarshal(text, &c); err != nil || "http://"+c.Address != s.url {
		t.Errorf("the file has the address %s, want that of %s: %v", c.Address, s.url, err)
	}
	if status, body := s.call(http.MethodGet, "/api/v1/audit", "", "Authorization", "Bearer "+c.Secret); status != 200 {
		t.Errorf("the secret of the file: %d %s", status, body)
	}
	s.end()
	if _, err := os.Stat(controlIn(data)); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
	if strings.Contains(s.out.String()+s.err.String(), c.Secret) {
		t.Error("the service prints its secret")
	}
	again := start(t, "--data", data)
	if status, _ := again.call(http.MethodGet, "/api/v1/audit", "", "Authorization", "Bearer "+c.Secret); status != 401 {
		t.Errorf("the secret outlives its service: %d", status)
	}
}

// TestControlNamesAnAddressToCall: the ones that stand for all are none.
func TestControlNamesAnAddressToCall(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:80": "127.0.0.1:80", "0.0.0.0:80": "127.0.0.1:80", "[::]:80": "[::1]:80", "192.0.2.1:80": "192.0.2.1:80",
	} {
		dir := t.TempDir()
		at, err := net.ResolveTCPAddr("tcp", listen)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := announce(dir, at); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(controlIn(dir))
		if err != nil || !strings.Contains(string(text), `"`+want+`"`) {
			t.Errorf("%s is announced as %s, want %s (%v)", listen, text, want, err)
		}
	}
}

// TestAFolderInUse: what has the folder and serves nothing is not waited for.
func TestAFolderInUse(t *testing.T) {
	data := t.TempDir()
	command(t, "token", "create", "--data", data, "--name", "x", "--scope", "read")
	unlock, err := lock(data)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	list := func(want string) {
		t.Helper()
		if code, out, log := command(t, "token", "list", "--data", data); code != 1 || !strings.Contains(log, want) {
			t.Errorf("exit code %d, want 1 and %q: %s%s", code, want, out, log)
		}
	}
	list("try again when it has ended")
	write := func(text string) {
		if err := os.WriteFile(controlIn(data), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("{")
	list("is damaged: start the service again")
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead.Close()
	write(`{"address":"` + dead.Addr().String() + `","secret":"pm_x"}`)
	list("a service has the data folder, and does not answer")
}

// TestABackupThatIsCutOff leaves the file of before.
func TestABackupThatIsCutOff(t *testing.T) {
	data, name := t.TempDir(), t.TempDir()+"/backup"
	command(t, "token", "create", "--data", data, "--name", "x", "--scope", "read")
	if code, _, log := command(t, "backup", "--data", data, name); code != 0 {
		t.Fatal(log)
	}
	before, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	half, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go http.Serve(half, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}))
	defer half.Close()
	unlock, err := lock(data)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if err := os.WriteFile(controlIn(data), []byte(`{"address":"`+half.Addr().String()+`","secret":"pm_x"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, log := command(t, "backup", "--data", data, name); code != 1 || !strings.Contains(log, "the backup was cut off") {
		t.Errorf("exit code %d: %s", code, log)
	}
	if after, err := os.ReadFile(name); err != nil || string(after) != string(before) {
		t.Errorf("half a backup took the place of a whole one: %v", err)
	}
}
