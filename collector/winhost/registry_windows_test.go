package winhost_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/patchmedic/patchmedic/collector"
)

// made makes a key of the user and returns it as the host sees it, and as
// something to write to.
func made(t *testing.T) (collector.Key, registry.Key) {
	t.Helper()
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf(`Software\patchmedic test %d`, os.Getpid())
	key, _, err := registry.CreateKey(registry.CURRENT_USER, path, registry.ALL_ACCESS)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, below := range []string{`\One\Deeper`, `\One`, `\Œuvre`, ``} {
			if err := registry.DeleteKey(registry.CURRENT_USER, path+below); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Error(err)
			}
		}
		key.Close()
	})
	users, err := open(t).Registry("USERS")
	if err != nil {
		t.Fatal(err)
	}
	seen, err := users.Key(user.User.Sid.String() + `\` + path)
	if err != nil {
		t.Fatal(err)
	}
	return seen, key
}

func TestRegistryValues(t *testing.T) {
	seen, key := made(t)
	long := bytes.Repeat([]byte{1, 2, 3, 4}, 50_000)
	for _, err := range []error{
		key.SetStringValue("text", "à la carte"),
		key.SetStringValue("", "default"),
		key.SetExpandStringValue("expand", `%SystemRoot%\x`),
		key.SetStringsValue("texts", []string{"one", "deux", "«trois»"}),
		key.SetDWordValue("number", 4061),
		key.SetQWordValue("quad", 1<<40),
		key.SetBinaryValue("long", long),
		key.SetBinaryValue("endless", make([]byte, 1<<20+1)),
		key.SetBinaryValue("empty", nil),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]any{
		"TEXT": "à la carte", "": "default", "expand": `%SystemRoot%\x`, "texts": []string{"one", "deux", "«trois»"},
		"number": uint64(4061), "quad": uint64(1 << 40), "long": long, "empty": []byte{},
	} {
		value, err := seen.Value(name)
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		var got any = value.Data
		if text, ok := value.Text(); ok {
			got = text
		} else if texts, ok := value.Texts(); ok {
			got = texts
		} else if number, ok := value.Number(); ok {
			got = number
		}
		if !cmp.Equal(got, want) {
			t.Errorf("%q is %.40v, want %.40v", name, got, want)
		}
	}
	if _, err := seen.Value("nosuch"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a value that is not there: %v", err)
	}
	if _, err := seen.Value("endless"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a value that is too long: %v", err)
	}
}

func TestRegistryKeys(t *testing.T) {
	start := time.Now()
	seen, key := made(t)
	for _, path := range []string{`Œuvre`, `One\Deeper`} {
		below, _, err := registry.CreateKey(key, path, registry.WRITE)
		if err != nil {
			t.Fatal(err)
		}
		below.Close()
	}
	found := map[string]bool{}
	for below, err := range seen.Keys() {
		if err != nil {
			t.Fatal(err)
		}
		found[below.Name()] = true
		if written := below.Written(); written.Before(start.Add(-time.Minute)) || written.Location() != time.UTC {
			t.Errorf("%s was written at %v", below.Name(), written)
		}
	}
	if want := map[string]bool{"Œuvre": true, "One": true}; !cmp.Equal(found, want) {
		t.Errorf("keys %v, want %v", found, want)
	}
	deeper, err := seen.Key(`\one\\deeper\`)
	if err != nil {
		t.Fatal(err)
	}
	if err := registry.DeleteKey(key, `One\Deeper`); err != nil {
		t.Fatal(err)
	}
	if _, err := deeper.Value("any"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a key that is gone: %v", err)
	}
	for _, err := range deeper.Keys() {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the keys of one that is gone: %v", err)
		}
	}
	if !deeper.Written().IsZero() {
		t.Error("a key that is gone was written")
	}
	if _, err := seen.Key(`One\nosuch\deeper`); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a key that is not there: %v", err)
	}
}

func TestRegistryRoots(t *testing.T) {
	host := open(t)
	software, err := host.Registry("SOFTWARE")
	if err != nil {
		t.Fatal(err)
	}
	version, err := software.Key(`Microsoft\Windows NT\CurrentVersion`)
	if err != nil {
		t.Fatal(err)
	}
	if value, err := version.Value("CurrentBuildNumber"); err != nil || len(value.Data) == 0 || version.Name() != "CurrentVersion" {
		t.Errorf("the build of %s: %v, %v", version.Name(), value, err)
	}
	if _, err := host.Registry("NOSUCH"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a root that is not there: %v", err)
	}
}
