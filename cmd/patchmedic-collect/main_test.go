package main

import (
	"archive/zip"
	"compress/gzip"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/patchmedic/patchmedic/collector/hosttest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"patchmedic-collect": main})
}

// TestCommandLine runs testdata/script/*.txt. A case is added there: see
// https://pkg.go.dev/github.com/rogpeppe/go-internal/testscript for the words.
// Ours are:
//
//	status N program args...   wants the exit code N
//	host NAME DIR              makes the files of a machine of collector/testdata/hosts
//	pack DIR FILE              makes a zip of a folder
//	service NAME STEP...       starts a service, whose address is $NAME; each request is
//	                           answered by the next step, the last for ever: a status with
//	                           the body from the file STATUS.json, or reset
//	tls NAME STEP...           the same over TLS, with its certificate in NAME.pem
//	requests NAME N            wants N requests so far, and writes the body of the
//	                           last one to NAME.json and its headers to NAME.headers
func TestCommandLine(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, "cache"))
			env.Values["services"] = map[string]*service{}
			hosts, err := filepath.Abs("../../collector/testdata/hosts")
			env.Setenv("HOSTS", hosts)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status, "host": host, "pack": pack, "requests": requests,
			"service": func(ts *testscript.TestScript, _ bool, args []string) { start(ts, args, (*httptest.Server).Start) },
			"tls":     func(ts *testscript.TestScript, _ bool, args []string) { start(ts, args, (*httptest.Server).StartTLS) },
		},
	})
}

func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N program args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func host(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: host NAME DIR")
	}
	files, err := hosttest.Files(filepath.Join(ts.Getenv("HOSTS"), args[0]))
	ts.Check(err)
	ts.Check(os.CopyFS(ts.MkAbs(args[1]), files))
}

func pack(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: pack DIR FILE")
	}
	f, err := os.Create(ts.MkAbs(args[1]))
	ts.Check(err)
	z := zip.NewWriter(f)
	ts.Check(z.AddFS(os.DirFS(ts.MkAbs(args[0]))))
	ts.Check(z.Close())
	ts.Check(f.Close())
}

// service is a service that answers as a script says.
type service struct {
	ts    *testscript.TestScript
	steps []string
	mu    sync.Mutex
	got   int
	body  []byte
	head  http.Header
}

func start(ts *testscript.TestScript, args []string, run func(*httptest.Server)) {
	if len(args) < 2 {
		ts.Fatalf("usage: service NAME STEP...")
	}
	s := &service{ts: ts, steps: args[1:]}
	server := httptest.NewUnstartedServer(s)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	run(server)
	ts.Defer(server.Close)
	ts.Value("services").(map[string]*service)[args[0]] = s
	ts.Setenv(args[0], server.URL)
	if certificate := server.Certificate(); certificate != nil {
		block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})
		ts.Check(os.WriteFile(ts.MkAbs(args[0]+".pem"), block, 0o644))
	}
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
	step := s.steps[min(s.got, len(s.steps)-1)]
	s.got++
	s.body, s.head = body, r.Header
	s.mu.Unlock()
	code, err := strconv.Atoi(step)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if code == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	if code == http.StatusCreated {
		w.Header().Set("Location", "/api/v1/reports/r1")
	}
	answer, _ := os.ReadFile(s.ts.MkAbs(step + ".json")) // not every step has a body
	w.WriteHeader(code)
	w.Write(answer)
}

func requests(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: requests NAME N")
	}
	s := ts.Value("services").(map[string]*service)[args[0]]
	s.mu.Lock()
	defer s.mu.Unlock()
	if strconv.Itoa(s.got) != args[1] {
		ts.Fatalf("%d requests, want %s", s.got, args[1])
	}
	var head strings.Builder
	for name, values := range s.head {
		fmt.Fprintf(&head, "%s: %s\n", name, strings.Join(values, ", "))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".json"), s.body, 0o644))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".headers"), []byte(head.String()), 0o644))
}

// TestTexts: both languages have the same texts, with as many places to fill.
func TestTexts(t *testing.T) {
	en, fr := textsOf("en"), textsOf("fr")
	for name, text := range en {
		other, ok := fr[name]
		if !ok || strings.Count(text, "%s") != strings.Count(other, "%s") {
			t.Errorf("%s: %q and %q do not agree", name, text, other)
		}
		if len(text) > 0 && name != "" && text == other && !strings.HasPrefix(strings.TrimSpace(text), "!") && strings.ContainsAny(text, "abcdefghij") {
			t.Errorf("%s is not translated: %q", name, text)
		}
	}
	if len(fr) != len(en) {
		t.Errorf("%d texts in French, %d in English", len(fr), len(en))
	}
}

func TestLang(t *testing.T) {
	for value, want := range map[string]string{"fr_FR.UTF-8": "fr", "fr": "fr", "FR_CA": "fr", "en_GB": "en", "C": "en", "": "en", "de_DE": "en"} {
		got := langOf("", func(name string) string { return map[string]string{"LANG": value}[name] })
		if got != want {
			t.Errorf("LANG=%s is %s, want %s", value, got, want)
		}
	}
	english := func(name string) string { return map[string]string{"LC_ALL": "en_US", "LANG": "fr_FR"}[name] }
	if got := langOf("", english); got != "en" {
		t.Errorf("LC_ALL does not come before LANG: %s", got)
	}
	if got := langOf("fr-BE", english); got != "fr" {
		t.Errorf("the user interface does not come before the environment: %s", got)
	}
}
