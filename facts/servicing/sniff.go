package servicing

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// maxSniffed bounds the files that are opened to see what they are.
const maxSniffed = 64

// sniffer knows logs of any name by their content.
type sniffer struct {
	fsys fs.FS
	left int // how many files may still be opened
	res  *Result
}

// kind tells what a text file is, with a warning when it is no log. Other files,
// and those beyond the bound, are left alone.
func (s *sniffer) kind(name string, d fs.DirEntry) kind {
	text := slices.Contains([]string{".log", ".txt", ".bak", ".old"}, strings.ToLower(path.Ext(name)))
	if !text || !d.Type().IsRegular() || s.left == 0 {
		return kindUnknown
	}
	s.left--
	f, err := s.fsys.Open(name)
	if err != nil {
		s.res.Warnings = append(s.res.Warnings, name+": not readable: "+err.Error())
		return kindUnknown
	}
	defer f.Close()
	k := kindByContent(newLineReader(f).head())
	if k == kindUnknown {
		s.res.Warnings = append(s.res.Warnings, name+": not a servicing log of a known kind")
	}
	return k
}
