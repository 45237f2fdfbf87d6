package search

import (
	"math/bits"
	"strings"
	"sync"

	"github.com/patchmedic/patchmedic/kb"
)

// dictionaries hold the words of the index by language, for the correction of
// typing errors. Each is read from the index when it is first needed and learns
// the words of later edits.
type dictionaries struct {
	mu     sync.RWMutex
	byLang map[kb.Lang]*dictionary
}

func (d *dictionaries) reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.byLang = nil
}

// mend returns the word nearest to a folded one, as it is written in the
// articles, the reader's language first; "" when it is a word of another language
// or when none is near enough.
func (d *dictionaries) mend(ts *terms, lang kb.Lang, folded string) (string, error) {
	most := tolerance(len(folded))
	langs := [2]kb.Lang{lang, other(lang)}
	if err := d.load(ts.snapshot, langs[:]); err != nil {
		return "", err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.byLang == nil { // of an index that is being renewed
		return "", nil
	}
	if _, ok := d.byLang[langs[1]].places[folded]; ok {
		return "", nil
	}
	for _, l := range langs {
		word, err := mostFrequent(ts, languages()[l], d.byLang[l].nearest(folded, most))
		if word != "" || err != nil {
			return word, err
		}
	}
	return "", nil
}

// mostFrequent returns the word that most articles have, "" when none has any:
// the dictionary may know words of articles that are gone.
func mostFrequent(ts *terms, l *language, words []spelling) (string, error) {
	best, most := "", uint64(0)
	for _, w := range words {
		t, ok := l.term([]byte(w.folded), nil)
		if !ok {
			continue
		}
		found, err := ts.get(string(l.lang), t)
		if err != nil {
			return "", err
		}
		if found.df > most {
			best, most = w.written, found.df
		}
	}
	return best, nil
}

// load reads the dictionaries that are not there.
func (d *dictionaries) load(s *snapshot, langs []kb.Lang) error {
	d.mu.RLock()
	loaded := len(d.byLang) > 0
	d.mu.RUnlock()
	if loaded {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.byLang) > 0 {
		return nil
	}
	byLang := map[kb.Lang]*dictionary{}
	for _, lang := range langs {
		dict, err := s.dictionary(lang)
		if err != nil {
			return err
		}
		byLang[lang] = dict
	}
	d.byLang = byLang
	return nil
}

// learn adds the words of new documents to the dictionaries that are there.
func (d *dictionaries) learn(lib *kb.Library, added []*entry) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for lang, dict := range d.byLang {
		l := languages()[lang]
		for _, e := range added {
			each(lib, e.article, lang, func(text string, _ int) { l.written(text, dict.add) })
		}
	}
}

// tolerance is how many edits a word of n letters may be away.
func tolerance(n int) int {
	switch {
	case n >= 8:
		return 2
	case n >= 4:
		return 1
	}
	return 0
}

// dictionary is a list of words by length. A word is compared only when its
// letters differ in few enough places, which one instruction tells.
type dictionary struct {
	places map[string]place
	byLen  [maxWord + 1]bucket
}

type place struct{ length, at int }

type bucket struct {
	letters []uint32 // which letters a word has
	entries []spelling
}

type spelling struct{ folded, written string }

// dictionary reads a language's words from the index.
func (s *snapshot) dictionary(lang kb.Lang) (*dictionary, error) {
	d := &dictionary{places: map[string]place{}}
	list, err := s.reader.FieldDict(wordsField(lang))
	if err != nil {
		return nil, err
	}
	for {
		e, err := list.Next()
		if err != nil {
			return nil, err
		}
		if e == nil {
			return d, list.Close()
		}
		d.add(e.Term)
	}
}

// add adds a word. Of several ways to write one the longest is kept, which is
// the one with its accents.
func (d *dictionary) add(written string) {
	folded := string(fold(nil, written))
	if len(folded) > maxWord {
		return
	}
	b := &d.byLen[len(folded)]
	p, ok := d.places[folded]
	if !ok {
		d.places[folded] = place{len(folded), len(b.entries)}
		b.letters = append(b.letters, lettersOf(folded))
		b.entries = append(b.entries, spelling{folded, strings.Clone(written)})
		return
	}
	if have := &b.entries[p.at]; len(written) > len(have.written) || len(written) == len(have.written) && written < have.written {
		have.written = strings.Clone(written)
	}
}

func lettersOf(folded string) (mask uint32) {
	for i := range len(folded) {
		mask |= 1 << (folded[i] & 31)
	}
	return mask
}

// nearestMost bounds how many words at the same distance are compared by
// frequency.
const nearestMost = 32

// nearest returns the words at the least distance, if that is at most most.
func (d *dictionary) nearest(folded string, most int) []spelling {
	letters := lettersOf(folded)
	var out []spelling
	for n := max(1, len(folded)-most); n <= min(maxWord, len(folded)+most); n++ {
		b := &d.byLen[n]
		for i, m := range b.letters {
			// An edit changes at most two letters of the set.
			if bits.OnesCount32(m^letters) > 2*most {
				continue
			}
			e := b.entries[i]
			if len(folded) < 6 && e.folded[0] != folded[0] {
				continue // a short word with another first letter is another word
			}
			k := edits(folded, e.folded, most)
			if k < most {
				most, out = k, out[:0]
			}
			if k == most && len(out) < nearestMost {
				out = append(out, e)
			}
		}
	}
	return out
}

// edits returns the Damerau-Levenshtein distance of two words (swapped
// neighbours count one edit), or most+1 when it is more than most.
func edits(a, b string, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	var rows [3][maxWord + 2]int
	before, last, now := &rows[0], &rows[1], &rows[2]
	for j := 0; j <= len(b); j++ {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			k := last[j-1]
			if a[i-1] != b[j-1] {
				k++
			}
			k = min(k, last[j]+1, now[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				k = min(k, before[j-2]+1)
			}
			now[j] = k
			least = min(least, k)
		}
		if least > most {
			return most + 1
		}
		before, last, now = last, now, before
	}
	return min(last[len(b)], most+1)
}
