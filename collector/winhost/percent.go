package winhost

import "unicode"

// percentages finds the percentages in the output of a program that redraws a
// line, such as sfc, and reports each change: it knows no words, so that the
// language does not matter. Where a language puts the sign before the number,
// nothing is reported. The output may be UTF-16 (as that of sfc is, which begins
// with an empty line) or bytes of any code page.
type percentages struct {
	report func(percent int)

	count   int  // of bytes
	wide    bool // two bytes are one character
	low     byte // the first byte of a character
	number  int  // that was read last, -1 for none
	ended   bool // the number's digits are over
	percent int  // that was reported last
}

func newPercentages(report func(percent int)) *percentages {
	return &percentages{report: report, number: -1, percent: -1}
}

// Write is never an error: a program must not end because nobody reads it.
func (s *percentages) Write(p []byte) (int, error) {
	for _, b := range p {
		if s.count++; s.count == 2 {
			if s.wide = b == 0; !s.wide {
				s.read(rune(s.low))
			}
		}
		switch {
		case s.count == 1 || s.wide && s.count%2 == 1:
			s.low = b
		case s.wide:
			s.read(rune(b)<<8 | rune(s.low))
		default:
			s.read(rune(b))
		}
	}
	return len(p), nil
}

func (s *percentages) read(r rune) {
	switch {
	case r >= '0' && r <= '9':
		if s.number < 0 || s.ended {
			s.number, s.ended = 0, false
		}
		s.number = min(10*s.number+int(r-'0'), 1000)
	case unicode.IsSpace(r) || r >= 0x80 && !s.wide: // a no-break space, in some code page
		s.ended = true
	case r == '%':
		if s.number >= 0 && s.number <= 100 && s.number != s.percent {
			s.percent = s.number
			s.report(s.percent)
		}
		s.number = -1
	default:
		s.number = -1
	}
}
