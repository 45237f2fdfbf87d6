// Package schedule makes a machine run the collector every day: it puts the
// program where it stays, beside it settings that only the system and its
// administrators may read, and registers a task of Windows' Task Scheduler.
//
// What a task is, and in which order things are put down and taken away, is the
// same on every system and tested on each; only Windows has the scheduler.
package schedule
