// Package winhost asks the Windows that runs what package collector wants to know
// of it: it is a [collector.Windows]. It calls Windows and decides nothing, so that
// all that is decided can be tested without one. On other systems it is empty.
//
// No call changes anything on the machine or starts a service. Programs of Go
// 1.26 need Windows 10 or Windows Server 2016: of what is newer, or not on each of
// them, it is asked first whether it is there.
package winhost
