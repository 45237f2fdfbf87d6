package delivery

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"
)

// maxSilence is how long a machine without news may be silent: a run each day,
// which comes an hour early now and then, sends on the seventh day.
const maxSilence = 6*24*time.Hour + 12*time.Hour

// lastFile is beside the reports that wait. Its name is none of theirs.
const lastFile = "last.json"

// Last is the last report that the service stored.
type Last struct {
	// At is when it was delivered.
	At time.Time `json:"at"`
	// Healthy is the service's verdict on it.
	Healthy bool            `json:"healthy"`
	Report  json.RawMessage `json:"report"`
}

// Note keeps the last report that the service stored. When it cannot, there is
// none: an older one would hide that the machine went back to what it was.
func (s *Spool) Note(last Last) error {
	data, err := json.Marshal(last)
	if err == nil {
		err = s.write(filepath.Join(s.dir, lastFile), data)
	}
	if err != nil {
		os.Remove(filepath.Join(s.dir, lastFile))
	}
	return err
}

// Last returns the last report that the service stored. There is none when it
// is time for another one, so that the service knows that the machine lives, or
// when the clock was set back since.
func (s *Spool) Last(now time.Time) (last Last, ok bool) {
	data, err := os.ReadFile(filepath.Join(s.dir, lastFile))
	if err != nil || json.Unmarshal(data, &last) != nil {
		return Last{}, false
	}
	age := now.Sub(last.At)
	return last, 0 <= age && age < maxSilence
}
