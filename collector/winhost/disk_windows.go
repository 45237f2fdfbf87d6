package winhost

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/windows"

	"github.com/patchmedic/patchmedic/collector"
)

// What devices are asked (DeviceIoControl). All are FILE_ANY_ACCESS: a handle
// without rights will do, which users without rights get too.
const (
	getPartitionInfo = 0x00070048 // IOCTL_DISK_GET_PARTITION_INFO_EX (winioctl.h)
	getDriveLayout   = 0x00070050 // IOCTL_DISK_GET_DRIVE_LAYOUT_EX (winioctl.h)
	predictFailure   = 0x002D1100 // IOCTL_STORAGE_PREDICT_FAILURE (winioctl.h)
	getDiskExtents   = 0x00560000 // IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS (winioctl.h)
)

// styles are PARTITION_STYLE (winioctl.h). The third, raw, is a disk without
// partitions.
var styles = map[uint32]string{0: "mbr", 1: "gpt"}

// Disk is the first of those that the volume of Windows lies on.
func (h *Host) Disk(ctx context.Context) (collector.Disk, error) {
	number, err := h.diskNumber()
	if err != nil {
		return collector.Disk{}, err
	}
	device, err := openDevice(fmt.Sprintf(`\\.\PhysicalDrive%d`, number))
	if err != nil {
		return collector.Disk{}, err
	}
	defer windows.CloseHandle(device)
	var disk collector.Disk
	var faults []error
	if disk.Style, err = diskStyle(device); err != nil {
		faults = append(faults, err)
	}
	if ctx.Err() != nil {
		return disk, errors.Join(append(faults, ctx.Err())...)
	}
	if disk.Failing, err = failing(device); err != nil {
		faults = append(faults, err)
	}
	return disk, errors.Join(faults...)
}

func (h *Host) diskNumber() (uint32, error) {
	device, err := openDevice(`\\.\` + h.volume)
	if err != nil {
		return 0, err
	}
	defer windows.CloseHandle(device)
	// VOLUME_DISK_EXTENTS: a number of extents, and from 8 on 24 bytes for each,
	// which begin with the number of the disk.
	answer := make([]byte, 8+24*32)
	if err := control(device, getDiskExtents, answer, 8+24); err != nil {
		return 0, fmt.Errorf("IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS: %w", err)
	}
	if binary.LittleEndian.Uint32(answer) == 0 {
		return 0, errors.New("IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS: the volume lies on no disk")
	}
	return binary.LittleEndian.Uint32(answer[8:]), nil
}

func diskStyle(device windows.Handle) (string, error) {
	// DRIVE_LAYOUT_INFORMATION_EX: the style, and from 48 on 144 bytes for each of
	// at most 128 partitions.
	answer := make([]byte, 48+144*128)
	if err := control(device, getDriveLayout, answer, 4); err != nil {
		return "", fmt.Errorf("IOCTL_DISK_GET_DRIVE_LAYOUT_EX: %w", err)
	}
	return styles[binary.LittleEndian.Uint32(answer)], nil
}

// failing is nil for a disk that foresees nothing, as most virtual ones.
func failing(device windows.Handle) (*bool, error) {
	answer := make([]byte, 4+512) // STORAGE_PREDICT_FAILURE: a number, and the maker's words
	err := control(device, predictFailure, answer, 4)
	switch {
	case errors.Is(err, windows.ERROR_INVALID_FUNCTION), errors.Is(err, windows.ERROR_NOT_SUPPORTED):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("IOCTL_STORAGE_PREDICT_FAILURE: %w", err)
	}
	return new(binary.LittleEndian.Uint32(answer) != 0), nil
}

// partition is what a volume lies on.
type partition struct {
	kind   string // as VolumeState has it
	active bool
}

// partitionOf asks a volume by its name without the backslash at the end, which
// would be its root folder.
func partitionOf(volume string) (partition, error) {
	device, err := openDevice(volume)
	if err != nil {
		return partition{}, err
	}
	defer windows.CloseHandle(device)
	answer := make([]byte, 144)
	if err := control(device, getPartitionInfo, answer, 48); err != nil {
		return partition{}, fmt.Errorf("IOCTL_DISK_GET_PARTITION_INFO_EX: %w", err)
	}
	return partitionFrom(answer), nil
}

// partitionFrom takes a PARTITION_INFORMATION_EX: the style, and at 32 the type, a
// byte, and whether it is active (PARTITION_INFORMATION_MBR), or the type, a GUID
// (PARTITION_INFORMATION_GPT).
func partitionFrom(answer []byte) partition {
	switch style := binary.LittleEndian.Uint32(answer); styles[style] {
	case "mbr":
		return partition{fmt.Sprintf("0x%02x", answer[32]), answer[33] != 0}
	case "gpt":
		return partition{kind: guid(answer[32:48])}
	}
	return partition{}
}

// guid writes a GUID as it lies in memory.
func guid(b []byte) string {
	g := windows.GUID{
		Data1: binary.LittleEndian.Uint32(b),
		Data2: binary.LittleEndian.Uint16(b[4:]),
		Data3: binary.LittleEndian.Uint16(b[6:]),
		Data4: [8]byte(b[8:]),
	}
	return strings.ToLower(strings.Trim(g.String(), "{}"))
}

// openDevice opens a disk or volume without any right to it.
func openDevice(name string) (windows.Handle, error) {
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return 0, err
	}
	device, err := windows.CreateFile(path, 0, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE, nil, windows.OPEN_EXISTING, 0, 0)
	if err != nil {
		return 0, fmt.Errorf("opening %s: %w", name, err)
	}
	return device, nil
}

// control asks a device something without words. An answer of fewer than so many
// bytes is an error.
func control(device windows.Handle, code uint32, answer []byte, least uint32) error {
	var size uint32
	err := windows.DeviceIoControl(device, code, nil, 0, &answer[0], uint32(len(answer)), &size, nil)
	if err == nil && size < least {
		err = fmt.Errorf("an answer of %d bytes, not %d", size, least)
	}
	return err
}
