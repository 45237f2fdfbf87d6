package kb

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/patchmedic/patchmedic/kb/signal"
)

// tableFiles are the tables that every content has.
const (
	releasesFile = "releases/windows.yaml"
	noiseFile    = "noise/logs.yaml"
	meaningsFile = "meanings/windows.yaml"
)

// readTables reads all that is neither an article nor a remedy, and puts it in
// the place of what the Library had.
func (l *loader) readTables() error {
	lib := l.lib
	lib.tables, lib.signal, lib.signals = map[string]string{}, map[string]*Signal{}, nil
	lib.releases, lib.noise, lib.meanings, lib.synonyms = &Releases{}, &Noise{}, map[uint32]Meaning{}, map[Lang][][]string{}
	files, err := fs.Glob(l.fsys, "signals/*.yaml")
	if err != nil {
		return fmt.Errorf("content: %w", err)
	}
	for _, file := range files {
		if err := l.table(file, l.readSignals); err != nil {
			return err
		}
	}
	l.compileSignals()
	for _, t := range []struct {
		file string
		read func(file, data string)
	}{{releasesFile, l.readReleases}, {noiseFile, l.readNoise}, {meaningsFile, l.readMeanings}, {synonymsFile(French), l.readSynonyms}, {synonymsFile(English), l.readSynonyms}} {
		if err := l.table(t.file, t.read); err != nil {
			return err
		}
	}
	lib.spoken = spokenOf(lib.meanings)
	return nil
}

func synonymsFile(lang Lang) string { return "synonyms/" + string(lang) + ".txt" }

// table reads a file that the revision of the Library rests on.
func (l *loader) table(file string, read func(file, data string)) error {
	data, err := l.file(file)
	if err != nil || l.broken[file] {
		return err
	}
	l.lib.tables[file] = data
	read(file, data)
	return nil
}

func (l *loader) readSignals(file, data string) {
	var list []*Signal
	l.decode(file, data, &list)
	for i, s := range list {
		x := l.in(file, data, i)
		if s == nil || s.ID == "" {
			x.fault(nil, "a signal needs an id")
			continue
		}
		if before, ok := l.lib.signal[s.ID]; ok {
			x.fault(nil, "the signal %s stands in %s already: choose another id", s.ID, before.file)
			continue
		}
		s.file, s.place = file, i
		l.lib.signal[s.ID] = s
		l.lib.signals = append(l.lib.signals, s)
	}
}

// compileSignals makes every condition ready. One that refers to a faulty one is
// at fault itself.
func (l *loader) compileSignals() {
	sortBy(l.lib.signals, func(s *Signal) string { return s.ID })
	for _, s := range l.lib.signals {
		compiled, err := signal.Compile(s.When, l.condition)
		if err != nil {
			for _, line := range strings.Split(err.Error(), "\n") {
				l.ofSignal(s).fault(at("when"), "signal %s: %s", s.ID, line)
			}
			compiled = &signal.Compiled{}
			delete(l.lib.signal, s.ID)
		}
		s.compiled = compiled
	}
}

func (l *loader) condition(id string) (signal.Condition, bool) {
	s, ok := l.lib.signal[id]
	if !ok {
		return signal.Condition{}, false
	}
	return s.When, true
}

func (l *loader) readReleases(file, data string) {
	l.decode(file, data, l.lib.releases)
	l.lib.releases.index()
}

func (l *loader) readNoise(file, data string) {
	var doc struct {
		Schema string      `yaml:"schema"`
		Lines  []NoiseLine `yaml:"lines"`
	}
	l.decode(file, data, &doc)
	l.lib.noise.lines = doc.Lines
}

func (l *loader) readMeanings(file, data string) {
	var doc struct {
		Schema   string    `yaml:"schema"`
		Meanings []Meaning `yaml:"meanings"`
	}
	l.decode(file, data, &doc)
	x := l.in(file, data)
	for i, m := range doc.Meanings {
		if _, twice := l.lib.meanings[m.Code.Value]; twice {
			x.fault(at("meanings", i), "the meaning of %s stands here twice", m.Code)
		}
		if m.EN == "" || m.FR == "" {
			x.fault(at("meanings", i), "the meaning of %s needs en and fr", m.Code)
		}
		l.lib.meanings[m.Code.Value] = m
	}
}

func (l *loader) readSynonyms(file, data string) {
	groups, faults := parseSynonyms(file, data)
	l.add(faults...)
	for _, lang := range Langs() {
		if file == synonymsFile(lang) {
			l.lib.synonyms[lang] = groups
		}
	}
}
