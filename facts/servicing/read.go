package servicing

import (
	"fmt"
	"io"
	"time"

	"github.com/patchmedic/patchmedic/facts"
)

// Options says how logs are read. The zero value is usable.
type Options struct {
	// Location is the zone of the machine that wrote the logs. nil: the offset
	// is learned from the log, and times are absent where it tells none.
	Location *time.Location
	// Noise reports whether a line means nothing; such a line is not reported
	// and makes no session failed. It is asked once per distinct line, before
	// the line has its role, and on top of this package's own rules.
	Noise func(*facts.LogLine) bool
	// MaxLines bounds the lines of a result; 0 means 200. The newest chains stay.
	MaxLines int
	// MaxText bounds the text of one line in bytes; 0 means 400.
	MaxText int
	// Renamed lets ReadAll look into text files of other names, the first 64 that
	// it meets: people rename the logs that they send.
	Renamed bool
}

func (o Options) maxLines() int {
	if o.MaxLines > 0 {
		return o.MaxLines
	}
	return 200
}

func (o Options) maxText() int {
	if o.MaxText > 0 {
		return min(o.MaxText, maxMessage)
	}
	return 400
}

// Result is what logs say.
type Result struct {
	// Lines are the findings, by log and then by time, as facts.Report.Logs
	// holds them.
	Lines []facts.LogLine
	// Sessions are the failed chains that the lines belong to, in their order.
	Sessions []Session
	// Facts is a report of what the logs state apart from the lines: the history
	// of updates, packages, the health of the store, the build, the outcome of a
	// feature update, the update server. What no log states surely is absent, no
	// list is complete, and of two statements on one fact the newer one stands.
	Facts facts.Report
	// Truncated says that something was left out for its size or number.
	Truncated bool
	// Warnings are sentences on what could not be read.
	Warnings []string
}

// Session is a chain of lines that failed together.
type Session struct {
	File    string // as in LogLine.File
	ID      string // as in LogLine.Session; "" when the log gives none
	Client  string // who asked: WindowsUpdateAgent, a command
	Package string
	// Code is what was reported, or the first failure when nothing was.
	Code       facts.Maybe[facts.Code]
	Start, End facts.Maybe[time.Time] // of the first and the last finding
	Lines      int                    // how many of Result.Lines, which follow those of the session before
}

// Read reads one log to its end. The name, with or without a path, tells the
// kind where the content leaves it open. A content that is no log of a known
// kind gives an empty result with a warning. The error is that of r; what was
// read until then is in the result.
func Read(r io.Reader, name string, opt Options) (Result, error) {
	c := &collector{opt: opt, room: opt.maxLines(), told: new(told)}
	var res Result
	err := c.read(r, name, nil, &res)
	c.lines(&res)
	res.Facts = c.told.report(opt)
	return res, err
}

// parser reads the lines of one kind of log. line gets bytes that are valid
// only during the call; end is called after the last one.
type parser interface {
	line(b []byte)
	end()
}

// read reads one log with a new parser, or with the given one when the log
// continues another; the caller ends that one after the last log.
func (c *collector) read(r io.Reader, name string, p parser, res *Result) error {
	lines := newLineReader(r)
	continued := p != nil
	if !continued {
		p = c.parser(sniff(name, lines.head()))
	}
	if p == nil {
		if lines.err == nil || lines.err == io.EOF {
			res.Warnings = append(res.Warnings, name+": not a servicing log of a known kind")
			return nil
		}
		return fmt.Errorf("read %s: %w", name, lines.err)
	}
	if cbs, ok := p.(*cbsParser); ok {
		cbs.all(lines)
	} else {
		for b := lines.next(); b != nil; b = lines.next() {
			p.line(b)
		}
	}
	if !continued {
		p.end()
	}
	if lines.cut > 0 {
		res.Truncated = true
		res.Warnings = append(res.Warnings, fmt.Sprintf("%s: %d lines of more than %d bytes were cut", name, lines.cut, maxLine))
	}
	if lines.err != nil && lines.err != io.EOF {
		return fmt.Errorf("read %s: %w", name, lines.err)
	}
	return nil
}

func (c *collector) parser(k kind) parser {
	switch k {
	case kindCBS:
		return &cbsParser{c: c}
	case kindDISM:
		return &dismParser{c: c}
	case kindSetupAct, kindSetupErr:
		return &setupParser{c: c, file: string(k)}
	case kindWU:
		return &agentParser{c: c}
	case kindReporting:
		return &reportingParser{c: c}
	case kindSetupAPI:
		return &driverParser{c: c}
	case kindSetupDiag:
		return &diagParser{c: c}
	case kindWER:
		return &werParser{c: c}
	}
	return nil
}
