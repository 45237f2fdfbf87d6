// Package archtest holds the architecture as tests: which of our packages may
// import which ([layers]), where each third-party library lives ([homes]), and
// which modules a binary is made of (testdata/*.golden). Every permission and
// every ban has its reason beside it; a change of the architecture is a change
// of these tables, seen in review.
//
// After a wanted change of the dependencies:
//
//	go test ./internal/archtest -update
package archtest
