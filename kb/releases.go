package kb

import (
	"fmt"
	"strings"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb/signal"
)

// ReleasesSchema is the schema field of releases/windows.yaml.
const ReleasesSchema = "patchmedic.releases/v1"

// Releases says which build each update brings, so that "is it really missing?"
// has an answer.
type Releases struct {
	// Schema is always patchmedic.releases/v1.
	Schema string `yaml:"schema" json:"schema" jsonschema:"enum=patchmedic.releases/v1"`
	// Sources are where the facts come from.
	Sources []Source `yaml:"sources" json:"sources"`
	// Trains are builds whose client and server revisions parted one day: from
	// then on a revision of one says nothing about the other.
	Trains []Train `yaml:"trains,omitempty" json:"trains,omitempty"`
	// SharedBuilds are groups of builds that take the same updates and revisions.
	SharedBuilds [][]int64 `yaml:"shared_builds,omitempty" json:"shared_builds,omitempty"`
	// Lifecycle is until when a version gets updates.
	Lifecycle []Lifecycle `yaml:"lifecycle,omitempty" json:"lifecycle,omitempty"`
	// Releases are the updates, oldest first within a build.
	Releases []Release `yaml:"releases" json:"releases"`

	byKB map[facts.KB][]*Release
}

// Release is one update and the build it brings.
type Release struct {
	KB      facts.KB `yaml:"kb,omitempty" json:"kb,omitempty"`
	Product []string `yaml:"product" json:"product"`
	Version []string `yaml:"version" json:"version"`
	Build   int64    `yaml:"build" json:"build"`
	// Revision is absent for what does not change it (servicing stacks, enablement).
	Revision int64      `yaml:"revision,omitempty" json:"revision,omitempty"`
	Released facts.Date `yaml:"released,omitempty" json:"released,omitempty" jsonschema:"format=date"`
	// Kind: the monthly B release, out of band, preview, checkpoint, hotpatch,
	// enablement package, servicing stack, first release.
	Kind       string   `yaml:"kind" json:"kind" jsonschema:"enum=B,enum=OOB,enum=preview,enum=checkpoint,enum=hotpatch,enum=enablement,enum=ssu,enum=rtm"`
	Supersedes facts.KB `yaml:"supersedes,omitempty" json:"supersedes,omitempty"`
	// Withdrawn: the publisher took it back.
	Withdrawn bool `yaml:"withdrawn,omitempty" json:"withdrawn,omitempty"`
	// Train is client or server where the build's trains have parted.
	Train string `yaml:"train,omitempty" json:"train,omitempty" jsonschema:"enum=client,enum=server"`
}

// Train is a build whose client and server revisions parted.
type Train struct {
	Build int64      `yaml:"build" json:"build"`
	Since facts.Date `yaml:"since" json:"since" jsonschema:"format=date"`
	Note  string     `yaml:"note,omitempty" json:"note,omitempty"`
}

// Lifecycle is the end of servicing of a version for a group of editions.
type Lifecycle struct {
	Product  string     `yaml:"product" json:"product"`
	Version  string     `yaml:"version" json:"version"`
	Editions string     `yaml:"editions" json:"editions"`
	End      facts.Date `yaml:"end" json:"end" jsonschema:"format=date"`
	Source   string     `yaml:"source,omitempty" json:"source,omitempty"`
}

func (r *Releases) index() {
	r.byKB = make(map[facts.KB][]*Release, len(r.Releases))
	for i := range r.Releases {
		if kb := r.Releases[i].KB; kb != 0 {
			r.byKB[kb] = append(r.byKB[kb], &r.Releases[i])
		}
	}
}

// Of returns the releases of an update, one per build it was made for.
func (r *Releases) Of(kb facts.KB) []*Release { return r.byKB[kb] }

// sameBuild reports whether two builds take the same updates.
func (r *Releases) sameBuild(a, b int64) bool {
	if a == b {
		return true
	}
	for _, group := range r.SharedBuilds {
		var hasA, hasB bool
		for _, n := range group {
			hasA, hasB = hasA || n == a, hasB || n == b
		}
		if hasA && hasB {
			return true
		}
	}
	return false
}

// isServer tells a server from a client, Unknown when the report does not say.
func isServer(os facts.OS) signal.Answer {
	if kind, ok := os.Type.Get(); ok {
		if kind == "server" {
			return signal.Yes
		}
		return signal.No
	}
	switch product := strings.ToLower(os.Product.V); {
	case strings.Contains(product, "server"):
		return signal.Yes
	case product != "":
		return signal.No
	}
	return signal.Unknown
}

// release returns the release of an update for a machine; found is false where
// the update was made for other builds only, known where it is not in the table.
func (r *Releases) release(os facts.OS, kb facts.KB) (rel *Release, known bool) {
	build, ok := os.Build.Get()
	rows := r.byKB[kb]
	if !ok || len(rows) == 0 {
		return nil, false
	}
	server := isServer(os)
	for _, row := range rows {
		if !r.sameBuild(row.Build, build) {
			continue
		}
		if row.Train != "" {
			if server == signal.Unknown {
				return nil, false
			}
			if (row.Train == "server") != (server == signal.Yes) {
				continue
			}
		}
		return row, true
	}
	return nil, true
}

