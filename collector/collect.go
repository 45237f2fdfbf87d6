package collector

import (
	"io/fs"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/facts"
)

// Options says what goes into a report beside the sources.
type Options struct {
	// Version of the program, for the report.
	Version string
	// SiteKey makes tokens and the device's id; without it tokens are numbered
	// and the id is made of the machine's own random number alone.
	SiteKey string
	// Device is the id to report; "" makes one of the sources.
	Device string
	// Symptom is what a person says, in any language.
	Symptom string
	// Tried are the actions that were carried out without success.
	Tried []string
	// Transport is how a running machine reaches servers; without it none is tried.
	Transport *http.Transport
	// Deep lets [Live] read the whole component store and all system files, and
	// search for updates online, which takes minutes.
	Deep bool
	// Progress, if there is one, is told how far [Live] is.
	Progress func(Progress)
	// Explain, unless it is nil, is told what stands in the report in the place
	// of names and secrets.
	Explain func([]facts.Replacement)
}

// Collect makes a report of a source. It always gives one: what could not be
// read is in its errors.
func Collect(src *Source, opt Options) *facts.Report {
	g := newGathering(src)
	report := g.gather(opt)
	g.scrub(report, opt)
	return report
}

func newGathering(src *Source) *gathering {
	g := &gathering{src: asVolume(descend(src.FS)), people: map[string]bool{}, hosts: map[string]bool{}}
	for _, warning := range src.Warnings {
		g.warning("zip", warning)
	}
	return g
}

// gather makes a report that still has its names and secrets.
func (g *gathering) gather(opt Options) *facts.Report {
	g.look()
	g.readHives()
	g.readEvents()
	g.readFiles()
	report := facts.Merge(g.readLogs(), &g.report)
	g.finish(report, opt)
	return report
}

// gathering is one collection.
type gathering struct {
	src    fs.FS
	found  inventory
	report facts.Report // from everything but the logs
	zone   *time.Location
	noted  noted
	// stated is the newest time that a source states.
	stated time.Time
	faults []facts.ProbeError
	// people and hosts are names that may not leave the machine.
	people, hosts map[string]bool
	id            identity
}

// fault notes that a source could not be read. The first hundred are told.
func (g *gathering) fault(source, text string) {
	if len(g.faults) < 100 {
		g.faults = append(g.faults, facts.ProbeError{Source: facts.Some(source), Error: facts.Some(text)})
	}
}

// warning notes what another package says of a file, "path: what". The path may
// stand in it twice, and its folders may have any name.
func (g *gathering) warning(source, text string) {
	base := strings.LastIndexByte(text, '/') + 1
	name, what, ok := strings.Cut(text[base:], ": ")
	switch {
	case ok:
		where := text[:base] + name
		where = strings.TrimSpace(where[strings.LastIndex(where, ": ")+1:])
		if op, rest, ok := strings.Cut(where, " "); ok && slices.Contains(operationsOnFiles, op) {
			where = rest
		}
		g.fault(source+":"+shortPath(where), what)
	case base == 0:
		g.fault(source+":.", text)
	default: // an error of the system with a slash in it
		g.fault(source+":.", "a file is not readable")
	}
}

// operationsOnFiles are the words before the path in an fs.PathError.
var operationsOnFiles = []string{"open", "read", "readdir", "readdirent", "stat", "lstat", "openat", "statat", "fdopendir"}

// saw notes a time that a source states.
func (g *gathering) saw(at time.Time) {
	if at.After(g.stated) {
		g.stated = at
	}
}

// finish adds what is no finding of a source.
func (g *gathering) finish(r *facts.Report, opt Options) {
	r.Schema = facts.Schema
	r.Collector = facts.Some(facts.Collector{Version: facts.Some(opt.Version), Mode: facts.Some("offline")})
	if id := g.id.device(opt); id != "" {
		r.Device = facts.Some(facts.Device{ID: facts.Some(id)})
	}
	if at := g.collectedAt(r); !at.IsZero() {
		r.CollectedAt = facts.Some(at)
	}
	if opt.Symptom != "" {
		r.Symptoms = facts.Some(symptoms(opt.Symptom))
	}
	tried := make([]facts.Attempt, len(opt.Tried))
	for i, action := range opt.Tried {
		tried[i] = facts.Attempt{Action: facts.Some(action), Outcome: facts.Some("no_effect")}
	}
	r.Tried = list(tried)
	r.Errors = list(onceEach(g.faults))
	if history := r.Updates.V.History.V; len(history) > 0 {
		r.Updates.V.History = facts.Some(tidy(history))
	}
}

// onceEach leaves out the folders that could not be read when their logs are told
// of too.
func onceEach(faults []facts.ProbeError) []facts.ProbeError {
	told := map[string]bool{}
	for _, f := range faults {
		told[f.Source.V] = true
	}
	return slices.DeleteFunc(faults, func(f facts.ProbeError) bool {
		folder, ok := strings.CutPrefix(f.Source.V, "folder:")
		return ok && told["log:"+folder]
	})
}

// symptoms reads a person's words as the advisor does with a typed report.
func symptoms(text string) facts.Symptoms {
	s := facts.Symptoms{Text: facts.Some(text)}
	mentions := facts.Find(text)
	var codes []facts.Code
	for _, m := range mentions.Codes {
		codes = append(codes, m.Code)
	}
	var kbs []facts.KB
	for _, m := range mentions.KBs {
		kbs = append(kbs, m.KB)
	}
	s.Codes, s.KBs = list(codes), list(kbs)
	return s
}

// collectedAt is the newest time that a source states, else the newest of a
// file; zero when nothing tells.
func (g *gathering) collectedAt(r *facts.Report) time.Time {
	for _, line := range r.Logs.V {
		if at, ok := line.LastAt.Get(); ok {
			g.saw(at)
		}
	}
	for _, attempt := range r.Updates.V.History.V {
		if at, ok := attempt.At.Get(); ok {
			g.saw(at)
		}
	}
	if g.stated.IsZero() {
		return g.found.newest.UTC()
	}
	return g.stated.UTC()
}

// some is a fact that is known unless nothing was found of it.
func some[T any](v T) facts.Maybe[T] {
	if reflect.ValueOf(&v).Elem().IsZero() {
		return facts.Maybe[T]{}
	}
	return facts.Some(v)
}

// list is a list that is known unless it is empty: what a source did not show
// is not known to be missing.
func list[T any](v []T) facts.Maybe[[]T] {
	if len(v) == 0 {
		return facts.Maybe[[]T]{}
	}
	return facts.Some(v)
}
