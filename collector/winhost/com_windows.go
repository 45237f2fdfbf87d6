package winhost

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"syscall"
	"unsafe"

	"github.com/go-ole/go-ole"
)

// inApartment runs f as aside does, on a thread of its own that COM is ready on:
// ole.COINIT_MULTITHREADED, or COINIT_APARTMENTTHREADED for the shell. The thread
// is never given back, so that whatever hangs on it is no other goroutine's: it
// ends with f.
func inApartment[T any](ctx context.Context, model uint32, f func(give func(T) error) error, each func(T)) error {
	return aside(ctx, func(give func(T) error) error {
		runtime.LockOSThread()
		if err := ole.CoInitializeEx(0, model); err != nil && !isFalse(err) { // S_FALSE: it was ready before
			return fault("CoInitializeEx", err)
		}
		defer ole.CoUninitialize()
		return f(give)
	}, each)
}

// fault makes an error of one of go-ole: a failure, with the code that the called
// object gave where the HRESULT says only that there is one.
func fault(call string, err error) error {
	var hr *ole.OleError
	if !errors.As(err, &hr) {
		return fmt.Errorf("%s: %w", call, err)
	}
	code := uint32(hr.Code())
	const exception = 0x80020009 // DISP_E_EXCEPTION
	if info, ok := hr.SubError().(ole.EXCEPINFO); ok && code == exception && info.SCODE() != 0 {
		code = info.SCODE()
	}
	return failure{call, code}
}

// create makes the object of a class by its CLSID; the name is for errors. The caller
// releases it. go-ole's CLSIDFromProgID would find it by its name, whose memory it
// keeps as a number: it may be freed before Windows has read it.
func create(name, id string) (*ole.IDispatch, error) {
	unknown, err := ole.CreateInstance(ole.NewGUID(id), ole.IID_IUnknown)
	if err != nil {
		return nil, fault(name, err)
	}
	defer unknown.Release()
	o, err := unknown.QueryInterface(ole.IID_IDispatch)
	if err != nil {
		return nil, fault(name, err)
	}
	return o, nil
}

// invoke calls a method or gets a property; for Visual Basic, whose way this is,
// they are the same. The caller clears the answer.
func invoke(o *ole.IDispatch, name string, args ...any) (*ole.VARIANT, error) {
	answer, err := o.InvokeWithOptionalArgs(name, ole.DISPATCH_METHOD|ole.DISPATCH_PROPERTYGET, args)
	if err != nil {
		return nil, fault(name, err)
	}
	return answer, nil
}

// ask invokes what answers with a T: string, bool, or int32, which all numbers
// and enumerations of the asked objects are.
func ask[T any](o *ole.IDispatch, name string, args ...any) (T, error) {
	answer, err := invoke(o, name, args...)
	if err != nil {
		return *new(T), err
	}
	defer answer.Clear()
	value, ok := answer.Value().(T)
	if !ok {
		return value, fmt.Errorf("%s: an answer of type %d", name, answer.VT)
	}
	return value, nil
}

// object invokes what answers with an object. The caller releases it.
func object(o *ole.IDispatch, name string, args ...any) (*ole.IDispatch, error) {
	answer, err := invoke(o, name, args...)
	if err != nil {
		return nil, err
	}
	inner := answer.ToIDispatch()
	if inner == nil {
		answer.Clear()
		return nil, fmt.Errorf("%s: no object", name)
	}
	return inner, nil
}

// put sets a property. go-ole's PutProperty keeps the address of a variable on the
// stack as a number while it calls what can move the stack.
func put(o *ole.IDispatch, name string, value ole.VARIANT) error {
	id, err := o.GetSingleIDOfName(name)
	if err != nil {
		return fault(name, err)
	}
	property := int32(ole.DISPID_PROPERTYPUT)
	params := &struct { // DISPPARAMS
		values            *ole.VARIANT
		names             *int32
		valueLen, nameLen uint32
	}{&value, &property, 1, 1}
	const flags = ole.DISPATCH_PROPERTYPUT
	hr, _, _ := syscall.SyscallN(o.VTable().Invoke, uintptr(unsafe.Pointer(o)), uintptr(id), uintptr(unsafe.Pointer(ole.IID_NULL)),
		0, flags, uintptr(unsafe.Pointer(params)), 0, 0, 0)
	runtime.KeepAlive(params)
	return check(name, hr)
}

// putText sets a property that is a text.
func putText(o *ole.IDispatch, name, text string) error {
	value := ole.NewVariant(ole.VT_BSTR, int64(uintptr(unsafe.Pointer(ole.SysAllocStringLen(text)))))
	defer value.Clear()
	return put(o, name, value)
}

// putTruth sets a property that is true or false, which is -1 or 0 there.
func putTruth(o *ole.IDispatch, name string, truth bool) error {
	value := ole.NewVariant(ole.VT_BOOL, 0)
	if truth {
		value.Val = 0xffff
	}
	return put(o, name, value)
}

// forEach passes each object of a collection to f, which must not keep it, until f
// fails. go-ole's ForEach takes a failing enumeration for its end.
func forEach(collection *ole.IDispatch, f func(*ole.IDispatch) error) error {
	answer, err := invoke(collection, "_NewEnum")
	if err != nil {
		return err
	}
	defer answer.Clear()
	unknown := answer.ToIUnknown()
	if o := answer.ToIDispatch(); o != nil {
		unknown = &o.IUnknown
	}
	if unknown == nil {
		return errors.New("_NewEnum: no object")
	}
	enum, err := unknown.IEnumVARIANT(ole.IID_IEnumVariant)
	if err != nil {
		return fault("IEnumVARIANT", err)
	}
	defer enum.Release()
	for {
		item, length, err := enum.Next(1)
		if length == 0 {
			return ended(err)
		}
		if err := withObject(&item, f); err != nil {
			return err
		}
	}
}

// ended tells the end of an enumeration, which is S_FALSE, from its failure.
func ended(err error) error {
	if err == nil || isFalse(err) {
		return nil
	}
	return fault("IEnumVARIANT.Next", err)
}

// isFalse reports whether an error of go-ole is S_FALSE, a success.
func isFalse(err error) bool {
	var hr *ole.OleError
	return errors.As(err, &hr) && hr.Code() == 1
}

func withObject(item *ole.VARIANT, f func(*ole.IDispatch) error) error {
	defer item.Clear()
	o := item.ToIDispatch()
	if o == nil {
		return errors.New("IEnumVARIANT.Next: no object")
	}
	return f(o)
}
