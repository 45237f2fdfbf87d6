// Package winhost asks the Windows that runs what package collector wants to know
// of it: it is a [collector.Windows]. It calls Windows and decides nothing, so that
// all that is decided can be tested without one. On other systems it is empty.
//
// Programs of Go 1.26 need Windows 10 or Windows Server 2016. A function that is
// not on each of these is looked up before it is called: the call of one that is
// missing ends the program.
package winhost
