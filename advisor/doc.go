// Package advisor turns the facts of one machine into advice: which causes are
// probable and why, what to do in which order, what to leave, what to ask next.
//
// It is pure: a [Library], a report, what the search index thinks of the person's
// words and what remedies did on other machines go in, an [Advice] comes out. It
// reads no clock, no disk and no network, and gives the same answer to the same
// input.
//
// # From evidence to advice
//
// Each published article is a cause with a prior by its frequency; "none of
// these" is a candidate too. An article enters through a code, an update, a log
// signature or the person's words; the state of the machine alone opens the
// gate only when no code is there that an article knows. Then evidence
// multiplies odds: a signal that holds counts P(holds | cause) / P(holds |
// another cause), one that does not hold the ratio of the complements, an
// unknown one nothing. Of the signals of one group only the strongest counts.
// Every line of the result carries its factor, so that the confidence can be
// computed again by hand: see [Diagnosis].
//
// Questions are ranked by the information that their answer is expected to
// give; remedies by what they cost per chance of success, which is the author's
// word and, once there are enough of them, the outcomes on other machines.
package advisor
