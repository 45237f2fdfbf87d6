package winhost

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/patchmedic/patchmedic/collector"
)

// Connection says that there is a tunnel where it is certain.
func (h *Host) Connection(ctx context.Context) (collector.Connection, error) {
	tunnel, err := tunnelled()
	return collector.Connection{Tunnel: tunnel, Metered: metered(ctx)}, err
}

const (
	typeVirtual = 53 // IF_TYPE_PROP_VIRTUAL (ipifcons.h)
	mediumIP    = 19 // NdisMediumIP (ntddndis.h)
)

// tunnelled looks for an adapter of a VPN that is up, by what adapters are and
// not by how they are named:
//
//   - one of PPP, as those that Windows brings along, beside another adapter that
//     has a gateway to carry it: alone it may be the line to the provider (PPPoE)
//   - a virtual one that carries packets without an Ethernet around them, as those
//     of WireGuard and OpenVPN. Adapters of virtual machines carry Ethernet, as do
//     those of some VPNs, which are not seen.
func tunnelled() (bool, error) {
	first, err := adapters()
	if err != nil {
		return false, err
	}
	var ppp, carrier bool
	var faults []error
	for a := first; a != nil; a = a.Next {
		if a.OperStatus != windows.IfOperStatusUp {
			continue
		}
		switch {
		case a.IfType == windows.IF_TYPE_PPP:
			ppp = true
		case a.IfType == typeVirtual:
			medium, err := mediumOf(a.Luid)
			if err == nil && medium == mediumIP {
				return true, nil
			}
			faults = append(faults, err)
		}
		carrier = carrier || a.IfType != windows.IF_TYPE_PPP && a.FirstGatewayAddress != nil
	}
	return ppp && carrier, errors.Join(faults...)
}

// adapters returns the first of a list, nil when there is none.
func adapters() (*windows.IpAdapterAddresses, error) {
	const flags = windows.GAA_FLAG_SKIP_UNICAST | windows.GAA_FLAG_SKIP_ANYCAST | windows.GAA_FLAG_SKIP_MULTICAST |
		windows.GAA_FLAG_SKIP_DNS_SERVER | windows.GAA_FLAG_SKIP_FRIENDLY_NAME | windows.GAA_FLAG_INCLUDE_GATEWAYS
	size := uint32(15 << 10) // which Microsoft recommends to begin with
	for {
		// Of bytes: what Windows writes into it are no pointers to be followed.
		buffer := make([]byte, size)
		first := (*windows.IpAdapterAddresses)(unsafe.Pointer(&buffer[0]))
		err := windows.GetAdaptersAddresses(windows.AF_UNSPEC, flags, 0, first, &size)
		switch {
		case err == nil:
			return first, nil
		case errors.Is(err, windows.ERROR_NO_DATA):
			return nil, nil
		case !errors.Is(err, windows.ERROR_BUFFER_OVERFLOW) || int(size) <= len(buffer):
			return nil, fmt.Errorf("GetAdaptersAddresses: %w", err)
		}
	}
}

// mediumOf asks GetIfEntry2, which each Windows has: GetIfEntry2Ex is younger.
func mediumOf(luid uint64) (uint32, error) {
	proc, err := find("iphlpapi.dll", "GetIfEntry2")
	if err != nil {
		return 0, err
	}
	row := windows.MibIfRow2{InterfaceLuid: luid}
	if result, _, _ := proc.Call(uintptr(unsafe.Pointer(&row))); result != 0 {
		return 0, fmt.Errorf("GetIfEntry2: %w", windows.Errno(result))
	}
	return row.MediaType, nil
}
