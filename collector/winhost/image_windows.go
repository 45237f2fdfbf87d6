package winhost

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
	"unsafe"

	"github.com/go-ole/go-ole"
	"golang.org/x/sys/windows"
)

// The functions of dismapi.h.
var (
	dismapi              = windows.NewLazySystemDLL("dismapi.dll")
	dismInitialize       = dismapi.NewProc("DismInitialize")
	dismOpenSession      = dismapi.NewProc("DismOpenSession")
	dismCheckImageHealth = dismapi.NewProc("DismCheckImageHealth")
	dismCloseSession     = dismapi.NewProc("DismCloseSession")
	dismShutdown         = dismapi.NewProc("DismShutdown")
)

// dismOnlineImage is DISM_ONLINE_IMAGE: the Windows that runs.
const dismOnlineImage = "DISM_{53BFAE52-B167-4E2F-A258-0A37B57FF845}"

// CheckImage asks DISM for the health of the component store, by its notes (scan
// false) or by reading it (minutes): 0 healthy, 1 repairable, 2 not. DISM asks for
// the rights of an administrator, and is there once in a process: a second check
// fails until the first has ended, which may be after its context.
func (h *Host) CheckImage(ctx context.Context, scan bool, progress func(percent int)) (int, error) {
	state := 0
	err := inApartment(ctx, ole.COINIT_MULTITHREADED, func(give func(func()) error) error {
		found, err := checkImage(ctx, scan, func(percent int) { give(func() { progress(percent) }) })
		if err != nil {
			return err
		}
		return give(func() { state = found })
	}, func(tell func()) { tell() })
	if err != nil {
		return 0, fmt.Errorf("the health of the component store: %w", err)
	}
	return state, nil
}

func checkImage(ctx context.Context, scan bool, progress func(percent int)) (int, error) {
	if err := loaded(dismInitialize, dismOpenSession, dismCheckImageHealth, dismCloseSession, dismShutdown); err != nil {
		return 0, err
	}
	const errorsOnly = 0 // DismLogLevel
	if err := dism(dismInitialize, errorsOnly, 0, 0); err != nil {
		return 0, err
	}
	defer dismShutdown.Call()
	image, err := windows.UTF16PtrFromString(dismOnlineImage)
	if err != nil {
		return 0, err
	}
	session := uint32(0)
	if err := dism(dismOpenSession, uintptr(unsafe.Pointer(image)), 0, 0, uintptr(unsafe.Pointer(&session))); err != nil {
		return 0, err
	}
	defer dismCloseSession.Call(uintptr(session))
	cancel, release, err := cancelEvent(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	read := uintptr(0)
	if scan {
		read = 1
	}
	state := int32(0)
	err = dism(dismCheckImageHealth, uintptr(session), read, uintptr(cancel), progressCallback(),
		uintptr(unsafe.Pointer(&progress)), uintptr(unsafe.Pointer(&state)))
	return int(state), err
}

// dism calls a function that returns an HRESULT. What its arguments point to must
// not be on the stack, which the progress callback can move.
//
//go:uintptrescapes
func dism(f *windows.LazyProc, args ...uintptr) error {
	hr, _, _ := f.Call(args...)
	return check(f.Name, hr)
}

// progressCallback is a DISM_PROGRESS_CALLBACK, whose user data is a func(percent
// int). There is one for all calls, because callbacks are never freed.
var progressCallback = sync.OnceValue(func() uintptr {
	return windows.NewCallback(func(current, total uint32, progress *func(percent int)) uintptr {
		if total > 0 {
			(*progress)(int(100 * uint64(min(current, total)) / uint64(total)))
		}
		return 0
	})
})

// cancelEvent makes an event that is set when the context ends.
func cancelEvent(ctx context.Context) (event windows.Handle, release func(), err error) {
	event, err = windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return 0, nil, fmt.Errorf("CreateEvent: %w", err)
	}
	set := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		windows.SetEvent(event)
		close(set)
	})
	return event, func() {
		if !stop() {
			<-set
		}
		windows.CloseHandle(event)
	}, nil
}

// VerifyFiles runs sfc /verifyonly to its end, which writes its findings to
// CBS.log. Neither its words, which are translated, nor its exit code, which means
// different things, are taken for a result.
func (h *Host) VerifyFiles(ctx context.Context, progress func(percent int)) error {
	if !windows.GetCurrentProcessToken().IsElevated() {
		return fmt.Errorf("sfc /verifyonly: %w: it needs the rights of an administrator", fs.ErrPermission)
	}
	folder, err := windows.GetSystemDirectory()
	if err != nil {
		return fmt.Errorf("GetSystemDirectory: %w", err)
	}
	sfc := exec.CommandContext(ctx, filepath.Join(folder, "sfc.exe"), "/verifyonly")
	sfc.Stdout = newPercentages(progress)
	sfc.WaitDelay = time.Second
	var ended *exec.ExitError
	switch err := sfc.Run(); {
	case ctx.Err() != nil:
		return fmt.Errorf("sfc /verifyonly: %w", ctx.Err())
	case err != nil && !errors.As(err, &ended):
		return fmt.Errorf("sfc /verifyonly: %w", err)
	}
	return nil
}
