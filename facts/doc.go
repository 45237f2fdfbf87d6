// Package facts holds the words that the whole of patchmedic speaks: what a
// machine told us about its updates.
//
// The document is [Report], version 1 ("patchmedic.facts/v1"): one JSON object
// per machine and collection. Only its schema is required, because a helpdesk
// agent may know one code where the collector knows nearly everything.
//
// # Unknown is a value
//
// A fact that a report leaves out is unknown, which is not the same as false,
// 0, "" or []. Every field is therefore a [Maybe]: absent, null or known, and
// the three survive every round trip. An element that is not in a list is
// unknown too, unless [Report.Complete] names the list.
//
// # Reading
//
// [Decode] reads a report in one pass and returns every fault at once, each with
// its JSON pointer (RFC 6901); unknown fields are left out and reported, since
// machines of another version may send them. [Path] addresses a fact from
// outside ("services[].start"), which is how conditions written as data reach
// it. [Find] is the only function of the project that looks for codes, KB
// numbers and builds in text.
//
// The package decides nothing about causes and does no I/O.
package facts
