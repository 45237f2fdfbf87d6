package kb

import "fmt"

// Likelihood is a probability in a word that an author can judge.
type Likelihood string

// Probability returns the number behind the word. The values were chosen on
// diagnosed cases: see docs/adr/0004-evidence.md.
func (l Likelihood) Probability() float64 {
	switch l {
	case "always":
		return 0.98
	case "usually":
		return 0.85
	case "often":
		return 0.6
	case "sometimes":
		return 0.3
	case "rarely":
		return 0.08
	case "never":
		return 0.01
	}
	return 0
}

// UnmarshalText refuses a word that has no number.
func (l *Likelihood) UnmarshalText(b []byte) error {
	if Likelihood(b).Probability() == 0 {
		return fmt.Errorf("%q is not one of always, usually, often, sometimes, rarely, never", b)
	}
	*l = Likelihood(b)
	return nil
}

// Frequency says how common a cause is among failed updates.
type Frequency string

// Weight is the cause's share of the prior, relative to an occasional one.
func (f Frequency) Weight() float64 {
	switch f {
	case "common":
		return 4
	case "occasional":
		return 1
	case "rare":
		return 0.25
	}
	return 0
}

// UnmarshalText refuses a word that has no weight.
func (f *Frequency) UnmarshalText(b []byte) error {
	if Frequency(b).Weight() == 0 {
		return fmt.Errorf("%q is not one of common, occasional, rare", b)
	}
	*f = Frequency(b)
	return nil
}
