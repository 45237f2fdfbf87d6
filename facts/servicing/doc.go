// Package servicing reads the servicing logs of Windows into the lines that
// matter: who failed first, what was reported, and what stood in between.
//
// [Read] takes one log, [ReadAll] every log below a root, for instance a
// mounted Windows volume or a folder that somebody collected. Both work on any
// system and never look at the machine they run on.
//
// # What is read
//
//	CBS.log, CbsPersist_*.log, .cab     component servicing
//	dism.log, dism.log.bak              image servicing
//	setupact.log, setuperr.log,         Windows Setup, Sysprep
//	BlueBox.log
//	WindowsUpdate.log                   both layouts, tabs and columns
//	ReportingEvents.log                 the history of the agent
//	setupapi.dev.log, setupapi.*.log    driver installation
//	SetupDiagResults.log and .xml       the verdict of SetupDiag
//	Report.wer                          what servicing and Setup reported as an error
//
// The name decides unless the content is plainly another log; a file with an
// unknown name is known by its content. Lines are taken apart by columns,
// codes and English structure words, which no language of Windows changes;
// a system message in another language is carried as text and never compared.
//
// # What comes out
//
// A log is cut into chains: a servicing session, a run of DISM, one update of
// the agent, one section of a driver installation. Of each failed chain the
// result holds the first failure (role first), the status from which a
// rollback began (original_status), what was reported at the end (result) and
// a few lines between them (context). Repeats are one line with a count.
//
// Nothing is reported of a chain that ended well, of a failure that a later
// success of the same package, update, device or command made good, and of the
// noise of healthy machines: known lines, and failures at level Info in a
// session that did not fail. A log without any session line is taken for an
// excerpt that somebody chose, and its failures count.
//
// Beside the lines, [Result].Facts holds what the logs state surely of the
// machine, successes too: the history of updates, the state of update packages,
// the verdicts of sfc and DISM on the store, the build, the outcome of a
// feature update, the update server.
//
// # Times
//
// Logs carry local time without a zone. With [Options.Location] it is read as
// time of that place; without, the offset comes from the log itself where it
// writes both times (CBS.log), and else the times are absent. Times of
// ReportingEvents.log carry their own offset.
//
// # Faults
//
// Every encoding is survived: UTF-8 with or without mark, UTF-16 of either
// order with or without mark, single bytes of the ANSI code page, blocks of
// NULs, any line end, a cut first or last line. One pass is made and memory is
// bounded, however long the log, its lines or its sessions are; what was left
// out is told by Result.Truncated and Result.Warnings.
package servicing
