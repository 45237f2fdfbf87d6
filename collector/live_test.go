package collector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/patchmedic/patchmedic/collector/eventlog"
	"github.com/patchmedic/patchmedic/collector/hive"
	"github.com/patchmedic/patchmedic/facts"
)

// fakeWindows is what a machine of testdata/hosts answers while it runs: its
// windows.json says it, and its files are its registry and its logs.
type fakeWindows struct {
	Clock      time.Time
	About      State                  `json:"state"`
	Running    map[string]int         `json:"services"` // by name; what is not there is missing
	Mounted    []VolumeState          `json:"volumes"`
	BootDisk   Disk                   `json:"disk"`
	Problems   []Device               `json:"devices"`
	Encryption int                    `json:"protection"`
	Connected  Connection             `json:"connection"`
	Attempts   []Attempt              `json:"history"`
	Offers     []Offer                `json:"offers"`
	Rows       map[string][]Row       `json:"rows"`  // by class
	Versions   map[string]string      `json:"files"` // versions by path
	Image      [2]int                 `json:"image"` // CheckHealth, ScanHealth
	Net        map[string]*fakeServer `json:"servers"`
	// Fails are errors by method; "denied" is one of rights, "hangs" is none.
	Fails map[string]string `json:"fails"`
	// Denied are beginnings of paths that cannot be read.
	Denied []string `json:"denied"`

	files   fs.FS
	ends    <-chan struct{}
	happens func(func(*eventlog.Event)) // beside what is in the files; nil for nothing
}

// liveHost makes a machine of testdata/hosts that runs; nil for one that does not.
func liveHost(t testing.TB, name string) *fakeWindows {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(hosts, name, "windows.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	w := &fakeWindows{files: host(t, name), ends: t.Context().Done()}
	if err == nil {
		err = json.Unmarshal(data, w)
	}
	if err != nil {
		t.Fatal(name, err)
	}
	return w
}

// fails is the error of a method. One that hangs does so until the test ends.
func (w *fakeWindows) fails(method string) error {
	switch text := w.Fails[method]; text {
	case "":
		return nil
	case "denied":
		return fmt.Errorf("%s: %w", method, fs.ErrPermission)
	case "hangs":
		<-w.ends
		return errors.New("the test is over")
	default:
		return errors.New(text)
	}
}

func (w *fakeWindows) Now() time.Time { return w.Clock }

func (w *fakeWindows) Files() fs.FS { return denying{w.files, w.Denied} }

func (w *fakeWindows) Registry(root string) (Key, error) {
	if err := w.fails("registry " + root); err != nil {
		return nil, err
	}
	data, err := fs.ReadFile(w.files, config+root)
	if err != nil {
		return nil, err
	}
	h, err := hive.Parse(data)
	if err != nil {
		return nil, err
	}
	key, err := h.Key("")
	return hiveKey{key}, err
}

func (w *fakeWindows) Events(_ context.Context, _ string, each func(*eventlog.Event)) error {
	if err := w.fails("events"); err != nil {
		return err
	}
	if w.happens != nil {
		w.happens(each)
	}
	logs, err := fs.Glob(w.files, "Windows/System32/winevt/Logs/*.evtx")
	for _, name := range logs {
		if _, err := readLog(w.files, name, each); err != nil {
			return err
		}
	}
	return err
}

func (w *fakeWindows) State(context.Context) (State, error) { return w.About, w.fails("state") }

func (w *fakeWindows) Services(_ context.Context, names []string) (out []ServiceState, err error) {
	for _, name := range names {
		out = append(out, ServiceState{name, w.Running[name]})
	}
	return out, w.fails("services")
}

func (w *fakeWindows) Volumes(context.Context) ([]VolumeState, error) {
	return w.Mounted, w.fails("volumes")
}

func (w *fakeWindows) Disk(context.Context) (Disk, error) { return w.BootDisk, w.fails("disk") }

func (w *fakeWindows) Devices(context.Context) ([]Device, error) {
	return w.Problems, w.fails("devices")
}

func (w *fakeWindows) Protection(context.Context) (int, error) {
	return w.Encryption, w.fails("protection")
}

func (w *fakeWindows) Connection(context.Context) (Connection, error) {
	return w.Connected, w.fails("connection")
}

func (w *fakeWindows) History(_ context.Context, most int) ([]Attempt, error) {
	return w.Attempts[:min(most, len(w.Attempts))], w.fails("history")
}

func (w *fakeWindows) Search(context.Context, string, bool) ([]Offer, error) {
	return w.Offers, w.fails("search")
}

func (w *fakeWindows) Query(_ context.Context, wql string) ([]Row, error) {
	_, class, _ := strings.Cut(wql, " FROM ")
	class, _, _ = strings.Cut(class, " ")
	return w.Rows[class], w.fails("query")
}

func (w *fakeWindows) FileVersion(path string) (string, error) {
	if v := w.Versions[path]; v != "" {
		return v, nil
	}
	return "", fs.ErrNotExist
}

func (w *fakeWindows) CheckImage(_ context.Context, scan bool, progress func(int)) (int, error) {
	progress(50)
	if scan {
		return w.Image[1], w.fails("image")
	}
	return w.Image[0], w.fails("image")
}

func (w *fakeWindows) VerifyFiles(_ context.Context, progress func(int)) error {
	progress(100)
	return w.fails("sfc")
}

// denying is files of which some may not be read.
type denying struct {
	fs.FS
	denied []string
}

func (d denying) Open(name string) (fs.File, error) {
	for _, begin := range d.denied {
		if name == begin || strings.HasPrefix(name, begin+"/") {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
		}
	}
	return d.FS.Open(name)
}

func liveReport(t testing.TB, w *fakeWindows, opt Options) *facts.Report {
	opt.Version, opt.SiteKey = "0.0.0", "testdata"
	if w.Net != nil {
		opt.Transport = network(t, w.Net)
	}
	return Live(t.Context(), w, opt)
}

// TestLiveHosts: what machines answer while they run makes NAME.live.json.
func TestLiveHosts(t *testing.T) {
	for _, name := range hostNames(t) {
		w := liveHost(t, name)
		if w == nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			got := encode(t, liveReport(t, w, Options{}))
			golden(t, name+".live.json", got)
			if _, unknown, err := facts.Decode(got); err != nil || len(unknown) > 0 {
				t.Fatalf("a service would refuse it: %v %v", unknown, err)
			}
		})
	}
}

