package schedule

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/patchmedic/patchmedic/collector/private"
)

// scheduler stands for schtasks.exe.
type scheduler struct {
	t    *testing.T
	has  bool
	fail string // a verb that fails
	said []string
}

func (s *scheduler) run(arguments ...string) error {
	verb := arguments[0]
	s.said = append(s.said, verb)
	if len(arguments) < 3 || arguments[1] != "/TN" || arguments[2] != "patchmedic-collect" {
		s.t.Errorf("schtasks %q", arguments)
	}
	if verb == s.fail || !s.has && verb != "/Create" {
		return errors.New(verb + " failed")
	}
	switch verb {
	case "/Create":
		data, err := os.ReadFile(arguments[4])
		if err != nil {
			s.t.Error(err)
		}
		parse(s.t, data)
		s.has = true
	case "/Delete":
		s.has = false
	}
	return nil
}

func newPlace(t *testing.T) (*Place, *scheduler, string) {
	t.Helper()
	if runtime.GOOS == "windows" && !private.Elevated() {
		t.Skip("it needs an administrator's rights")
	}
	dir := t.TempDir()
	exe := filepath.Join(dir, "usb-stick.exe")
	if err := os.WriteFile(exe, []byte("program 1"), 0o755); err != nil {
		t.Fatal(err)
	}
	s := &scheduler{t: t}
	return &Place{program: filepath.Join(dir, "programs", "patchmedic"), data: filepath.Join(dir, "data"), tasks: s.run}, s, exe
}

// files are those below the folder of programs.
func files(t *testing.T, p *Place) string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(filepath.Dir(p.program), func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, d.Name())
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return strings.Join(out, " ")
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestInstallAndRemove(t *testing.T) {
	p, s, exe := newPlace(t)
	if err := p.Install(exe, []byte("settings 1"), []byte("authority")); err != nil {
		t.Fatal(err)
	}
	if got, want := files(t, p), "authority.pem patchmedic-collect.env patchmedic-collect.exe"; got != want || !s.has {
		t.Errorf("%s are there (task: %v), want %s", got, s.has, want)
	}

	// Again, with another program and without the authority.
	if err := os.WriteFile(exe, []byte("program 2"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := p.Install(exe, []byte("settings 2"), nil); err != nil {
		t.Fatal(err)
	}
	if got, want := files(t, p), "patchmedic-collect.env patchmedic-collect.exe"; got != want {
		t.Errorf("%s are there, want %s", got, want)
	}
	if read(t, p.file()) != "program 2" || read(t, p.settings()) != "settings 2" {
		t.Error("the second installation did not replace the first")
	}
	// By the program that is installed.
	if err := p.Install(p.file(), []byte("settings 3"), nil); err != nil || read(t, p.file()) != "program 2" {
		t.Errorf("the installed program installs itself: %v", err)
	}

	if err := os.MkdirAll(filepath.Join(p.data, "spool"), 0o755); err != nil {
		t.Fatal(err)
	}
	aside, err := p.Remove(exe)
	if err != nil || aside != "" || s.has || files(t, p) != "" {
		t.Errorf("%v, aside %q, task: %v, left %s", err, aside, s.has, files(t, p))
	}
	for _, folder := range []string{p.program, p.data} {
		if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is left (%v)", folder, err)
		}
	}
	// Nothing is there: nothing is wrong.
	s.said = nil
	if _, err := p.Remove(exe); err != nil || slices.Contains(s.said, "/Delete") {
		t.Errorf("%v %v", err, s.said)
	}
}

// TestRemoveItself: Windows does not delete a program that runs.
func TestRemoveItself(t *testing.T) {
	for _, name := range []string{"TMPDIR", "TMP"} { // Windows takes the second
		t.Setenv(name, t.TempDir())
	}
	p, _, exe := newPlace(t)
	if err := p.Install(exe, nil, nil); err != nil {
		t.Fatal(err)
	}
	aside, err := p.Remove(p.file())
	if err != nil || read(t, aside) != "program 1" || files(t, p) != "" {
		t.Errorf("%v, aside %q, left %s", err, aside, files(t, p))
	}
}

// TestHalfWay: what fails leaves nothing where nothing was, and what was there
// where something was; the task never runs a program without settings.
func TestHalfWay(t *testing.T) {
	p, s, exe := newPlace(t)
	s.fail = "/Create"
	if err := p.Install(exe, []byte("settings"), []byte("authority")); err == nil || files(t, p) != "" {
		t.Errorf("%v, left %s", err, files(t, p))
	}
	if err := p.Install(exe+".gone", nil, nil); err == nil || files(t, p) != "" {
		t.Errorf("without a program: %v, left %s", err, files(t, p))
	}
	s.fail = ""
	if err := p.Install(exe, []byte("settings"), nil); err != nil {
		t.Fatal(err)
	}
	for _, s.fail = range []string{"/Create", "/Delete"} {
		err := p.Install(exe, []byte("settings"), nil)
		if s.fail == "/Delete" {
			_, err = p.Remove(exe)
		}
		if got, want := files(t, p), "patchmedic-collect.env patchmedic-collect.exe"; err == nil || got != want || !s.has {
			t.Errorf("%s failed: %v, %s are there (task: %v), want %s", s.fail, err, got, s.has, want)
		}
	}
}

// TestOthersFiles: what others put into the folder stays, and is told.
func TestOthersFiles(t *testing.T) {
	p, _, exe := newPlace(t)
	if err := p.Install(exe, nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.program, "notes.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Remove(exe); err == nil || files(t, p) != "notes.txt" {
		t.Errorf("%v, left %s", err, files(t, p))
	}
}
