package winhost_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/windows"

	"github.com/patchmedic/patchmedic/collector"
	"github.com/patchmedic/patchmedic/collector/winhost"
)

// These tests ask the Windows that they run on, which may be Wine: it answers less,
// and what it does not say must be unknown.

func open(t *testing.T) *winhost.Host {
	t.Helper()
	host, err := winhost.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := host.Close(); err != nil {
			t.Error(err)
		}
	})
	return host
}

func TestFiles(t *testing.T) {
	files := open(t).Files()
	entries, err := fs.ReadDir(files, "windows")
	if err != nil || len(entries) == 0 {
		t.Errorf("%d files in the folder of Windows: %v", len(entries), err)
	}
	if _, err := fs.ReadFile(files, "Windows/nosuch.log"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// TestFilesInUse: a log that its writer holds open can be read, and who reads it is
// not in the writer's way.
func TestFilesInUse(t *testing.T) {
	// No t.TempDir: Wine cannot remove its folder.
	name := filepath.Join(os.TempDir(), fmt.Sprintf("patchmedic test %d CBS.log", os.Getpid()))
	if !strings.EqualFold(filepath.VolumeName(name), os.Getenv("SystemDrive")) {
		t.Skip("the folder for temporary files is not on the volume of Windows")
	}
	defer os.Remove(name + ".old")
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		t.Fatal(err)
	}
	writer, err := windows.CreateFile(path, windows.GENERIC_WRITE|windows.DELETE, windows.FILE_SHARE_READ|windows.FILE_SHARE_DELETE, nil, windows.CREATE_NEW, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer windows.CloseHandle(writer)
	if _, err := windows.Write(writer, []byte("Info CBS")); err != nil {
		t.Fatal(err)
	}
	reader, err := open(t).Files().Open(filepath.ToSlash(name[len(`C:\`):]))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := os.Rename(name, name+".old"); err != nil {
		t.Errorf("the writer cannot put the log aside: %v", err)
	}
	data := make([]byte, 100)
	if n, err := reader.Read(data); err != nil || string(data[:n]) != "Info CBS" {
		t.Errorf("read %q, %v", data[:n], err)
	}
}

func TestState(t *testing.T) {
	state, err := open(t).State(t.Context())
	if state.Elevated == nil {
		t.Error("nothing about rights")
	}
	if state.Uptime == nil || *state.Uptime <= 0 {
		t.Errorf("up for %v", state.Uptime)
	}
	if state.Memory == nil || *state.Memory < 64<<20 || state.PageFiles == nil || *state.PageFiles < 0 {
		t.Errorf("memory %v, page files %v", state.Memory, state.PageFiles)
	}
	if state.SignedIn == nil && err == nil {
		t.Error("neither whether somebody is signed in, nor why that is not known")
	}
	if state.TPM != nil && *state.TPM != 1 && *state.TPM != 2 {
		t.Errorf("version %d of the TPM", *state.TPM)
	}
}

func TestServices(t *testing.T) {
	const absent = "patchmedic-no-such-service"
	states, err := open(t).Services(t.Context(), []string{"RpcSs", "no/name", absent})
	if err == nil || !strings.Contains(err.Error(), "no/name") {
		t.Errorf("a name that cannot be: %v", err)
	}
	if len(states) != 2 || states[0].Name != "RpcSs" || states[0].State < 1 || states[0].State > 7 {
		t.Fatalf("got %v", states)
	}
	if states[1] != (collector.ServiceState{Name: absent}) {
		t.Errorf("got %v for a service that is not there", states[1])
	}
}

func TestVolumes(t *testing.T) {
	volumes, err := open(t).Volumes(t.Context())
	ours := 0
	for _, v := range volumes {
		if v.PartitionType == "" && err == nil {
			t.Errorf("%+v: neither the partition's type nor why it is not known", v)
		}
		if v.Total != nil && (*v.Total < *v.Free || *v.Free < 0) {
			t.Errorf("%s: %d bytes of %d are free", v.Mount, *v.Free, *v.Total)
		}
		if !v.Windows {
			continue
		}
		ours++
		if !strings.EqualFold(v.Mount, os.Getenv("SystemDrive")) || v.Filesystem == "" || v.Total == nil || *v.Total == 0 {
			t.Errorf("the volume of Windows: %+v, %v", v, err)
		}
	}
	if ours != 1 {
		t.Errorf("%d volumes of Windows in %v, %v", ours, volumes, err)
	}
}

func TestDisk(t *testing.T) {
	disk, err := open(t).Disk(t.Context())
	if known := disk.Style == "gpt" || disk.Style == "mbr"; !known && (err == nil || disk.Style != "") {
		t.Errorf("the style %q, %v", disk.Style, err)
	}
}

func TestDevices(t *testing.T) {
	devices, err := open(t).Devices(t.Context())
	if err != nil {
		t.Error(err)
	}
	for _, d := range devices {
		if d.Problem == 0 {
			t.Errorf("%+v has no problem", d)
		}
	}
}

func TestConnection(t *testing.T) {
	if _, err := open(t).Connection(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestFileVersion(t *testing.T) {
	host := open(t)
	version, err := host.FileVersion(`Windows\System32\kernel32.dll`)
	if err != nil || !regexp.MustCompile(`^\d+\.\d+\.\d+\.\d+$`).MatchString(version) || strings.HasPrefix(version, "0.") {
		t.Errorf("got %q, %v", version, err)
	}
	if _, err := host.FileVersion(`Windows\System32\nosuch.dll`); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	for _, path := range []string{"Windows/win.ini", `..\x.dll`, ""} {
		if version, err := host.FileVersion(path); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q has version %q, %v", path, version, err)
		}
	}
}

// TestCancelled: who no longer waits gets no list that looks whole.
func TestCancelled(t *testing.T) {
	host := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, ask := range map[string]func() error{
		"State":    func() error { _, err := host.State(ctx); return err },
		"Services": func() error { _, err := host.Services(ctx, []string{"RpcSs"}); return err },
		"Volumes":  func() error { _, err := host.Volumes(ctx); return err },
		"Devices":  func() error { _, err := host.Devices(ctx); return err },
	} {
		if err := ask(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
