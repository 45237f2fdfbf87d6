package collector

import (
	"context"
	"fmt"
	"time"

	"github.com/patchmedic/patchmedic/collector/eventlog"
	"github.com/patchmedic/patchmedic/facts"
)

// Live makes a report of a Windows that runs. It always gives one, in about half a
// minute at most without deep checks: what could not be read, or not in time, or not
// before the context ended, is in its errors.
func Live(ctx context.Context, w Windows, opt Options) *facts.Report {
	r, g := live(ctx, w, opt)
	g.scrub(r, opt)
	return r
}

// live makes a report that still has its names and secrets.
func live(ctx context.Context, w Windows, opt Options) (*facts.Report, *gathering) {
	if opt.Progress == nil {
		opt.Progress = func(Progress) {}
	}
	g := &gathering{src: volume{w.Files(), asked}, people: map[string]bool{}, hosts: map[string]bool{}}
	if opt.Deep { // first, since their findings stand in the logs
		g.deepChecks(ctx, w, opt.Progress)
	}
	now := w.Now().UTC().Truncate(time.Second)
	first := system{Windows: w, opt: opt}
	for _, part := range g.sideBySide(ctx, first.registryProbe(), func(Progress) {}) {
		g.take(part)
	}
	parts := g.sideBySide(ctx, first.probes(g), opt.Progress)
	all := g.part()
	all.take(parts[0]) // the logs, over which lies what Windows says now
	all.take(g)
	for _, part := range parts[1:] {
		all.take(part)
	}
	r := &all.report
	elevated := r.Collector.V.Elevated
	all.finish(r, opt)
	r.CollectedAt = facts.Some(now)
	r.Collector.V.Mode, r.Collector.V.Elevated = facts.Some("live"), elevated
	return r, all
}

// system is the Windows that is asked, and what was asked for.
type system struct {
	Windows
	opt Options
}

// registryProbe is the one that others build on: it knows the time zone of the logs
// and the update servers.
func (s system) registryProbe() []probe {
	return []probe{{"registry", 10 * time.Second, s.readLiveRegistry}}
}

// probes are all others, the logs first. known is what the registry told.
func (s system) probes(known *gathering) []probe {
	const usual = 10 * time.Second
	search := 17 * time.Second
	if s.opt.Deep {
		search = 10 * time.Minute
	}
	all := []probe{
		{"logs", 17 * time.Second, s.readLiveLogs},
		{"files", usual, s.readLiveFiles},
		{"events", 15 * time.Second, s.readLiveEvents},
		{"system", usual, s.readState},
		{"services", usual, s.readStates},
		{"volumes", usual, s.readVolumes},
		{"devices", usual, s.readDevices},
		{"encryption", usual, s.readProtection},
		{"connection", usual, s.readConnection},
		{"update history", 15 * time.Second, s.readHistory},
		{"offered updates", search, s.readOffers},
		{"installed updates", 15 * time.Second, s.readInstalled},
		{"features", 15 * time.Second, s.readFeatures},
		{"activation", 15 * time.Second, s.readActivation},
	}
	if s.opt.Transport != nil {
		all = append(all, probe{"servers", 15 * time.Second, s.endpoints(known)})
	}
	return all
}

func (s system) readLiveRegistry(_ context.Context, g *gathering) error {
	root := func(name string) *registry {
		key, err := s.Registry(name)
		if err != nil {
			g.failed("registry "+name, err)
			return nil
		}
		return g.newRegistry(name, key)
	}
	system := root("SYSTEM")
	g.readRegistry(root("SOFTWARE"), system)
	g.readHardware(root("HARDWARE"))
	g.readSafeMode(system)
	g.readFolders(root("USERS"))
	return nil
}

func (s system) readLiveLogs(ctx context.Context, g *gathering) error {
	g.src = until{ctx, g.src}
	g.report = *g.readLogs()
	return nil
}

func (s system) readLiveFiles(ctx context.Context, g *gathering) error {
	g.src = until{ctx, g.src}
	g.look()
	g.readFiles()
	return nil
}

// readLiveEvents asks the service of the event logs, and reads their files where it
// does not answer.
func (s system) readLiveEvents(ctx context.Context, g *gathering) error {
	var h happenings
	err := s.Events(ctx, eventQuery(), func(e *eventlog.Event) { g.event(&h, e) })
	if len(h.events)+len(h.history)+len(h.crashes) > 0 || err == nil {
		g.conclude(&h)
		return err
	}
	g.src = until{ctx, volume{FS: s.Files()}}
	g.look()
	g.readEvents()
	return fmt.Errorf("their service does not answer, the files were read instead: %w", err)
}
