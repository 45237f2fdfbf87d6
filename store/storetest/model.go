package storetest

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/patchmedic/patchmedic/store"
)

// model is a store in memory, written for being plainly right: lists in the
// order in which they are returned, and everything looked for from the beginning.
type model struct {
	state
	versions map[string]uint64 // of trials, as the store gives them
}

func (m *model) clone() model {
	out := *m
	out.Reports, out.Edits, out.Tokens, out.Log = slices.Clone(m.Reports), slices.Clone(m.Edits), slices.Clone(m.Tokens), slices.Clone(m.Log)
	out.Trials, out.Counts = maps.Clone(m.Trials), maps.Clone(m.Counts)
	out.History, out.Votes, out.versions = maps.Clone(m.History), maps.Clone(m.Votes), maps.Clone(m.versions)
	return out
}

func (m *model) heads() (out []store.ReportHead) {
	for _, r := range m.Reports {
		out = append(out, r.ReportHead)
	}
	return out
}

// count adds trials to the counts, or takes them out.
func (m *model) count(trials []store.Trial, sign int) {
	for _, t := range trials {
		if !t.Tried {
			continue
		}
		cure := store.Cure{Article: t.Article, Action: t.Action}
		n := m.Counts[cure]
		n.Tried += sign
		if t.Fixed {
			n.Fixed += sign
		}
		if m.Counts[cure] = n; n.Tried == 0 {
			delete(m.Counts, cure)
		}
	}
}

func (m *model) forget(machine string) {
	delete(m.Trials, machine)
	delete(m.versions, machine)
}

func (m *model) note(e store.Entry) {
	m.Log = append(m.Log, e)
	slices.SortStableFunc(m.Log, func(a, b store.Entry) int { return b.At.Compare(a.At) })
}

// run is one random sequence of methods on a store and its model.
type run struct {
	*place
	store store.Store
	model model
	steps int // gives each change its own time

	saved  []byte
	before model // of saved
}

func testModel(p *place) {
	rapid.Check(p, func(t *rapid.T) {
		dir, err := os.MkdirTemp(p.dir, "")
		must(t, err)
		r := &run{place: &place{p.T, p.open, dir}}
		r.store = p.open(p, dir)
		r.model = model{versions: map[string]uint64{}, state: state{Trials: map[string][]store.Trial{}, Counts: map[store.Cure]store.Count{},
			History: map[string][]store.Document{}, Votes: map[string][]store.Vote{}}}
		r.save(t)
		defer func() {
			r.store.Close()
			os.RemoveAll(dir)
		}()
		t.Repeat(map[string]func(*rapid.T){
			"": r.compare, "AddReport": r.addReport, "Repeat": r.repeat, "Expire": r.expire, "Erase": r.erase, "PutTrials": r.putTrials,
			"PutDocument": r.putDocument, "AddToken": r.addToken, "Revoke": r.revoke, "AddVote": r.addVote, "Note": r.noteSomething,
			"Save": r.save, "Restore": r.restore, "Reopen": r.reopenStore, "Query": r.query,
		})
	})
}

func (r *run) now() time.Time { r.steps++; return moment(r.steps) }

func (r *run) compare(t *rapid.T) {
	said := read(t, r.store)
	for i := range said.Log {
		said.Log[i].ID = ""
	}
	same(t, "everything", said, r.model.state)
}

func (r *run) addReport(t *rapid.T) {
	in := report(r.now())
	in.Device = rapid.SampledFrom([]string{"", "a", "ab", "a\x00b"}).Draw(t, "device")
	in.Owner = rapid.SampledFrom([]string{"", "o"}).Draw(t, "owner")
	in.Codes = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"0x1", "0x12"}), 0, 2, rapid.ID[string]).Draw(t, "codes")
	in.KBs = rapid.SliceOfN(rapid.SampledFrom([]string{"KB1", "0x1"}), 0, 1).Draw(t, "kbs")
	if rapid.Bool().Draw(t, "with a key") {
		in.Key = in.ID
	}
	keep(t, r.store, in)
	r.model.Reports = slices.Insert(r.model.Reports, 0, *in)
}

