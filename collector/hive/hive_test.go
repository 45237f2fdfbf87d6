package hive_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchmedic/patchmedic/collector/hive"
	"github.com/patchmedic/patchmedic/collector/hive/hivetest"
)

const reg = `; written 2026-11-21T18:00:00Z
[Microsoft\Windows NT\CurrentVersion]
"CurrentBuildNumber"="26100"
"UBR"=dword:00000fdd
"Path"=expand_sz:%SystemRoot%\x
"List"=multi_sz:one|deux|«trois»
"Raw"=hex:01,02,03,04,05
@="default"
[Microsoft\Été]
"Œuvre"="à"
[Policies]
`

var written = time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)

func makeHive(t testing.TB, reg string) []byte {
	t.Helper()
	data, err := hivetest.Make(reg)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func parse(t testing.TB, data []byte) *hive.Hive {
	t.Helper()
	h, err := hive.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestValues(t *testing.T) {
	h := parse(t, makeHive(t, reg))
	if !h.Written.Equal(written) || h.Unfinished {
		t.Errorf("written %v, unfinished %v", h.Written, h.Unfinished)
	}
	key, err := h.Key(`microsoft\WINDOWS nt\CurrentVersion`)
	if err != nil {
		t.Fatal(err)
	}
	text := func(name string) string {
		v, err := key.Value(name)
		if err != nil {
			t.Fatal(name, err)
		}
		s, ok := v.Text()
		if !ok {
			t.Fatalf("%s is no text", name)
		}
		return s
	}
	for name, want := range map[string]string{"currentbuildnumber": "26100", "Path": `%SystemRoot%\x`, "": "default"} {
		if got := text(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	v, _ := key.Value("UBR")
	if n, ok := v.Number(); !ok || n != 4061 {
		t.Errorf("UBR is %d %v", n, ok)
	}
	v, _ = key.Value("List")
	if got, _ := v.Texts(); !cmp.Equal(got, []string{"one", "deux", "«trois»"}) {
		t.Errorf("List is %q", got)
	}
	v, _ = key.Value("Raw")
	if !cmp.Equal(v.Data, []byte{1, 2, 3, 4, 5}) {
		t.Errorf("Raw is %x", v.Data)
	}
	if _, ok := v.Text(); ok {
		t.Error("bytes are a text")
	}
	if _, err := key.Value("nosuch"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a value that is not there: %v", err)
	}
	if _, err := h.Key(`Microsoft\nosuch\deeper`); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a key that is not there: %v", err)
	}
	key, err = h.Key(`Microsoft\été`)
	if err != nil {
		t.Fatal(err)
	}
	if got := text("œuvre"); got != "à" {
		t.Errorf("got %q", got)
	}
}

func TestKeys(t *testing.T) {
	h := parse(t, makeHive(t, reg))
	var got []string
	key, err := h.Key("")
	if err != nil {
		t.Fatal(err)
	}
	for k, err := range key.Keys() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, k.Name)
	}
	if !cmp.Equal(got, []string{"Microsoft", "Policies"}) {
		t.Errorf("keys %q", got)
	}
}

func TestLongValue(t *testing.T) {
	long := strings.Repeat("0123456789", 5000)
	h := parse(t, makeHive(t, "[a]\n\"b\"=\""+long+"\"\n"))
	key, err := h.Key("a")
	if err != nil {
		t.Fatal(err)
	}
	v, err := key.Value("b")
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := v.Text(); got != long {
		t.Errorf("%d letters, want %d", len(got), len(long))
	}
}

// listOfRoot returns where the root's list of keys stands in the file.
func listOfRoot(data []byte) int {
	root := binary.LittleEndian.Uint32(data[36:])
	return 4096 + int(binary.LittleEndian.Uint32(data[4096+root+4+28:])) + 4
}

// TestDamage: what cannot be read is damaged, not absent.
func TestDamage(t *testing.T) {
	for name, damage := range map[string]func([]byte){
		"a list of lists that holds itself": func(b []byte) {
			at := listOfRoot(b)
			copy(b[at:], "ri")
			binary.LittleEndian.PutUint32(b[at+4:], uint32(at-4-4096))
		},
		"a list that is none":        func(b []byte) { copy(b[listOfRoot(b):], "xx") },
		"a key outside of the file":  func(b []byte) { binary.LittleEndian.PutUint32(b[listOfRoot(b)+4:], 1<<31) },
		"a list longer than its own": func(b []byte) { binary.LittleEndian.PutUint16(b[listOfRoot(b)+2:], 60000) },
	} {
		data := makeHive(t, "[a]\n[b]\n")
		damage(data)
		if _, err := parse(t, data).Key("nosuch"); !errors.Is(err, hive.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, data := range map[string][]byte{"empty": nil, "no hive": make([]byte, 9000), "only the head": makeHive(t, reg)[:4096]} {
		if _, err := hive.Parse(data); err == nil {
			t.Errorf("%s: it is read as a hive", name)
		}
	}
	data := makeHive(t, reg)
	binary.LittleEndian.PutUint32(data[4:], 2)
	if !parse(t, data).Unfinished {
		t.Error("a write that was begun is not noticed")
	}
}

// TestSharedLists: keys that all have the list in which they stand are damage
// that is told of, and no search without an end.
func TestSharedLists(t *testing.T) {
	var reg strings.Builder
	const keys = 4000
	for i := range keys {
		fmt.Fprintf(&reg, "[%d]\n", i)
	}
	data := makeHive(t, reg.String())
	at := listOfRoot(data)
	for i := range keys {
		node := 4096 + int(binary.LittleEndian.Uint32(data[at+4+8*i:])) + 4
		binary.LittleEndian.PutUint32(data[node+20:], keys)
		binary.LittleEndian.PutUint32(data[node+28:], uint32(at-4-4096))
	}
	h := parse(t, data)
	searched := 0
	root, err := h.Key("")
	if err != nil {
		t.Fatal(err)
	}
	var damage error
	for key, err := range root.Keys() {
		if err != nil {
			damage = err
			break
		}
		searched++
		key.Key("Instances")
	}
	if !errors.Is(damage, hive.ErrDamaged) || searched == keys {
		t.Errorf("%d keys were searched, %v", searched, damage)
	}
}

// FuzzHive wants an end for every file.
func FuzzHive(f *testing.F) {
	data := makeHive(f, reg)
	f.Add(data, uint16(4096), uint32(0))
	f.Fuzz(func(t *testing.T, data []byte, at uint16, change uint32) {
		if int(at)+4 <= len(data) {
			binary.LittleEndian.PutUint32(data[at:], change)
		}
		h, err := hive.Parse(data)
		if err != nil {
			return
		}
		key, err := h.Key("Microsoft")
		if err != nil {
			return
		}
		for k, err := range key.Keys() {
			if err != nil {
				continue
			}
			if v, err := k.Value("Œuvre"); err == nil {
				v.Text()
				v.Texts()
				v.Number()
			}
		}
	})
}
