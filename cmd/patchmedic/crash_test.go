package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	crashRounds = flag.Int("crash.rounds", 3, "how often TestCrash kills the program")
	crashSeed   = flag.Uint64("crash.seed", 0, "seed of the moments at which it does; 0: another one each time")
)

// TestCrash kills the program while clients write, starts it again on what it
// left and holds it to what it answered, round after round. Two services on two
// folders are killed side by side.
func TestCrash(t *testing.T) {
	seed := *crashSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("repeat with -crash.seed %d", seed)
	const folders = 2
	for i := range folders {
		t.Run(fmt.Sprint("folder", i), func(t *testing.T) {
			t.Parallel()
			c := &crash{T: t, data: filepath.Join(t.TempDir(), "data"), random: rand.New(rand.NewPCG(seed, uint64(i)))}
			for round := i; round < *crashRounds; round += folders {
				c.round(round)
			}
			c.last()
		})
	}
}

// crash is what the clients of one data folder know of it.
type crash struct {
	*testing.T
	data   string
	random *rand.Rand

	reports []upload // that were acknowledged
	fresh   int      // how many of them came in the last round
	open    []upload // that were not
	edits   edits
}

// upload is a report, and what was answered to it.
type upload struct {
	device, key string
	id          string
	advice      []byte
}

func (u *upload) body() string {
	return `{"schema":"patchmedic.facts/v1","device":{"id":"` + u.device + `"},"os":{"product":"Windows 11","build":26100},"symptoms":{"codes":["0x800f0922"],"kbs":["KB5058411"]}}`
}

// round looks at what the round before left, writes, and kills.
func (c *crash) round(n int) {
	p := startProgram(c.T, c.data)
	c.hold(p, 20)
	c.fresh = 0
	var mu sync.Mutex
	var clients sync.WaitGroup
	for client := range 4 {
		clients.Go(func() {
			for i, err := 0, error(nil); err == nil; i++ {
				u := upload{device: fmt.Sprintf("pc-%d-%d-%d", n, client, i)}
				if i%3 > 0 {
					u.key = "key of " + u.device
				}
				err = p.send(&u)
				mu.Lock()
				if err == nil {
					c.reports = append(c.reports, u)
					c.fresh++
				} else {
					c.open = append(c.open, u)
				}
				mu.Unlock()
			}
		})
	}
	clients.Go(func() { c.edits.write(p) })
	time.Sleep(time.Duration(20+c.random.IntN(380)) * time.Millisecond)
	p.kill()
	clients.Wait()
}

// last looks at everything that all rounds left.
func (c *crash) last() {
	c.hold(startProgram(c.T, c.data), len(c.reports))
	c.Logf("%d reports and %d edits were acknowledged", len(c.reports), c.edits.acknowledged)
	// Few rounds on a busy machine may all end before the first answer.
	if *crashRounds > 20 && (len(c.reports) == 0 || c.edits.acknowledged == 0) {
		c.Error("nothing was written between the crashes")
	}
}

// hold looks for what was acknowledged in the last round and for as many older
// reports as are wanted, settles what was not acknowledged, and asks the rest.
func (c *crash) hold(p *process, older int) {
	c.Helper()
	begin := len(c.reports) - c.fresh
	for i := range c.reports {
		if i >= begin || c.random.IntN(begin) < older {
			c.holdReport(p, &c.reports[i])
		}
	}
	for i := range c.open {
		c.settle(p, &c.open[i])
	}
	c.open = nil
	c.edits.hold(p)
	p.wants("update-state-disagrees-with-store", http.MethodGet, "/api/v1/search?q=0x80070306", "")
	p.wants("esp-too-full", http.MethodGet, "/api/v1/search?q=system+partition+is+full", "")
	p.wants("0x800f0922", http.MethodPost, "/api/v1/advice", (&upload{device: "pc"}).body())
}