// repeat sends a report again under its key, or another one.
func (r *run) repeat(t *rapid.T) {
	keyed := slices.DeleteFunc(slices.Clone(r.model.Reports), func(o store.Report) bool { return o.Key == "" })
	if len(keyed) == 0 {
		t.Skip("none has a key")
	}
	old := rapid.SampledFrom(keyed).Draw(t, "report")
	in := report(r.now())
	in.Owner, in.Key, in.Sum = old.Owner, old.Key, old.Sum
	kept, added, err := r.store.AddReport(r.Context(), in)
	if err != nil || added {
		t.Fatalf("a repeat: added %v, %v", added, err)
	}
	same(t, "a repeat", kept, &old)
	in.Sum = "another"
	if _, _, err := r.store.AddReport(r.Context(), in); !errors.Is(err, store.ErrKeyReused) {
		t.Fatalf("another report: %v", err)
	}
}

func (r *run) expire(t *rapid.T) {
	before := moment(rapid.IntRange(0, r.steps+1).Draw(t, "before"))
	most := rapid.IntRange(1, 4).Draw(t, "most")
	n := got(r.store.ExpireReports(r.Context(), before, most))(t)
	gone := 0
	for gone < most && len(r.model.Reports) > 0 {
		oldest := r.model.Reports[len(r.model.Reports)-1]
		if !oldest.Received.Before(before) {
			break
		}
		gone++
		r.model.Reports = r.model.Reports[:len(r.model.Reports)-1]
		if !slices.ContainsFunc(r.model.Reports, func(o store.Report) bool { return o.Machine() == oldest.Machine() }) {
			r.model.forget(oldest.Machine())
		}
	}
	same(t, "expired", n, gone)
}

func (r *run) erase(t *rapid.T) {
	device := rapid.SampledFrom(someDevices[:]).Draw(t, "device")
	e := store.Entry{At: r.now(), What: "device.erased"}
	n := got(r.store.EraseDevice(r.Context(), device, e))(t)
	had := len(r.model.Reports)
	r.model.Reports = slices.DeleteFunc(slices.Clone(r.model.Reports), func(o store.Report) bool { return o.Device == device })
	r.model.count(r.model.Trials[device], -1)
	r.model.forget(device)
	r.model.note(e)
	same(t, "erased", n, had-len(r.model.Reports))
}

func (r *run) putTrials(t *rapid.T) {
	machines := someDevices[:]
	for _, o := range r.model.Reports {
		machines = append(machines, o.Machine())
	}
	machine := rapid.SampledFrom(machines).Draw(t, "machine")
	cures := rapid.SampledFrom([]string{"x", "y", "x\x00\x01"})
	trials := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) store.Trial {
		return trial(cures.Draw(t, "article"), cures.Draw(t, "action"), rapid.Bool().Draw(t, "tried"), rapid.Bool().Draw(t, "fixed"))
	}), 0, 3).Draw(t, "trials")
	_, version, err := r.store.TrialsOf(r.Context(), machine)
	must(t, err)
	same(t, "version", version, r.model.versions[machine])
	if err := r.store.PutTrials(r.Context(), machine, version+1, trials); !errors.Is(err, store.ErrConflict) {
		t.Fatalf("another version: %v", err)
	}
	err = r.store.PutTrials(r.Context(), machine, version, trials)
	if !slices.ContainsFunc(r.model.Reports, func(o store.Report) bool { return o.Machine() == machine }) {
		if !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("a machine without reports: %v", err)
		}
		return
	}
	must(t, err)
	_, r.model.versions[machine], err = r.store.TrialsOf(r.Context(), machine)
	must(t, err)
	r.model.count(r.model.Trials[machine], -1)
	r.model.count(trials, 1)
	if r.model.Trials[machine] = trials; len(trials) == 0 {
		delete(r.model.Trials, machine)
	}
}

