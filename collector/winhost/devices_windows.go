package winhost

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/windows"

	"github.com/patchmedic/patchmedic/collector"
)

// The properties of a device that are asked for (devpkey.h). The description is
// that of the driver: a friendly name may be one that its owner gave it.
var (
	descriptionKey = windows.DEVPROPKEY{
		FmtID: windows.DEVPROPGUID{Data1: 0xa45c254e, Data2: 0xdf1c, Data3: 0x4efd, Data4: [8]byte{0x80, 0x20, 0x67, 0xd1, 0x46, 0xa8, 0x50, 0xe0}},
		PID:   2, // DEVPKEY_Device_DeviceDesc
	}
	driver      = windows.DEVPROPGUID{Data1: 0xa8b865dd, Data2: 0x2e3d, Data3: 0x4094, Data4: [8]byte{0xad, 0x97, 0xe5, 0x93, 0xa7, 0x0c, 0x75, 0xd6}}
	versionKey  = windows.DEVPROPKEY{FmtID: driver, PID: 3} // DEVPKEY_Device_DriverVersion
	providerKey = windows.DEVPROPKEY{FmtID: driver, PID: 9} // DEVPKEY_Device_DriverProvider
)

// Devices are those that are present and have a problem, whichever.
func (h *Host) Devices(ctx context.Context) ([]collector.Device, error) {
	set, err := windows.SetupDiGetClassDevsEx(nil, "", 0, windows.DIGCF_ALLCLASSES|windows.DIGCF_PRESENT, 0, "")
	if err != nil {
		return nil, fmt.Errorf("SetupDiGetClassDevsEx: %w", err)
	}
	defer set.Close()
	var devices []collector.Device
	var faults []error
	for i := 0; ; i++ {
		if ctx.Err() != nil {
			faults = append(faults, ctx.Err())
			break
		}
		info, err := set.EnumDeviceInfo(i)
		if errors.Is(err, windows.ERROR_NO_MORE_ITEMS) {
			break
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("SetupDiEnumDeviceInfo: %w", err))
			break
		}
		problem, err := problemOf(info.DevInst)
		if err != nil {
			faults = append(faults, err)
		}
		if problem != 0 {
			devices = append(devices, collector.Device{
				Description:   property(set, info, &descriptionKey),
				Provider:      property(set, info, &providerKey),
				DriverVersion: property(set, info, &versionKey),
				Problem:       problem,
			})
		}
	}
	return devices, errors.Join(faults...)
}

// problemOf is 0 for a device without a problem, or one that has just been taken
// away.
func problemOf(device windows.DEVINST) (int, error) {
	var status, problem uint32
	err := windows.CM_Get_DevNode_Status(&status, &problem, device, 0)
	switch {
	case err == windows.CR_NO_SUCH_DEVINST:
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("CM_Get_DevNode_Status: %w", err)
	case status&windows.DN_HAS_PROBLEM == 0:
		return 0, nil
	}
	return int(problem), nil
}

// property is "" where a device has none: one without a driver has neither
// provider nor version.
func property(set windows.DevInfo, device *windows.DevInfoData, key *windows.DEVPROPKEY) string {
	value, _ := windows.SetupDiGetDeviceProperty(set, device, key)
	text, _ := value.(string)
	return text
}
