package storetest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/patchmedic/patchmedic/store"
)

// childFolder is the environment variable that makes a test the process to be
// killed: the folder of its store.
const childFolder = "PATCHMEDIC_STORETEST_CHILD"

// Crash runs its test again in a process of its own that writes, kills that at a
// random moment and opens what it left, round after round in one folder. Each
// write that was acknowledged must be there, and each other one wholly or not.
// Killing a process leaves what it gave to the system: a loss of power is for
// the implementation to test.
func Crash(t *testing.T, open Open, rounds int) {
	if dir := os.Getenv(childFolder); dir != "" {
		writeUntilKilled(t, open(t, dir))
		return
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	known := acknowledged{devices: map[string]*acknowledgedDevice{}, documents: map[string]int{}}
	for round := range rounds {
		known.add(child(t, dir, round, time.Duration(random.IntN(150))*time.Millisecond))
		s := open(t, dir)
		known.check(t, s)
		must(t, s.Close())
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	if len(known.devices) < rounds {
		t.Errorf("only %d devices were written in %d rounds", len(known.devices), rounds)
	}
	t.Logf("%d devices, %d reports, %d erased", len(known.devices), known.reports, known.erased)
}

// child runs the writing process, kills it some time after its first write and
// returns the lines that it wrote.
func child(t *testing.T, dir string, round int, after time.Duration) (lines []string) {
	self, err := os.Executable()
	must(t, err)
	root, _, _ := strings.Cut(t.Name(), "/")
	c := exec.Command(self, "-test.run", "^"+root+"$")
	c.Env = append(os.Environ(), childFolder+"="+dir, fmt.Sprintf("%s_ROUND=%d", childFolder, round))
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	defer c.Wait()
	defer c.Process.Kill()
	timer := time.AfterFunc(time.Hour, func() { c.Process.Kill() })
	defer timer.Stop()
	scanner := bufio.NewScanner(out)
	for scanner.Scan() {
		if line, ok := strings.CutPrefix(scanner.Text(), "> "); ok {
			if len(lines) == 0 {
				timer.Reset(after)
			}
			lines = append(lines, line)
		}
	}
	must(t, scanner.Err())
	if len(lines) == 0 {
		t.Fatal("the process that should write wrote nothing")
	}
	return lines
}

// perDevice is how many reports, and how many trials, a device gets.
const perDevice = 3

// writeUntilKilled gives one device after another, several at a time, its
// reports and trials, edits a document, and erases every third device. It says
// what it begins and what it did, each in one write to the system.
func writeUntilKilled(t *testing.T, s store.Store) {
	say := func(format string, args ...any) { os.Stdout.WriteString(fmt.Sprintf("> "+format+"\n", args...)) }
	round := os.Getenv(childFolder + "_ROUND")
	together(4, func(i int) {
		for n := 0; ; n++ {
			if err := writeDevice(s, fmt.Sprintf("%s-%d-%d", round, i, n), n, say); err != nil {
				t.Error(err)
				return
			}
		}
	})
}

func writeDevice(s store.Store, device string, n int, say func(string, ...any)) error {
	ctx := context.Background()
	say("begun %s", device)
	for i := range perDevice {
		r := report(time.Now())
		r.Device, r.Owner, r.Key, r.Codes = device, "o", name(device, i), []string{"0x80070306"}
		if _, _, err := s.AddReport(ctx, r); err != nil {
			return err
		}
		say("report %s %s", device, r.ID)
		trials, version, err := s.TrialsOf(ctx, device)
		if err == nil {
			err = s.PutTrials(ctx, device, version, append(trials, trial(name("a", n%5), "x", true, i == 0)))
		}
		if err != nil {
			return err
		}
		say("trials %s", device)
	}
	id := device[:strings.LastIndexByte(device, '-')]
	if err := s.PutDocument(ctx, document(store.KindArticle, id, n+1, "published"), entry(n, "article.edited", id)); err != nil {
		return err
	}
	say("edited %s", id)
	if n%3 != 0 {
		return nil
	}
	say("erasing %s", device)
	if _, err := s.EraseDevice(ctx, device, entry(n, "device.erased", device)); err != nil {
		return err
	}
	say("erased %s", device)
	return nil
}

// acknowledged is what the process said that it did.
type acknowledged struct {
	devices         map[string]*acknowledgedDevice
	documents       map[string]int // newest version
	reports, erased int
}

type acknowledgedDevice struct {
	reports         []string
	trials          int
	erasing, erased bool
}

func (a *acknowledged) add(lines []string) {
	for _, line := range lines {
		words := strings.Fields(line)
		d := a.devices[words[1]]
		switch words[0] {
		case "begun":
			a.devices[words[1]] = &acknowledgedDevice{}
		case "report":
			d.reports = append(d.reports, words[2])
			a.reports++
		case "trials":
			d.trials++
		case "edited":
			a.documents[words[1]]++
		case "erasing":
			d.erasing = true
		case "erased":
			d.erased = true
			a.erased++
		}
	}
}

// check holds what is there against what was acknowledged, and the store against
// itself. What was under way becomes acknowledged when it is there.
func (a *acknowledged) check(t *testing.T, s store.Store) {
	t.Helper()
	byDevice := map[string][]string{}
	heads := list(t, s, store.ReportQuery{Most: 100})
	for _, h := range heads {
		byDevice[h.Device] = append(byDevice[h.Device], h.ID)
		r := got(s.Report(t.Context(), h.ID))(t)
		if !strings.Contains(string(r.Facts), h.ID) || !strings.Contains(string(r.Advice), h.ID) {
			t.Errorf("report %s has another's body", h.ID)
		}
		same(t, "by key", got(s.ReportByKey(t.Context(), r.Owner, r.Key))(t).ID, h.ID)
	}
	same(t, "by code", ids(list(t, s, store.ReportQuery{Code: "0x80070306", Most: 100})), ids(heads))
	counts := map[store.Cure]store.Count{}
	for device, d := range a.devices {
		same(t, "by device", ids(list(t, s, store.ReportQuery{Device: device, Most: 100})), byDevice[device])
		trials, _, err := s.TrialsOf(t.Context(), device)
		must(t, err)
		d.check(t, device, byDevice[device], trials)
		for _, one := range trials {
			cure := store.Cure{Article: one.Article, Action: one.Action}
			n := counts[cure]
			n.Tried++
			if one.Fixed {
				n.Fixed++
			}
			counts[cure] = n
		}
		delete(byDevice, device)
	}
	same(t, "counts", got(s.Counts(t.Context()))(t), counts)
	if len(byDevice) > 0 {
		t.Errorf("reports of devices that nobody began: %v", byDevice)
	}
	a.checkDocuments(t, s)
}

// check looks at one device: the write that was under way may be there.
func (d *acknowledgedDevice) check(t *testing.T, device string, reports []string, trials []store.Trial) {
	t.Helper()
	if d.erased || d.erasing && len(reports) == 0 {
		if d.erased = true; len(reports)+len(trials) > 0 {
			t.Errorf("%s was erased and has %d reports, %d trials", device, len(reports), len(trials))
		}
		return
	}
	for _, id := range d.reports {
		if !slices.Contains(reports, id) {
			t.Errorf("%s: report %s was acknowledged and is gone", device, id)
		}
	}
	if more := len(reports) - len(d.reports); more < 0 || more > 1 {
		t.Errorf("%s has %d reports, acknowledged are %d", device, len(reports), len(d.reports))
	}
	if more := len(trials) - d.trials; more < 0 || more > 1 || d.erasing && len(trials) != perDevice {
		t.Errorf("%s has %d trials, acknowledged are %d", device, len(trials), d.trials)
	}
	d.reports, d.trials = reports, len(trials)
}

func (a *acknowledged) checkDocuments(t *testing.T, s store.Store) {
	t.Helper()
	edits := 0
	for _, e := range got(s.Edits(t.Context()))(t) {
		if more := e.Head.Version - a.documents[e.Head.ID]; more < 0 || more > 1 {
			t.Errorf("%s has version %d, acknowledged is %d", e.Head.ID, e.Head.Version, a.documents[e.Head.ID])
		}
		history := got(s.History(t.Context(), e.Head.Kind, e.Head.ID))(t)
		if len(history) != e.Head.Version {
			t.Errorf("%s has %d versions and is the %dth", e.Head.ID, len(history), e.Head.Version)
		}
		a.documents[e.Head.ID] = e.Head.Version
		edits += len(history)
	}
	for id, version := range a.documents {
		if _, err := s.Document(t.Context(), store.KindArticle, id, version); err != nil {
			t.Errorf("%s: version %d was acknowledged: %v", id, version, err)
		}
	}
	logged := 0
	for _, e := range got(s.Entries(t.Context(), "", 1<<20))(t) {
		if e.What == "article.edited" {
			logged++
		}
	}
	if logged != edits {
		t.Errorf("%d entries of %d edits", logged, edits)
	}
	if _, err := s.Document(t.Context(), store.KindArticle, "none", 0); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
}
