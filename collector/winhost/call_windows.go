package winhost

import (
	"errors"
	"fmt"

	"golang.org/x/sys/windows"
)

// loaded returns an error for the first of the functions that this Windows does not
// have, of which a call would panic.
func loaded(functions ...*windows.LazyProc) error {
	for _, f := range functions {
		if err := f.Find(); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return nil
}

// lastError is the error of a function that failed. Wine's fail without a code.
func lastError(f *windows.LazyProc, err error) error {
	if errors.Is(err, windows.ERROR_SUCCESS) {
		return errors.New(f.Name + ": failed without a code")
	}
	return fmt.Errorf("%s: %w", f.Name, err)
}

// find returns a function of a library of Windows that x/sys does not have.
func find(library, name string) (*windows.LazyProc, error) {
	proc := windows.NewLazySystemDLL(library).NewProc(name)
	return proc, proc.Find()
}
