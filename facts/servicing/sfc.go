package servicing

import (
	"strings"
	"time"
)

const (
	maxFiles = 32        // damaged files of the file checker that are kept
	sfcGap   = time.Hour // the silence after which a line belongs to another run
)

// fileChecker follows the [SR] lines of sfc, run by run. The last statement on
// a file is its state. A run that completes says of every file what it is, so
// that what an earlier one said no longer counts.
type fileChecker struct {
	files    []*damaged
	run      int
	repaired bool      // the run repaired a file
	last     time.Time // of the run
	more     bool      // the run found more damaged files than are kept
}

// damaged is a file that sfc named, and whether it still is.
type damaged struct {
	name   string
	run    int // the latest that named it
	mended bool
	line   finding
}

// line reads a statement.
func (s *fileChecker) line(r record, msg string, at moment, t *told) {
	if !s.last.IsZero() && at.wall.Sub(s.last) > sfcGap {
		s.begin() // the run before was cut short
	}
	s.last = at.wall
	name, repaired := "", false
	switch {
	case strings.HasPrefix(msg, "[SR] Cannot repair member file"), strings.HasPrefix(msg, "[SR] Cannot verify component"):
		name = after(msg, "file ", ",") // length, name and component, up to the version
		if name == "" {
			name = after(msg, "files for ", ",")
		}
	case strings.HasPrefix(msg, "[SR] Could not reproject corrupted file"):
		name = after(msg, "file ", ";")
	case strings.HasPrefix(msg, "[SR] Repaired file"), strings.HasPrefix(msg, "[SR] Repairing corrupted file"):
		name, repaired = after(msg, "file ", ""), true
	case strings.HasPrefix(msg, "[SR] Repair complete"):
		s.complete(t)
		return
	default:
		return
	}
	s.repaired = s.repaired || repaired
	s.file(memberName(name), repaired, finding{level: level(r.level), component: "CSI", text: strings.Clone(msg), at: at, last: at, count: 1, weight: notable})
	t.sfc.tell(s.verdict(), s.last)
}

// file notes a statement on a file.
func (s *fileChecker) file(name string, repaired bool, line finding) {
	for _, f := range s.files {
		if f.name != name {
			continue
		}
		switch {
		case repaired:
			f.mended = true
		case f.mended || f.run != s.run:
			f.line, f.mended = line, false
		default:
			f.line.count++
			f.line.last = line.at
		}
		f.run = s.run
		return
	}
	switch {
	case repaired:
	case len(s.files) == maxFiles:
		s.more = true
	default:
		s.files = append(s.files, &damaged{name: strings.Clone(name), run: s.run, line: line})
	}
}

// complete ends a run: only the files that it named are damaged.
func (s *fileChecker) complete(t *told) {
	t.sfc.tell(s.verdict(), s.last)
	kept := s.files[:0]
	for _, f := range s.files {
		if f.run == s.run && !f.mended {
			kept = append(kept, f)
		}
	}
	s.files = kept
	s.begin()
}

func (s *fileChecker) begin() {
	s.run++
	s.repaired, s.more = false, false
}

// verdict is what the run says so far.
func (s *fileChecker) verdict() string {
	if s.more {
		return "unrepaired"
	}
	for _, f := range s.files {
		if f.run == s.run && !f.mended {
			return "unrepaired"
		}
	}
	if s.repaired {
		return "repaired"
	}
	return "clean"
}

// findings are the files that are damaged still.
func (s *fileChecker) findings() []finding {
	var out []finding
	for _, f := range s.files {
		if !f.mended {
			out = append(out, f.line)
		}
	}
	return out
}

// memberName is the file name in a statement of the file checker, in lower
// case: what stands in quotes, or the end of a path.
func memberName(s string) string {
	if i := strings.IndexAny(s, `'"`); i >= 0 {
		if j := strings.IndexAny(s[i+1:], `'"`); j >= 0 {
			return strings.ToLower(s[i+1 : i+1+j])
		}
	}
	if i := strings.LastIndexByte(s, '\\'); i >= 0 {
		s = s[i+1:]
	}
	return strings.ToLower(s)
}
