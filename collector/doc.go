// Package collector makes a report of what a machine says about its updates.
//
// [Collect] reads files: a mounted Windows volume, a folder that somebody copied, or
// a zip of either. It works on any system, so that a machine that no longer starts,
// or whose Windows is too old to run the collector, is read elsewhere. [Live] asks
// the [Windows] that runs, and reads the same files and the same registry with the
// same code: what follows from an answer is decided here, and tested on any system;
// the package winhost only calls.
//
// # What is read
//
//	logs                   see the package servicing
//	SOFTWARE, SYSTEM       registry, or its hives: version, state, services, policies
//	*.evtx                 System, Setup, Application, and the logs of what updates need
//	ReAgent.xml            the recovery environment
//	System32\Tasks         the update system's tasks
//	CompatData_*.xml       what blocked an upgrade
//	WinSxS\pending.xml     whether it exists
//	Windows\Temp           how many files it has
//
// They are found by their names, wherever they lie and however the names are
// written, except in folders that hold other machines' or users' files.
//
// # What is not there
//
// A source that is missing leaves its facts unknown. A source that cannot be
// read is an entry of the report's errors, and its facts are unknown too; no
// fault ends a collection. A key or value that is missing from a whole hive is
// a fact: a policy that is not set, a restart that nothing waits for.
//
// # When it was true
//
// The report's time is the newest that the sources state (a log line, an event,
// the last write of a hive), since facts were true then and not when they are
// read. Only where none states a time it is the newest modification time of
// those files, which copying may have changed; and else it is unknown. Of a Windows
// that runs it is the time by its clock.
//
// # What hangs
//
// On a failing machine any call may hang. Live asks in probes that run side by side,
// each with a limit; one that has not ended by then is left behind with an entry in
// the report's errors. The time of the whole is that of the two longest limits.
//
// # Privacy
//
// The types of the package facts are the allow-list: nothing else can be in a
// report. Its texts are scrubbed with the names that the machine itself states:
// its own, its domain's, those of its accounts and its owner.
package collector
