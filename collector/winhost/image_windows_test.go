package winhost

import (
	"context"
	"slices"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
)

// TestProgressCallback calls back as DISM does.
func TestProgressCallback(t *testing.T) {
	var got []int
	progress := func(percent int) { got = append(got, percent) }
	for _, call := range [][2]uintptr{{0, 100}, {150, 1000}, {1 << 31, 1<<32 - 1}, {7, 0}, {9, 5}} {
		callBack(call[0], call[1], uintptr(unsafe.Pointer(&progress)))
	}
	if want := []int{0, 15, 50, 100}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

//go:uintptrescapes
func callBack(args ...uintptr) { syscall.SyscallN(progressCallback(), args...) }

func TestCancelEvent(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	event, release, err := cancelEvent(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := windows.WaitForSingleObject(event, 0); got != uint32(windows.WAIT_TIMEOUT) {
		t.Errorf("set before the end: %d, %v", got, err)
	}
	cancel()
	if got, err := windows.WaitForSingleObject(event, 10_000); got != windows.WAIT_OBJECT_0 {
		t.Errorf("not set at the end: %d, %v", got, err)
	}
	release()
	if _, release, err = cancelEvent(t.Context()); err != nil {
		t.Fatal(err)
	}
	release()
}