// Reaches answers whether a machine's build is at or above the one that an
// update brings.
func (r *Releases) Reaches(report *facts.Report, kb facts.KB) signal.Answer {
	os := report.OS.V
	rel, _ := r.release(os, kb)
	revision, ok := os.Revision.Get()
	if rel == nil || !ok || rel.Revision == 0 {
		return signal.Unknown
	}
	if revision >= rel.Revision {
		return signal.Yes
	}
	// A machine on hotpatches stays below the cumulative update of its month.
	if hotpatch, stated := os.Hotpatch.Get(); rel.Kind != "hotpatch" && stated && hotpatch {
		return signal.Unknown
	}
	return signal.No
}

// MadeFor answers whether an update was made for a machine's build.
func (r *Releases) MadeFor(report *facts.Report, kb facts.KB) signal.Answer {
	rel, known := r.release(report.OS.V, kb)
	switch {
	case rel != nil:
		return signal.Yes
	case known:
		return signal.No
	}
	return signal.Unknown
}

// PatchState is whether an update is really on a machine.
type PatchState struct {
	State string // missing, installed, superseded, not_applicable, unknown
	Why   Localized
}

// State judges an update by the build, which cannot lie, before the lists, which can.
func (r *Releases) State(report *facts.Report, kb facts.KB) PatchState {
	os := report.OS.V
	rel, known := r.release(os, kb)
	listed := listedAsInstalled(report, kb)
	build := facts.Build{Number: os.Build.V, Revision: os.Revision.V}
	if known && rel == nil {
		return PatchState{"not_applicable", say(
			"%[1]s was made for other builds than %[2]d", "%[1]s est destinée à d’autres builds que %[2]d", kb, os.Build.V)}
	}
	reaches := r.Reaches(report, kb)
	switch {
	case rel != nil && reaches == signal.Yes && os.Revision.V > rel.Revision && listed != signal.Yes:
		return PatchState{"superseded", say(
			"the build is %[1]s, above the %[2]s that %[3]s brings: a later update contains it",
			"la build est %[1]s, au-dessus de la %[2]s qu’apporte %[3]s : une mise à jour plus récente la contient", build, rel.build(os), kb)}
	case reaches == signal.Yes:
		return PatchState{"installed", say(
			"the build is %[1]s, and %[2]s brings %[3]s", "la build est %[1]s et %[2]s apporte la %[3]s", build, kb, rel.build(os))}
	case reaches == signal.No && rel.Withdrawn:
		return r.withdrawn(kb)
	case reaches == signal.No:
		return PatchState{"missing", say(
			"the build is %[1]s, below the %[2]s that %[3]s brings",
			"la build est %[1]s, en dessous de la %[2]s qu’apporte %[3]s", build, rel.build(os), kb)}
	case listed == signal.Yes:
		return PatchState{"installed", say(
			"the machine lists %[1]s as installed; its build could not be compared",
			"la machine liste %[1]s comme installée ; sa build n’a pas pu être comparée", kb)}
	case listed == signal.No:
		return PatchState{"missing", say(
			"the component store does not hold %[1]s as installed",
			"le magasin de composants ne contient pas %[1]s à l’état installé", kb)}
	}
	return PatchState{"unknown", say(
		"the build and revision of the machine, or those that %[1]s brings, are not known",
		"la build et la révision de la machine, ou celles qu’apporte %[1]s, ne sont pas connues", kb)}
}

// withdrawn is the state of an update that nobody should install any more.
func (r *Releases) withdrawn(kb facts.KB) PatchState {
	for i := range r.Releases {
		if heir := &r.Releases[i]; heir.Supersedes == kb && !heir.Withdrawn {
			return PatchState{"not_applicable", say(
				"the publisher withdrew %[1]s; %[2]s takes its place", "%[1]s a été retirée par l’éditeur ; %[2]s la remplace", kb, heir.KB)}
		}
	}
	return PatchState{"not_applicable", say("the publisher withdrew %[1]s", "%[1]s a été retirée par l’éditeur", kb)}
}

// build returns what the release brings on this machine's build.
func (rel *Release) build(os facts.OS) facts.Build {
	return facts.Build{Number: os.Build.V, Revision: rel.Revision}
}

func say(en, fr string, args ...any) Localized {
	return Localized{EN: fmt.Sprintf(en, args...), FR: fmt.Sprintf(fr, args...)}
}

// listedAsInstalled reads the component store first, then Windows' own list.
func listedAsInstalled(r *facts.Report, kb facts.KB) signal.Answer {
	for _, p := range r.Packages.V {
		if p.KB.V != kb {
			continue
		}
		switch p.State.V {
		case "installed", "permanent":
			return signal.Yes
		case "absent", "staged", "resolved", "resolving", "partially_installed", "install_pending":
			return signal.No
		}
	}
	for _, u := range r.Updates.V.Installed.V {
		if u.KB.V == kb {
			return signal.Yes
		}
	}
	return signal.Unknown
}
