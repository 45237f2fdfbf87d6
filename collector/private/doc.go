// Package private makes folders and files that only the system and its
// administrators may read: settings with a token in them, reports of machines.
//
// On Windows that takes a list of access rights, since a folder below
// %ProgramData% is everybody's by default; elsewhere the mode does.
package private
