package servicing

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/patchmedic/patchmedic/facts/cabinet"
)

const (
	maxEntries = 300_000 // of directories that are looked through
	maxDepth   = 12
	maxLogs    = 128
	// maxArchives are read of a folder, and maxUnpacked bytes of each.
	maxArchives = 3
	maxUnpacked = 512 << 20
)

// skipped are folders of a Windows volume that are large and hold no logs of
// these kinds.
var skipped = []string{"winsxs", "driverstore", "assembly", "installer", "program files", "program files (x86)", "programdata", "users", "syswow64", "fonts", "system volume information", "$recycle.bin", "download", "datastore"}

// ReadAll reads every log of a known name below the root: the root of a
// Windows volume or any folder of collected logs. Logs that continue each
// other (CbsPersist_*.log, then CBS.log) are read as one, the oldest first;
// setuperr.log is passed over beside the setupact.log that it repeats. Facts are
// those of the Windows below the root, not of one that it replaced. Lines
// come by kind of log, in the order of the package comment, and within one by time.
//
// What cannot be read becomes a warning. The error is that of the root itself,
// joined with those of logs that ended in the middle.
func ReadAll(fsys fs.FS, opt Options) (Result, error) {
	var res Result
	logs, err := findLogs(fsys, opt, &res)
	if err != nil {
		return res, err
	}
	var faults []error
	stated := new(told)
	for i, group := range logs {
		// No log takes more than half of the room that is left to others.
		room := opt.maxLines() - len(res.Lines)
		if others := len(logs) - i - 1; others > 0 {
			room -= room / 2
		}
		c := &collector{opt: opt, room: room, told: stated}
		if group.elsewhere() {
			c.told = new(told)
		}
		var p parser
		if group.kind == kindCBS {
			p = c.parser(group.kind)
		}
		for _, name := range group.names {
			if err := c.readFile(fsys, name, p, &res); err != nil {
				faults = append(faults, err)
				res.Warnings = append(res.Warnings, err.Error())
			}
		}
		if p != nil {
			p.end()
		}
		c.lines(&res)
	}
	res.Facts = stated.report(opt)
	return res, errors.Join(faults...)
}

func (c *collector) readFile(fsys fs.FS, name string, p parser, res *Result) error {
	f, err := fsys.Open(name)
	if err != nil {
		res.Warnings = append(res.Warnings, fmt.Sprintf("%s: not readable: %v", name, err))
		return nil
	}
	defer f.Close()
	if !archive(strings.ToLower(path.Base(name))) {
		return c.read(io.Reader(f), name, p, res)
	}
	log, err := cabinet.First(f)
	if err != nil {
		res.Warnings = append(res.Warnings, fmt.Sprintf("%s: not readable: %v", name, err))
		return nil
	}
	return c.read(io.LimitReader(log, maxUnpacked), name, p, res)
}

// logGroup is the logs of one kind in one folder, the oldest first.
type logGroup struct {
	kind   kind
	folder string
	names  []string
}

// elsewhere reports whether the logs are of another Windows than the one below
// the root: the one that it replaced, or that which Setup was making. Only what
// Setup says of its own work counts for this one.
func (g logGroup) elsewhere() bool {
	folder := strings.ToLower(g.folder)
	if strings.Contains(folder, "windows.old") {
		return true
	}
	setup := g.kind == kindSetupAct || g.kind == kindSetupErr || g.kind == kindSetupDiag
	return !setup && (strings.Contains(folder, "$windows.~") || strings.HasSuffix(folder, "/newos"))
}

// findLogs walks the tree. The order is that of the kinds, then of the folders.
func findLogs(fsys fs.FS, opt Options, res *Result) ([]logGroup, error) {
	f := finder{look: sniffer{fsys: fsys, left: maxSniffed, res: res}, renamed: opt.Renamed, res: res, groups: map[string]*logGroup{}}
	if err := fs.WalkDir(fsys, ".", f.entry); err != nil {
		return nil, fmt.Errorf("logs: %w", err)
	}
	if f.logs > maxLogs {
		res.Truncated = true
		res.Warnings = append(res.Warnings, fmt.Sprintf("%d logs found, %d read", f.logs, maxLogs))
	}
	return f.sorted(), nil
}

