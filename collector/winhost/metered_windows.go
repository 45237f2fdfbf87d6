package winhost

import (
	"context"
	"syscall"
	"unsafe"

	"github.com/go-ole/go-ole"
)

// metered reports whether the connection to the Internet is paid by volume, nil
// if that is not known, for whatever reason.
func metered(ctx context.Context) *bool {
	var out *bool
	err := inApartment(ctx, ole.COINIT_MULTITHREADED, connectionCost, func(cost uint32) { out = metering(cost) })
	if err != nil {
		return nil
	}
	return out
}

// costManager is the table of INetworkCostManager's methods (netlistmgr.h), of
// which the first is asked. It is no object for scripts.
type costManager struct {
	ole.IUnknownVtbl
	getCost uintptr
}

func connectionCost(give func(uint32) error) error {
	list := ole.NewGUID("{DCB00C01-570F-4A9B-8D69-199FDBA5723B}") // NetworkListManager
	cost := ole.NewGUID("{DCB00008-570F-4A9B-8D69-199FDBA5723B}") // INetworkCostManager
	manager, err := ole.CreateInstance(list, cost)
	if err != nil {
		return fault("NetworkListManager", err)
	}
	defer manager.Release()
	table := (*costManager)(unsafe.Pointer(manager.RawVTable))
	answer := new(uint32)
	hr, _, _ := syscall.SyscallN(table.getCost, uintptr(unsafe.Pointer(manager)), uintptr(unsafe.Pointer(answer)), 0)
	if err := check("INetworkCostManager.GetCost", hr); err != nil {
		return err
	}
	return give(*answer)
}
