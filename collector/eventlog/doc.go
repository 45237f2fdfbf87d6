// Package eventlog reads the events of Windows, from an event log file (.evtx) or
// from the XML of one event, on any system, without the texts that Windows renders
// them with: an event is its provider, its id and its data.
//
// A file may be damaged, or made to harm: every offset is checked, nesting and
// the number of parts of an event are bounded, a chunk (64 KiB) that cannot be
// read is counted and passed over, and memory does not grow with the file.
//
// The format was described by Joachim Metz (https://github.com/libyal/libevtx).
package eventlog