// finder gathers the logs of a tree.
type finder struct {
	look          sniffer
	renamed       bool // logs under other names are looked for too
	res           *Result
	groups        map[string]*logGroup // by kind and folder
	entries, logs int
}

func (f *finder) warn(format string, args ...any) {
	f.res.Warnings = append(f.res.Warnings, fmt.Sprintf(format, args...))
}

// entry takes in one entry of the tree.
func (f *finder) entry(name string, d fs.DirEntry, err error) error {
	f.entries++
	switch {
	case err != nil && name == ".":
		return err
	case err != nil:
		f.warn("%s: not readable: %v", name, err)
		return fs.SkipDir
	case f.entries > maxEntries:
		f.res.Truncated = true
		f.warn("%s: more than %d files, the rest was not looked through", name, maxEntries)
		return fs.SkipAll
	case !d.IsDir():
		f.file(name, d)
	case name != "." && (slices.Contains(skipped, strings.ToLower(d.Name())) || strings.Count(name, "/") >= maxDepth):
		return fs.SkipDir
	}
	return nil
}

// file takes in a file that is a log.
func (f *finder) file(name string, d fs.DirEntry) {
	base := strings.ToLower(d.Name())
	k := kindByName(base)
	if archive(base) {
		k = kindCBS
	}
	if k == kindUnknown && f.renamed {
		k = f.look.kind(name, d)
	}
	if k == kindUnknown || !d.Type().IsRegular() {
		return
	}
	if f.logs++; f.logs > maxLogs {
		return
	}
	folder := path.Dir(name)
	if k == kindWER {
		folder = "." // each report has a folder of its own
	}
	key := string(k) + "\x00" + folder
	if f.groups[key] == nil {
		f.groups[key] = &logGroup{kind: k, folder: folder}
	}
	f.groups[key].names = append(f.groups[key].names, name)
}

// sorted returns the groups without what repeats another.
func (f *finder) sorted() (out []logGroup) {
	for _, k := range []kind{kindCBS, kindDISM, kindSetupAct, kindSetupErr, kindWU, kindReporting, kindSetupAPI, kindSetupDiag, kindWER} {
		var same []logGroup
		for _, g := range f.groups {
			if g.kind != k || k == kindSetupErr && f.groups[string(kindSetupAct)+"\x00"+g.folder] != nil {
				continue
			}
			slices.SortFunc(g.names, byAge)
			f.newest(g)
			if k == kindSetupDiag {
				g.names = g.names[:1] // text and XML say the same
			}
			same = append(same, *g)
		}
		slices.SortFunc(same, func(a, b logGroup) int { return strings.Compare(a.folder, b.folder) })
		out = append(out, same...)
	}
	return out
}

// archive reports whether a file is one of the older logs that servicing packs.
func archive(base string) bool {
	return strings.HasPrefix(base, "cbspersist_") && strings.HasSuffix(base, ".cab")
}

// newest leaves out all archives but the newest: the failure that is looked for is
// seldom older, and each holds some 50 MB. One whose log still lies beside it is just
// being made.
func (f *finder) newest(g *logGroup) {
	all := 0
	for i, name := range slices.Backward(g.names) {
		if !archive(strings.ToLower(path.Base(name))) {
			continue
		}
		stem := name[:len(name)-len(".cab")]
		if all++; all > maxArchives || slices.Contains(g.names, stem+".log") {
			g.names = slices.Delete(g.names, i, i+1)
		}
	}
	if all > maxArchives {
		f.warn("%s: %d archives, the newest %d are read", g.folder, all, maxArchives)
	}
}

// byAge puts archives before the log that is written now, by their names.
func byAge(a, b string) int {
	return cmp.Or(strings.Compare(ageKey(a), ageKey(b)), strings.Compare(a, b))
}

func ageKey(name string) string {
	base := strings.ToLower(path.Base(name))
	switch {
	case strings.HasSuffix(base, ".bak"):
		return "0" + base
	case base == "cbs.log" || base == "setupapi.dev.log" || base == "dism.log":
		return "2" + base
	}
	return "1" + base
}