// TestLivePlanted: what a machine answers is scrubbed like its files.
func TestLivePlanted(t *testing.T) {
	for _, name := range hostNames(t) {
		w := liveHost(t, name)
		if w == nil {
			continue
		}
		for _, key := range []string{"", "testdata"} {
			sent := strings.ToLower(string(encode(t, Live(t.Context(), w, Options{SiteKey: key, Transport: network(t, w.Net)}))))
			for _, secret := range planted(t, name) {
				if i := strings.Index(sent, secret); i >= 0 {
					t.Errorf("%s with the key %q: %s is sent: ...%s...", name, key, secret, sent[max(0, i-60):min(len(sent), i+60)])
				}
			}
		}
	}
}

// TestLivePlantedWouldLeave: without scrubbing every secret would be sent, of the files
// and of what is only answered, so that the test above can fail.
func TestLivePlantedWouldLeave(t *testing.T) {
	w := liveHost(t, "french")
	r, _ := live(t.Context(), w, Options{Transport: network(t, w.Net)})
	sent := strings.ToLower(string(encode(t, r)))
	for _, secret := range planted(t, "french") {
		if !strings.Contains(sent, strings.ReplaceAll(secret, `\`, `\\`)) {
			t.Errorf("%s is in no fact: nothing is proved by its absence", secret)
		}
	}
	var tree any
	if err := json.Unmarshal(encode(t, r), &tree); err != nil {
		t.Fatal(err)
	}
	for _, field := range freeTexts(reflect.TypeFor[facts.Report](), "") {
		text := strings.ToLower(strings.Join(textsAt(tree, strings.TrimPrefix(field, ".")), "\n"))
		free := slices.ContainsFunc(planted(t, "french"), func(secret string) bool { return strings.Contains(text, secret) })
		switch why, chosen := nobodysWords[field[1:]]; {
		case free && chosen:
			t.Errorf("%s holds a secret, and should not be able to: %s", field[1:], why)
		case !free && !chosen:
			t.Errorf("no secret is planted in %s", field[1:])
		}
	}
}

// nobodysWords are the texts that are searched for names, and that no answer of a live
// source can put one into.
var nobodysWords = map[string]string{
	"os.product": "of a list", "os.edition": "Microsoft's word", "os.image_modified": "not collected", "os.key_files.path": "of a list",
	"machine.redirected_folders": "of a list", "symptoms.text": "a person's, not of the machine", "packages.name": "of a form", "volumes.mount": "a letter",
	"policy.target_version": "of a form", "crashes.driver": "not collected", "setup.setupdiag_rule": "Microsoft's word",
	"device.name": "not collected", "events.log": "of a list", "events.provider": "of a list", "logs.session": "a number", "logs.level": "of a list",
	"logs.component": "Microsoft's word", "logs.installer": "Microsoft's word", "logs.package": "of a form", "tried.action": "of a list", "errors.source": "of a list",
}

// freeTexts are the paths of the texts of a report that are searched for names.
func freeTexts(t reflect.Type, path string) (out []string) {
	for t.Kind() == reflect.Slice || strings.HasPrefix(t.Name(), "Maybe[") {
		if t.Kind() == reflect.Struct {
			t = t.Field(0).Type
		} else {
			t = t.Elem()
		}
	}
	switch {
	case t == reflect.TypeFor[string]():
		return []string{path}
	case t.Kind() != reflect.Struct || t.PkgPath() != reflect.TypeFor[facts.Report]().PkgPath():
		return nil
	}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.IsExported() && name != "" && f.Tag.Get("scrub") != "keep" && f.Tag.Get("enum") == "" {
			out = append(out, freeTexts(f.Type, path+"."+name)...)
		}
	}
	return out
}

// textsAt are the texts at a path of a document, through its lists.
func textsAt(tree any, path string) (out []string) {
	switch v := tree.(type) {
	case string:
		return []string{v}
	case []any:
		for _, item := range v {
			out = append(out, textsAt(item, path)...)
		}
	case map[string]any:
		name, rest, _ := strings.Cut(path, ".")
		return textsAt(v[name], rest)
	}
	return out
}

// TestLiveFaults: a method that fails is an error with its name, and costs no other
// fact.
func TestLiveFaults(t *testing.T) {
	for _, test := range []struct{ method, source, says string }{
		{"state", "windows:system", "access denied: needs the rights of an administrator"},
		{"services", "windows:services", "access denied"},
		{"volumes", "windows:volumes", "access denied"},
		{"disk", "windows:disk", "access denied"},
		{"devices", "windows:devices", "access denied"},
		{"protection", "windows:encryption", "access denied"},
		{"connection", "windows:connection", "access denied"},
		{"history", "windows:update history", "access denied"},
		{"search", "windows:offered updates", "access denied"},
		{"query", "windows:features", "access denied"},
		{"events", "windows:events", "access denied"},
		{"registry SOFTWARE", "windows:registry SOFTWARE", "access denied"},
	} {
		w := liveHost(t, "healthy")
		w.Fails = map[string]string{test.method: "denied"}
		r := liveReport(t, w, Options{})
		if got := errorsOf(r); !strings.Contains(got, test.source+": "+test.says) {
			t.Errorf("%s: errors:\n%s", test.method, got)
		}
		if r.OS.State() != facts.Known || r.Recovery.State() != facts.Known {
			t.Errorf("%s: other facts are gone", test.method)
		}
	}
}

// TestLiveUnknown: what fails leaves its facts unknown, and its lists incomplete.
func TestLiveUnknown(t *testing.T) {
	w := liveHost(t, "healthy")
	w.Attempts, w.Offers, w.Problems, w.Mounted, w.BootDisk, w.About, w.Connected, w.Net = nil, nil, nil, nil, Disk{}, State{}, Connection{}, nil
	w.Fails = map[string]string{}
	for _, method := range []string{"history", "search", "devices", "volumes", "disk", "state", "protection", "connection", "query"} {
		w.Fails[method] = "out of order"
	}
	r := liveReport(t, w, Options{})
	for name, state := range map[string]facts.State{
		"offered": r.Updates.V.Offered.State(), "hidden": r.Updates.V.Hidden.State(), "installed": r.Updates.V.Installed.State(),
		"volumes": r.Volumes.State(), "drivers": r.Drivers.State(), "features": r.Features.State(), "activation": r.Activation.State(),
		"memory": r.Machine.V.Memory.State(), "encryption": r.Security.V.Encryption.State(),
		"elevated": r.Collector.V.Elevated.State(), "boot disk": r.Machine.V.BootDisk.State(), "metered": r.Network.V.Metered.State(), "servers": r.Network.V.Endpoints.State(),
	} {
		if state != facts.Absent {
			t.Errorf("%s is %v", name, state)
		}
	}
	if got := fmt.Sprint(r.Complete.V); got != "[network.tls]" { // of the registry, which answers
		t.Errorf("complete: %s", got)
	}
}

// TestEmptyStore: an agent that has lost what it found offers nothing, which is no fact.
func TestEmptyStore(t *testing.T) {
	w := liveHost(t, "healthy")
	w.Offers = nil
	r := liveReport(t, w, Options{})
	if r.Updates.V.Offered.State() != facts.Absent || slices.Contains(r.Complete.V, "updates.offered") || !strings.Contains(errorsOf(r), "since its store was emptied") {
		t.Errorf("offered %v, complete %q, errors:\n%s", r.Updates.V.Offered, r.Complete.V, errorsOf(r))
	}
}

// TestDeep: the deep checks' verdict stands over what logs said before, and tells how
// far it is.
func TestDeep(t *testing.T) {
	w := liveHost(t, "healthy")
	w.Image = [2]int{0, 1}
	var said []string
	r := liveReport(t, w, Options{Deep: true, Progress: func(p Progress) {
		said = append(said, fmt.Sprintf("%v %d%%", p.Running, p.Percent))
	}})
	if got := r.ComponentStore.V.Health.V; got != "repairable" {
		t.Errorf("health %q", got)
	}
	if got := strings.Join(said, ", "); !strings.Contains(got, "[store scan] 50%") || !strings.Contains(got, "[system files] 100%") {
		t.Error(got)
	}
	w.Fails = map[string]string{"image": "denied", "sfc": "denied"}
	r = liveReport(t, w, Options{Deep: true})
	if got := errorsOf(r); r.ComponentStore.V.Health.State() != facts.Absent || strings.Count(got, "access denied") != 3 {
		t.Errorf("health %v, errors:\n%s", r.ComponentStore.V.Health, got)
	}
}
