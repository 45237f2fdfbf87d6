// Package winhost asks the Windows that it runs on.
package winhost

// Host is the Windows that this program runs on.
type Host struct{}