func (c *crash) holdReport(p *process, u *upload) {
	c.Helper()
	var kept struct {
		Device string          `json:"device"`
		Advice json.RawMessage `json:"advice"`
	}
	p.get("/api/v1/reports/"+u.id, &kept)
	if kept.Device != u.device || u.advice != nil && !bytes.Equal(kept.Advice, u.advice) || !bytes.Contains(kept.Advice, []byte(`"verdict"`)) {
		c.Errorf("the report of %s is of %q, with the advice %.200s", u.device, kept.Device, kept.Advice)
	}
}

// settle finds out what became of an upload that was not acknowledged: it is
// there wholly or not at all, and there once after a repeat with its key.
func (c *crash) settle(p *process, u *upload) {
	c.Helper()
	if u.key != "" {
		if err := p.send(u); err != nil {
			c.Errorf("the repeat for %s: %v", u.device, err)
		}
	}
	var list struct {
		Reports []struct{ ID string }
	}
	p.get("/api/v1/reports?device="+url.QueryEscape(u.device), &list)
	if n := len(list.Reports); n > 1 || u.key != "" && (n == 0 || list.Reports[0].ID != u.id) {
		c.Errorf("the reports of %s (%s) are %v", u.device, u.id, list.Reports)
	}
	for _, r := range list.Reports {
		u.id = r.ID
		c.holdReport(p, u)
		c.reports = append(c.reports, *u)
	}
}

// process is the program in a process of its own.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	url    string
	client http.Client
}

// startProgram runs this test's binary as patchmedic, see TestMain, until it is
// ready.
func startProgram(t *testing.T, data string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, cmd: exec.Command(self, "serve", "--listen", "127.0.0.1:0", "--data", data), client: http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}}}
	p.cmd.Args[0] = "patchmedic"
	p.cmd.Env = append(os.Environ(), "PATCHMEDIC_TOKEN="+secret)
	var failures output
	p.cmd.Stderr = &failures
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	lines := bufio.NewScanner(out)
	for p.url == "" && lines.Scan() {
		if m := serving.FindStringSubmatch(lines.Text()); m != nil {
			p.url = m[1]
		}
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if status, _, err := p.call(http.MethodGet, "/readyz", ""); err == nil && status == http.StatusOK {
			return p
		} else if p.url == "" || time.Now().After(deadline) {
			t.Fatalf("it is not ready: %d, %v\n%s", status, err, failures.String())
		}
	}
}

// secret is the token of the configuration.
const secret = "0123456789abcdef0123456789abcdef"

// kill ends the program as a loss of power would, but for the disk.
func (p *process) kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
	p.client.CloseIdleConnections()
}

func (p *process) call(method, path, body string, header ...string) (status int, answer []byte, err error) {
	request, err := http.NewRequest(method, p.url+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+secret)
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := p.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

var errAnswer = errors.New("not the answer that was wanted")

// send uploads a report. It is acknowledged when there is no error.
func (p *process) send(u *upload) error {
	status, answer, err := p.call(http.MethodPost, "/api/v1/reports", u.body(), "Idempotency-Key", u.key)
	if err != nil {
		return err
	}
	var kept struct {
		ID     string          `json:"id"`
		Advice json.RawMessage `json:"advice"`
	}
	if err := json.Unmarshal(answer, &kept); err != nil || kept.ID == "" || status != http.StatusCreated && u.key == "" {
		p.t.Errorf("the upload of %s is answered with %d %.300s", u.device, status, answer)
		return errAnswer
	}
	u.id, u.advice = kept.ID, kept.Advice
	return nil
}

// get reads an answer.
func (p *process) get(path string, into any) {
	p.t.Helper()
	status, answer, err := p.call(http.MethodGet, path, "")
	if err == nil && status != http.StatusOK {
		err = errAnswer
	}
	if err == nil {
		err = json.Unmarshal(answer, into)
	}
	if err != nil {
		p.t.Errorf("GET %s: %d, %v, %.300s", path, status, err, answer)
	}
}

// wants asks for an answer that has a text in it.
func (p *process) wants(text, method, path, body string) {
	p.t.Helper()
	if status, answer, err := p.call(method, path, body); err != nil || status != http.StatusOK || !bytes.Contains(answer, []byte(text)) {
		p.t.Errorf("%s %s: %d, %v, no %s in %.300s", method, path, status, err, text, answer)
	}
}
