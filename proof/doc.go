// Package proof says what came of a remedy: from what was tried on a machine and
// what later reports of the same machine show.
//
// It is pure: no clock, no disk, no network. A [Trial] is a document that its
// owner stores; [Begin] notes what was known before, [Trial.See] takes in one
// report after another, in any order and as often as they come, and [Judge]
// tells the results of one machine's trials.
//
// # Measurement before words
//
// What a person said counts only where nothing was measured. Measured are the
// attempts of the history, the build and the checks of the article; what has no
// time, or a time that cannot be, proves nothing. A machine that did not try
// again has no result yet. The rules and their reasons:
// docs/adr/0008-proof.md.
package proof