func (r *run) putDocument(t *rapid.T) {
	id := rapid.SampledFrom([]string{"a", "ab"}).Draw(t, "id")
	kind := rapid.SampledFrom([]store.Kind{store.KindArticle, store.KindRemedy}).Draw(t, "kind")
	status := rapid.SampledFrom([]string{"draft", "review", "published", "retired"}).Draw(t, "status")
	history := r.model.History[string(kind)+" "+id]
	d := document(kind, id, len(history)+1, status)
	e := store.Entry{At: r.now(), What: "edited", Subject: id}
	if rapid.IntRange(0, 3).Draw(t, "late") == 0 && len(history) > 0 {
		d.Version--
		if err := r.store.PutDocument(r.Context(), d, e); !errors.Is(err, store.ErrConflict) {
			t.Fatalf("late: %v", err)
		}
		return
	}
	must(t, r.store.PutDocument(r.Context(), d, e))
	r.model.note(e)
	light := *d
	light.YAML, light.FR, light.EN = "", "", ""
	r.model.History[string(kind)+" "+id] = append([]store.Document{light}, history...)
	at, found := slices.BinarySearchFunc(r.model.Edits, d, func(e store.Edit, d *store.Document) int {
		return strings.Compare(string(e.Head.Kind)+" "+e.Head.ID, string(d.Kind)+" "+d.ID)
	})
	edit := store.Edit{Head: *d}
	if found {
		edit.Served = r.model.Edits[at].Served
		r.model.Edits = slices.Delete(slices.Clone(r.model.Edits), at, at+1)
	}
	if d.Served() {
		edit.Served = d
	}
	r.model.Edits = slices.Insert(r.model.Edits, at, edit)
}

func (r *run) addToken(t *rapid.T) {
	at := r.now()
	in, e := token(r.steps), store.Entry{At: at, What: "token.created"}
	must(t, r.store.AddToken(r.Context(), in, e))
	r.model.Tokens = append(r.model.Tokens, *in)
	r.model.note(e)
}

func (r *run) revoke(t *rapid.T) {
	if len(r.model.Tokens) == 0 {
		t.Skip("no token")
	}
	i := rapid.IntRange(0, len(r.model.Tokens)-1).Draw(t, "token")
	had := &r.model.Tokens[i]
	e := store.Entry{At: r.now(), What: "token.revoked"}
	err := r.store.RevokeToken(r.Context(), had.ID, e.At, e)
	if had.Revoked.IsZero() {
		must(t, err)
		had.Revoked = e.At
		r.model.note(e)
	} else if !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("revoked twice: %v", err)
	}
	same(t, "by hash", got(r.store.TokenByHash(r.Context(), had.Hash))(t), had)
}

func (r *run) addVote(t *rapid.T) {
	at := r.now()
	v := store.Vote{ID: store.NewID(at), Article: rapid.SampledFrom(someArticles[:]).Draw(t, "article"), Helped: rapid.Bool().Draw(t, "helped"), At: at}
	must(t, r.store.AddVote(r.Context(), &v))
	r.model.Votes[v.Article] = append([]store.Vote{v}, r.model.Votes[v.Article]...)
}

func (r *run) noteSomething(t *rapid.T) {
	e := store.Entry{At: r.now(), What: "noted", Reason: rapid.String().Draw(t, "reason")}
	must(t, r.store.Note(r.Context(), e))
	r.model.note(e)
}

func (r *run) save(t *rapid.T) { r.saved, r.before = backup(t, r.store), r.model.clone() }

func (r *run) restore(t *rapid.T) {
	must(t, r.store.Restore(context.Background(), bytes.NewReader(r.saved)))
	r.model = r.before.clone()
}

func (r *run) reopenStore(t *rapid.T) {
	must(t, r.store.Close())
	r.store = r.open(r, r.dir)
}

func (r *run) query(t *rapid.T) {
	q := store.ReportQuery{
		Device: rapid.SampledFrom([]string{"", "a", "ab", "a\x00b"}).Draw(t, "device"), Owner: rapid.SampledFrom([]string{"", "o"}).Draw(t, "owner"),
		Code: rapid.SampledFrom([]string{"", "0x1", "0x12", "KB1"}).Draw(t, "code"), Most: rapid.IntRange(1, 5).Draw(t, "most"),
	}
	if rapid.Bool().Draw(t, "since") {
		q.Since = moment(rapid.IntRange(0, r.steps+1).Draw(t, "from"))
	}
	if rapid.Bool().Draw(t, "until") {
		q.Until = moment(rapid.IntRange(0, r.steps+1).Draw(t, "to"))
	}
	same(t, "query", ids(list(t, r.store, q)), ids(filter(r.model.heads(), q)))
}
