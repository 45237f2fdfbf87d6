package collector

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	maxEntries = 300_000 // of folders that are looked through
	maxDepth   = 14
	maxCopies  = 8 // of one source
)

// passedOver are folders of a Windows volume that are large, or hold the files
// of users, and nothing that is asked for. regback has old hives.
var passedOver = []string{"users", "documents and settings", "driverstore", "assembly", "installer", "program files", "program files (x86)",
	"programdata", "syswow64", "fonts", "system volume information", "$recycle.bin", "servicing", "regback"}

// inventory is where the sources lie, the most usual place first.
type inventory struct {
	hives    map[string][]string // by SOFTWARE, SYSTEM
	logs     map[string]int64    // sizes of transaction logs of hives
	events   []string
	recovery []string
	store    []string  // folders WinSxS
	tasks    []string  // folders System32\Tasks
	temp     []string  // folders Windows\Temp
	compat   []string  // what Setup found to be in its way
	newest   time.Time // modification of a file that is read
}

// descend enters a folder that is alone: its name often says whose machine it
// is, and would stand in every path. Windows itself is not entered.
func descend(src fs.FS) fs.FS {
	for range maxDepth {
		entries, err := fs.ReadDir(src, ".")
		if err != nil || len(entries) != 1 || !entries[0].IsDir() || strings.EqualFold(entries[0].Name(), "windows") {
			return src
		}
		if src, err = fs.Sub(src, entries[0].Name()); err != nil {
			return src
		}
	}
	return src
}

// look finds the sources.
func (g *gathering) look() {
	g.found.hives, g.found.logs = map[string][]string{}, map[string]int64{}
	entries := 0
	err := fs.WalkDir(g.src, ".", func(name string, d fs.DirEntry, err error) error {
		entries++
		switch {
		case err != nil:
			g.fault("folder:"+shortFolder(name), "not readable: "+reason(err))
			return fs.SkipDir
		case entries > maxEntries:
			g.fault("folder:"+shortFolder(name), fmt.Sprintf("more than %d files: the rest was not looked through, give the folder that holds Windows", maxEntries))
			return fs.SkipAll
		case d.IsDir():
			return g.folder(name, d)
		case d.Type().IsRegular():
			g.file(name, d)
		}
		return nil
	})
	if err != nil {
		g.fault("folder:.", "not readable: "+reason(err))
	}
	for _, names := range g.found.hives {
		slices.SortFunc(names, byPlace)
	}
	slices.SortFunc(g.found.events, byPlace)
	slices.SortFunc(g.found.recovery, byPlace)
	slices.SortFunc(g.found.tasks, byPlace)
	slices.SortFunc(g.found.temp, byPlace)
}

// folder decides whether to go into a folder.
func (g *gathering) folder(name string, d fs.DirEntry) error {
	base := strings.ToLower(d.Name())
	if base == "winsxs" {
		g.found.store = append(g.found.store, name)
		return fs.SkipDir
	}
	switch parent := strings.ToLower(path.Base(path.Dir(name))); {
	case base == "tasks" && parent == "system32":
		g.found.tasks = append(g.found.tasks, name)
		return fs.SkipDir
	case base == "temp" && parent == "windows":
		g.found.temp = append(g.found.temp, name)
	}
	if name != "." && (slices.Contains(passedOver, base) || strings.Count(name, "/") >= maxDepth) {
		return fs.SkipDir
	}
	return nil
}

func (g *gathering) file(name string, d fs.DirEntry) {
	base := strings.ToLower(d.Name())
	stem, isHive := strings.CutSuffix(base, ".hiv")
	switch {
	case (isHive || base == stem) && (stem == "software" || stem == "system"):
		g.found.hives[strings.ToUpper(stem)] = append(g.found.hives[strings.ToUpper(stem)], name)
	case strings.HasSuffix(base, ".log1"), strings.HasSuffix(base, ".log2"):
		if info, err := d.Info(); err == nil {
			g.found.logs[strings.ToLower(name)] = info.Size()
		}
		return
	case strings.HasSuffix(base, ".evtx"):
		if !isWatchedLog(base) {
			return
		}
		g.found.events = append(g.found.events, name)
	case base == "reagent.xml":
		g.found.recovery = append(g.found.recovery, name)
	case isCompat(strings.ToLower(name)):
		g.found.compat = append(g.found.compat, name)
	case !strings.HasSuffix(base, ".log"):
		return
	}
	if info, err := d.Info(); err == nil && info.ModTime().After(g.found.newest) {
		g.found.newest = info.ModTime()
	}
}

// byPlace puts what lies in Windows' own folders before copies elsewhere.
func byPlace(a, b string) int {
	return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(strings.Count(a, "/"), strings.Count(b, "/")), strings.Compare(a, b))
}

func place(name string) int {
	folder := strings.ToLower(path.Dir(name))
	if strings.HasPrefix(folder, "windows.old") {
		return 2
	}
	for _, usual := range []string{"system32/config", "winevt/logs", "system32/recovery"} {
		if strings.HasSuffix(folder, usual) {
			return 0
		}
	}
	return 1
}

// shortPath leaves out what a person named: the folders above Windows, and a
// copy's own name.
func shortPath(name string) string {
	name = strings.TrimSpace(name)
	lower := strings.ToLower(name)
	if strings.HasPrefix(lower, "windows/") {
		return name
	}
	if i := strings.LastIndex(lower, "/windows/"); i >= 0 {
		return name[i+1:]
	}
	base := path.Base(name)
	if ext := path.Ext(base); !ownName.MatchString(base) {
		return "*" + plainExt.FindString(ext)
	}
	return base
}

var (
	// ownName matches the names that Windows gives what is read.
	ownName  = regexp.MustCompile(`(?i)^(?:\.|(?:(?:cbs|cbspersist_\d+|dism|setupact|setuperr|bluebox|setupapi[a-z0-9._]*|windowsupdate[0-9._]*|reportingevents|setupdiagresults|report|system|application|setup|microsoft-windows-windowsupdateclient%4operational|reagent)\.(?:log|log\.bak|cab|evtx|xml|wer|hiv))|system|software|software\.hiv)$`)
	plainExt = regexp.MustCompile(`^\.[A-Za-z0-9]{1,5}$`)
)

// shortFolder is shortPath of a folder, whose own name may be a person's.
func shortFolder(name string) string {
	if short := shortPath(name); name == "." || strings.Contains(short, "/") {
		return short
	}
	return "outside Windows"
}

// reason is the end of an error, without the path that is told beside it.
func reason(err error) string {
	text := err.Error()
	if i := strings.LastIndex(text, ": "); i >= 0 && strings.Contains(text[:i], "/") {
		return text[i+2:]
	}
	return text
}
