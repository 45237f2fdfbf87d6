package collector

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/patchmedic/patchmedic/collector/hive"
	"github.com/patchmedic/patchmedic/facts"
)

// maxHive bounds a hive in bytes. SOFTWARE seldom has more than 200 MiB.
const maxHive = 384 << 20

// readHives reads the facts of the hives that are there.
func (g *gathering) readHives() { g.readRegistry(g.openHive("SOFTWARE"), g.openHive("SYSTEM")) }

// readRegistry reads the facts of a registry, of which a part may be nil.
func (g *gathering) readRegistry(software, system *registry) {
	if system != nil {
		system.enterControlSet()
	}
	g.readNames(software, system)
	g.readIdentity(software, system)
	g.readWindows(software, system)
	g.readServices(system)
	g.readPackages(software)
	g.readReboot(software, system)
	g.readPolicy(software)
	g.readMachine(software, system)
	g.readSystemFolders(software)
	g.readTLS(system)
	g.readFramework(software)
	g.readUpgrade(system)
	g.noted = noted{tasks: software.tasks(), blocked: g.report.Setup.V.Blocker.State() == facts.Known}
	g.zone = system.zone()
}

// noted is what the registry says that files are compared with.
type noted struct {
	tasks []task // of the update system
	// blocked: SetupDiag named what was in the way of an upgrade.
	blocked bool
}

// openHive opens the first copy of a hive that can be read; nil without one.
func (g *gathering) openHive(name string) *registry {
	for _, file := range g.found.hives[name] {
		h, err := readHive(g.src, file)
		if err != nil {
			g.fault("registry:"+name, shortPath(file)+": "+reason(err))
			continue
		}
		g.saw(h.Written)
		lower := strings.ToLower(file)
		if h.Unfinished || g.found.logs[lower+".log1"] > 0 || g.found.logs[lower+".log2"] > 0 {
			g.fault("registry:"+name, "may be stale: its last changes stand in transaction logs, which are not read")
		}
		root, err := h.Key("")
		if err != nil { // Parse has read it
			return nil
		}
		return g.newRegistry(name, hiveKey{root})
	}
	return nil
}

func (g *gathering) newRegistry(name string, root Key) *registry {
	told := 0
	return &registry{root: root, fault: func(err error) {
		if told++; told <= 10 { // one damage is met by many questions
			g.fault("registry:"+name, err.Error())
		}
	}}
}

func readHive(src fs.FS, name string) (*hive.Hive, error) {
	f, err := src.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var data bytes.Buffer
	if info, err := f.Stat(); err == nil { // a buffer that grows needs thrice the room
		data.Grow(int(min(max(info.Size(), 0), maxHive)) + bytes.MinRead)
	}
	if _, err := data.ReadFrom(io.LimitReader(f, maxHive+1)); err != nil {
		return nil, err
	}
	if data.Len() > maxHive {
		return nil, fmt.Errorf("larger than %d MiB, not read", maxHive>>20)
	}
	return hive.Parse(data.Bytes())
}

// registry answers questions to a part of the registry. A nil registry, of a hive
// that is not there, knows nothing.
type registry struct {
	root Key
	// control is the current control set of SYSTEM, with a backslash at its end.
	control string
	fault   func(error)
}

// enterControlSet finds the control set that Windows started with.
func (r *registry) enterControlSet() {
	n, ok := r.number("Select", "Current")
	if ok != found || n == 0 || n > 999 {
		n = 1
	}
	r.control = fmt.Sprintf(`ControlSet%03d\`, n)
}

// answer is whether a key or a value is there.
type answer uint8

const (
	unknown answer = iota // no hive, or it is damaged there
	missing               // known not to be there
	found
)

func (r *registry) key(path string) (Key, answer) {
	if r == nil {
		return nil, unknown
	}
	key, err := r.root.Key(path)
	return key, r.judge(path, err)
}

func (r *registry) judge(path string, err error) answer {
	switch {
	case err == nil:
		return found
	case errors.Is(err, fs.ErrNotExist):
		return missing
	}
	r.fault(fmt.Errorf("%s: %w", path, err))
	return unknown
}

func (r *registry) value(path, name string) (hive.Value, answer) {
	key, there := r.key(path)
	if there != found {
		return hive.Value{}, there
	}
	v, err := key.Value(name)
	return v, r.judge(path+`\`+name, err)
}

// text returns a text, "" when there is none.
func (r *registry) text(path, name string) string {
	v, _ := r.value(path, name)
	s, _ := v.Text()
	return strings.TrimSpace(s)
}

// texts returns a list of texts.
func (r *registry) texts(path, name string) []string {
	v, _ := r.value(path, name)
	list, _ := v.Texts()
	return list
}

// number returns a number. A value of another type is unknown.
func (r *registry) number(path, name string) (uint64, answer) {
	v, there := r.value(path, name)
	if there != found {
		return 0, there
	}
	n, ok := v.Number()
	if !ok {
		return 0, unknown
	}
	return n, found
}

// integer returns a number as a fact, which is absent without one.
func (r *registry) integer(path, name string) facts.Maybe[int64] {
	if n, there := r.number(path, name); there == found && n <= 1<<62 {
		return facts.Some(int64(n))
	}
	return facts.Maybe[int64]{}
}

// flag is true where a number is not 0, and false where it is 0 or missing: for
// settings that Windows takes as off unless they are set.
func (r *registry) flag(path, name string) facts.Maybe[bool] {
	n, there := r.number(path, name)
	if there == unknown {
		return facts.Maybe[bool]{}
	}
	return facts.Some(there == found && n != 0)
}

// each calls a function with every key below a path that can be read.
func (r *registry) each(path string, do func(Key)) answer {
	parent, there := r.key(path)
	if there != found {
		return there
	}
	for key, err := range parent.Keys() {
		if err != nil {
			r.fault(fmt.Errorf("%s: %w", path, err))
			there = unknown
			continue
		}
		do(key)
	}
	return there
}

// in returns the path of a key in the current control set.
func (r *registry) in(path string) string {
	if r == nil {
		return path
	}
	return r.control + path
}
