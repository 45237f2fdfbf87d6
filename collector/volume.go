package collector

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// places are where Windows keeps what is read here, on its volume. Setup works on
// the volume with the most room, which mostly is the same.
var places = []string{
	"windows/logs", "windows/panther", "windows/inf", "windows/windowsupdate.log", "windows/softwaredistribution/reportingevents.log",
	"windows/system32/config", "windows/system32/winevt/logs", "windows/system32/recovery", "windows/system32/sysprep/panther",
	"windows/system32/tasks/microsoft/windows", "windows/winsxs", "windows/temp",
	"$windows.~bt/sources/panther", "$windows.~bt/sources/rollback",
}

// asked are the places of what a Windows that runs is asked, in the place of its
// files: they are open, and others may not read them.
var asked = []string{"windows/system32/config", "windows/system32/winevt"}

// volume is the volume of a Windows of which only the places are seen: the rest
// is large, and people's own.
type volume struct {
	fs.FS
	hidden []string
}

// ReadDir leaves out what leads to no place.
func (v volume) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(v.FS, name)
	seen := entries[:0]
	for _, e := range entries {
		if below := strings.ToLower(path.Join(name, e.Name())); leads(below) && !slices.Contains(v.hidden, below) {
			seen = append(seen, e)
		}
	}
	return seen, err
}

// leads reports whether a name is that of a place, or above or below one.
func leads(name string) bool {
	for _, place := range places {
		if name == place || strings.HasPrefix(place, name+"/") || strings.HasPrefix(name, place+"/") {
			return true
		}
	}
	return false
}

// asVolume returns the view of a Windows volume; what has no kernel is a copy of
// some files, and stays as it is.
func asVolume(src fs.FS) fs.FS {
	for _, kernel := range []string{"Windows/System32/ntoskrnl.exe", "WINDOWS/system32/ntoskrnl.exe"} {
		if _, err := fs.Stat(src, kernel); err == nil {
			return volume{FS: src}
		}
	}
	return src
}
