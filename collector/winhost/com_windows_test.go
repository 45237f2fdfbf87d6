package winhost

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/go-ole/go-ole"
)

// classes are some that every Windows has, and Wine too.
var classes = map[string]string{
	"Msxml2.DOMDocument":         "{F6D90F11-9C73-11D3-B32E-00C04F990BB4}",
	"Scripting.Dictionary":       "{EE09B103-97E0-11CF-978F-00A02463E06F}",
	"Scripting.FileSystemObject": "{0D43FE01-F093-11CF-8940-00A0C9054228}",
	"Shell.Application":          "{13709620-C279-11CE-A49E-444553540000}",
	"WScript.Shell":              "{72C24DD5-D70A-438B-8A42-98424B88AFB8}",
}

// TestInApartment: COM is there, and what hangs on it is left behind.
func TestInApartment(t *testing.T) {
	for _, model := range []uint32{ole.COINIT_MULTITHREADED, ole.COINIT_APARTMENTTHREADED} {
		ctx, cancel := context.WithCancel(t.Context())
		hang := make(chan struct{})
		var got []string
		err := inApartment(ctx, model, func(give func(string) error) error {
			o, err := create("Shell.Application", classes["Shell.Application"])
			if err != nil {
				return err
			}
			o.Release()
			if err := give("made"); err != nil {
				return err
			}
			<-hang
			return nil
		}, func(s string) { got = append(got, s); cancel() })
		if !errors.Is(err, context.Canceled) || len(got) != 1 {
			t.Errorf("model %d: %q, %v", model, got, err)
		}
		close(hang)
	}
}

func TestNoSuchClass(t *testing.T) {
	err := inApartment(t.Context(), ole.COINIT_MULTITHREADED, func(func(int) error) error {
		o, err := create("Patchmedic.NoSuchClass", "{5F1D7B0A-0A5E-4C1B-9D64-3B2E7A9C4D10}")
		if err == nil {
			o.Release()
		}
		return err
	}, func(int) {})
	if err == nil || err.Error() != "Patchmedic.NoSuchClass: 0x80040154" { // REGDB_E_CLASSNOTREG
		t.Error(err)
	}
}

// withCOM runs a test on a thread that COM is ready on.
func withCOM(t *testing.T, f func() error) {
	t.Helper()
	err := inApartment(t.Context(), ole.COINIT_APARTMENTTHREADED, func(func(int) error) error { return f() }, func(int) {})
	if err != nil {
		t.Error(err)
	}
}

// withNew runs f with an object of one of the classes.
func withNew(t *testing.T, class string, f func(o *ole.IDispatch) error) {
	t.Helper()
	withCOM(t, func() error {
		o, err := create(class, classes[class])
		if err != nil {
			return err
		}
		defer o.Release()
		return f(o)
	})
}

// TestReadyBefore: a thread may be ready for COM before it is asked to be.
func TestReadyBefore(t *testing.T) {
	withCOM(t, func() error {
		err := ole.CoInitializeEx(0, ole.COINIT_APARTMENTTHREADED)
		defer ole.CoUninitialize()
		if !isFalse(err) {
			t.Errorf("the second time: %v", err)
		}
		return nil
	})
}

func TestPutText(t *testing.T) {
	withNew(t, "WScript.Shell", func(shell *ole.IDispatch) error {
		link, err := object(shell, "CreateShortcut", `C:\never saved.lnk`)
		if err != nil {
			return err
		}
		defer link.Release()
		const text = "Mise à jour 🛠"
		if err := putText(link, "Arguments", text); err != nil {
			return err
		}
		got, err := ask[string](link, "Arguments")
		if got != text {
			t.Errorf("%q", got)
		}
		return err
	})
}

func TestPutTruth(t *testing.T) {
	withNew(t, "Msxml2.DOMDocument", func(document *ole.IDispatch) error {
		for _, want := range []bool{true, false, true} {
			if err := putTruth(document, "async", want); err != nil {
				return err
			}
			if got, err := ask[bool](document, "async"); got != want || err != nil {
				t.Errorf("%v, %v, want %v", got, err, want)
			}
		}
		return nil
	})
}

func TestForEach(t *testing.T) {
	withNew(t, "Scripting.FileSystemObject", func(files *ole.IDispatch) error {
		drives, err := object(files, "Drives")
		if err != nil {
			return err
		}
		defer drives.Release()
		var letters []string
		err = forEach(drives, func(drive *ole.IDispatch) error {
			letter, err := ask[string](drive, "DriveLetter")
			letters = append(letters, letter)
			return err
		})
		if !slices.Contains(letters, "C") {
			t.Errorf("%q", letters)
		}
		stop := errors.New("stop")
		if err := forEach(drives, func(*ole.IDispatch) error { return stop }); err != stop {
			t.Errorf("stopped with %v", err)
		}
		return err
	})
}

func TestReadItems(t *testing.T) {
	withNew(t, "Shell.Application", func(shell *ole.IDispatch) error {
		folder, err := object(shell, "NameSpace", `C:\`)
		if err != nil {
			return err
		}
		defer folder.Release()
		items, err := object(folder, "Items")
		if err != nil {
			return err
		}
		defer items.Release()
		var names []string
		read := func(item *ole.IDispatch) (string, error) { return ask[string](item, "Path") }
		err = readItems(items, read, func(name string) error { names = append(names, name); return nil })
		if !slices.ContainsFunc(names, func(name string) bool { return len(name) > 3 && name[:3] == `C:\` }) {
			t.Errorf("%q", names)
		}
		fails := func(item *ole.IDispatch) (string, error) { return ask[string](item, "NoSuchProperty") }
		faults := readItems(items, fails, func(string) error { t.Error("given"); return nil })
		if hr := (failure{}); !errors.As(faults, &hr) || hr.code != 0x80020006 { // DISP_E_UNKNOWNNAME
			t.Error(faults)
		}
		return err
	})
}

func TestContent(t *testing.T) {
	withNew(t, "Scripting.Dictionary", func(dictionary *ole.IDispatch) error {
		for key, value := range map[string]any{"one": 1, "two": "zwei", "none": nil} {
			answer, err := invoke(dictionary, "Add", key, value)
			if err != nil {
				return err
			}
			answer.Clear()
		}
		for name, want := range map[string]string{"Items": "1,zwei", "Count": "3"} {
			answer, err := invoke(dictionary, name)
			if err != nil {
				return err
			}
			got, _ := plain(content(answer))
			if err := answer.Clear(); err != nil {
				return err
			}
			if got != want && got != "zwei,1" { // in the order of the map
				t.Errorf("%s: %q", name, got)
			}
		}
		return nil
	})
}

// TestFault: the code is that of the object, not DISP_E_EXCEPTION.
func TestFault(t *testing.T) {
	withNew(t, "Scripting.FileSystemObject", func(files *ole.IDispatch) error {
		_, err := object(files, "GetFile", `C:\no\such\file`)
		if err == nil || err.Error() != "GetFile: 0x800a0035" && err.Error() != "GetFile: 0x800a004c" { // file, or path, not found
			t.Error(err)
		}
		if _, err := ask[bool](files, "GetTempName"); err == nil || err.Error() != "GetTempName: an answer of type 8" {
			t.Error(err)
		}
		return nil
	})
}
