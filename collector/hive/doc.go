// Package hive reads a Windows registry hive (regf, versions 1.3 to 1.6) from
// its file, on any system.
//
// A hive from a broken machine may be damaged and one from a stranger may be
// made to harm: every offset is checked, no list is followed into itself, and
// what is read is bounded by the size of the file. A part that cannot be read
// is [ErrDamaged], never an absence: only a key or value whose whole list was
// read and did not hold it is [fs.ErrNotExist].
//
// Changes that Windows had not yet written into the hive stand in its
// transaction logs (.LOG1, .LOG2), which are not applied.
//
// The format was described by Maxim Suhanov (https://github.com/msuhanov/regf).
package hive
