package servicing

import (
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	bufferSize = 256 << 10
	maxLine    = 64 << 10 // longer lines are cut; the longest real one has 1726 bytes
	sniffSize  = 16 << 10
)

// lineReader yields the lines of a log as bytes of UTF-8 or of an ANSI code
// page, without line ends and NULs.
type lineReader struct {
	r     io.Reader
	buf   []byte
	start int // of what is not yet yielded
	end   int
	err   error
	skip  bool // inside a line whose beginning was yielded already
	cut   int  // lines that were cut
}

func newLineReader(r io.Reader) *lineReader {
	l := &lineReader{r: r, buf: make([]byte, bufferSize)}
	l.fill()
	if order := utf16Order(l.buf[:l.end]); order != nil {
		l.r = &utf16Reader{r: io.MultiReader(bytes.NewReader(bytes.Clone(l.buf[:l.end])), l.rest()), order: order}
		l.end, l.err = 0, nil
		l.fill()
	}
	l.end = dropNULs(l.buf, 0, l.end)
	if bytes.HasPrefix(l.buf[:l.end], []byte("\xef\xbb\xbf")) {
		l.start = 3
	}
	return l
}

// rest is what of the source was not read yet, and its error.
func (l *lineReader) rest() io.Reader {
	if l.err != nil {
		return failed{l.err}
	}
	return l.r
}

type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }

// fill reads until the buffer is full or the source ends.
func (l *lineReader) fill() {
	for idle := 0; l.end < len(l.buf) && l.err == nil; {
		n, err := l.r.Read(l.buf[l.end:])
		l.end += n
		l.err = err
		if n > 0 {
			idle = 0
		} else if idle++; idle == 100 && err == nil {
			l.err = io.ErrNoProgress
		}
	}
}

// head returns the beginning of the log without consuming it.
func (l *lineReader) head() []byte {
	return l.buf[l.start:min(l.end, l.start+sniffSize)]
}

// next returns the next line, valid until the next call; nil at the end.
func (l *lineReader) next() []byte {
	for {
		if i := bytes.IndexByte(l.buf[l.start:l.end], '\n'); i >= 0 {
			line := l.buf[l.start : l.start+i]
			l.start += i + 1
			if l.skip {
				l.skip = false
				continue
			}
			return l.bound(line)
		}
		if l.err != nil {
			line := l.buf[l.start:l.end]
			l.start = l.end
			if len(line) == 0 || l.skip {
				return nil
			}
			return l.bound(line)
		}
		if held := l.end - l.start; held >= maxLine {
			line := l.buf[l.start:l.end]
			l.start = l.end
			if !l.skip {
				l.skip = true
				return l.bound(line)
			}
			continue
		}
		copy(l.buf, l.buf[l.start:l.end])
		from := l.end - l.start
		l.start, l.end = 0, from
		l.fill()
		l.end = dropNULs(l.buf, from, l.end)
	}
}

// bound cuts a line that is too long and takes the CR off its end.
func (l *lineReader) bound(line []byte) []byte {
	if len(line) > maxLine {
		l.cut++
		line = line[:maxLine]
	}
	for len(line) > 0 && line[len(line)-1] == '\r' {
		line = line[:len(line)-1]
	}
	return line[:len(line):len(line)]
}

// dropNULs removes NULs from buf[from:end] in place and returns the new end.
// A power loss leaves blocks of them in a log.
func dropNULs(buf []byte, from, end int) int {
	i := bytes.IndexByte(buf[from:end], 0)
	if i < 0 {
		return end
	}
	to := from + i
	for _, b := range buf[to:end] {
		if b != 0 {
			buf[to] = b
			to++
		}
	}
	return to
}

// utf16Order tells the byte order of UTF-16 by its mark, or by NULs that stand
// in every second place of the beginning; nil for anything else.
func utf16Order(head []byte) binary.ByteOrder {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return binary.LittleEndian
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return binary.BigEndian
	}
	head = head[:min(len(head), 4096)]
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	pairs := len(head) / 2
	switch {
	case pairs < 4:
	case zeros[1] > pairs*3/5 && zeros[0] < pairs/10:
		return binary.LittleEndian
	case zeros[0] > pairs*3/5 && zeros[1] < pairs/10:
		return binary.BigEndian
	}
	return nil
}

// utf16Reader turns UTF-16 into UTF-8.
type utf16Reader struct {
	r       io.Reader
	order   binary.ByteOrder
	in      [8 << 10]byte
	held    int // bytes of in that belong to the next unit or pair
	out     []byte
	pending []byte // of out, not yet handed on
	begun   bool
	err     error
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.pending) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		n, err := u.r.Read(u.in[u.held:])
		u.err = err
		u.decode(u.in[:u.held+n])
		if n == 0 && err == nil {
			return 0, nil
		}
	}
	n := copy(p, u.pending)
	u.pending = u.pending[n:]
	return n, nil
}

// decode appends the text of b to out and keeps an unfinished rest.
func (u *utf16Reader) decode(b []byte) {
	u.out = u.out[:0]
	for len(b) >= 2 {
		r := rune(u.order.Uint16(b))
		size := 2
		if utf16.IsSurrogate(r) {
			if len(b) < 4 && u.err == nil {
				break
			}
			if len(b) >= 4 {
				if pair := utf16.DecodeRune(r, rune(u.order.Uint16(b[2:]))); pair != utf8.RuneError {
					r, size = pair, 4
				}
			}
		}
		b = b[size:]
		if r == 0xfeff && !u.begun {
			u.begun = true
			continue
		}
		u.begun = true
		u.out = utf8.AppendRune(u.out, r)
	}
	u.held = copy(u.in[:], b)
	u.pending = u.out
}

// windows1252 is the upper half of the ANSI code page of western Europe, where
// it differs from Latin 1.
var windows1252 = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}

// decodeText returns the text of a line: UTF-8 where it is valid, else the
// ANSI code page, since one log holds lines of both.
func decodeText(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	if n := len(b); n > 0 { // a line that was cut inside a character
		for k := 1; k <= 3 && k < n; k++ {
			if utf8.RuneStart(b[n-k]) {
				if !utf8.FullRune(b[n-k:]) && utf8.Valid(b[:n-k]) {
					return string(b[:n-k])
				}
				break
			}
		}
	}
	out := make([]byte, 0, len(b)+16)
	for _, c := range b {
		switch {
		case c < 0x80:
			out = append(out, c)
		case c < 0xa0:
			out = utf8.AppendRune(out, windows1252[c-0x80])
		default:
			out = utf8.AppendRune(out, rune(c))
		}
	}
	return string(out)
}
