package signal

import "fmt"

// Answer is the truth of a condition in three values. The zero value is Unknown.
type Answer int8

// The three answers.
const (
	Unknown Answer = iota
	No
	Yes
)

// String returns "yes", "no" or "unknown".
func (a Answer) String() string {
	switch a {
	case Yes:
		return "yes"
	case No:
		return "no"
	}
	return "unknown"
}

// MarshalText writes the answer's name.
func (a Answer) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads the answer's name.
func (a *Answer) UnmarshalText(text []byte) error {
	for _, known := range []Answer{Unknown, No, Yes} {
		if known.String() == string(text) {
			*a = known
			return nil
		}
	}
	return fmt.Errorf("%q is not an answer: write yes, no or unknown", text)
}

func (a Answer) not() Answer {
	switch a {
	case Yes:
		return No
	case No:
		return Yes
	}
	return Unknown
}

func answer(b bool) Answer {
	if b {
		return Yes
	}
	return No
}

// Result is an answer with the facts that led to it.
type Result struct {
	Answer    Answer
	Witnesses []Witness // empty when unknown
}

// Witness is one fact that an answer rests on.
type Witness struct {
	Path  string // as in "updates.offered[0].kb"
	Value string // as a person reads it
}
