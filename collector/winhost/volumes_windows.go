package winhost

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"

	"golang.org/x/sys/windows"

	"github.com/patchmedic/patchmedic/collector"
)

// Volumes lists those of drives that are not known to be taken out, with or
// without a letter. What a volume does not say stands in the error: users without
// rights may not see the size of the one that the machine starts from.
func (h *Host) Volumes(ctx context.Context) ([]collector.VolumeState, error) {
	names, err := volumeNames()
	faults := []error{err}
	var out []collector.VolumeState
	for _, name := range names {
		if ctx.Err() != nil {
			faults = append(faults, ctx.Err())
			break
		}
		root, err := windows.UTF16PtrFromString(name)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if kind := windows.GetDriveType(root); kind == windows.DRIVE_REMOVABLE || kind == windows.DRIVE_CDROM {
			continue
		}
		volume, err := h.volumeState(name, root)
		if err != nil {
			faults = append(faults, fmt.Errorf("the volume %s: %w", name, err))
		}
		out = append(out, volume)
	}
	return out, errors.Join(faults...)
}

// volumeNames are as in `\\?\Volume{GUID}\`.
func volumeNames() ([]string, error) {
	var buffer [windows.MAX_PATH]uint16
	search, err := windows.FindFirstVolume(&buffer[0], uint32(len(buffer)))
	if err != nil {
		return nil, fmt.Errorf("FindFirstVolume: %w", err)
	}
	defer windows.FindVolumeClose(search)
	for names := []string(nil); ; {
		names = append(names, windows.UTF16ToString(buffer[:]))
		err := windows.FindNextVolume(search, &buffer[0], uint32(len(buffer)))
		switch {
		case errors.Is(err, windows.ERROR_NO_MORE_FILES):
			return names, nil
		case err != nil:
			return names, fmt.Errorf("FindNextVolume: %w", err)
		}
	}
}

func (h *Host) volumeState(name string, root *uint16) (collector.VolumeState, error) {
	mount, err := driveLetter(root)
	faults := []error{err}
	volume := collector.VolumeState{Mount: mount, Windows: strings.EqualFold(mount, h.volume)}

	var filesystem [windows.MAX_PATH + 1]uint16
	if err := windows.GetVolumeInformation(root, nil, 0, nil, nil, nil, &filesystem[0], uint32(len(filesystem))); err != nil {
		faults = append(faults, fmt.Errorf("GetVolumeInformation: %w", err))
	}
	volume.Filesystem = windows.UTF16ToString(filesystem[:])

	var total, free uint64
	if err := windows.GetDiskFreeSpaceEx(root, nil, &total, &free); err != nil {
		faults = append(faults, fmt.Errorf("GetDiskFreeSpaceEx: %w", err))
	} else {
		volume.Total, volume.Free = new(int64(total)), new(int64(free))
	}

	under, err := partitionOf(strings.TrimSuffix(name, `\`))
	volume.PartitionType, volume.Active = under.kind, under.active
	return volume, errors.Join(append(faults, err)...)
}

// driveLetter is as in "C:", "" for a volume that has none: it may stand in a
// folder, or nowhere.
func driveLetter(volume *uint16) (string, error) {
	paths, err := volumePaths(volume)
	for path := range strings.SplitSeq(paths, "\x00") {
		if letter, ok := strings.CutSuffix(path, `:\`); ok && len(letter) == 1 {
			return letter + ":", nil
		}
	}
	return "", err
}

// volumePaths are the folders that a volume stands in, with a NUL after each.
func volumePaths(volume *uint16) (string, error) {
	buffer := make([]uint16, windows.MAX_PATH)
	for {
		var size uint32
		err := windows.GetVolumePathNamesForVolumeName(volume, &buffer[0], uint32(len(buffer)), &size)
		switch {
		case err == nil:
			return string(utf16.Decode(buffer)), nil
		case errors.Is(err, windows.ERROR_MORE_DATA) && int(size) > len(buffer):
			buffer = make([]uint16, size)
		default:
			return "", fmt.Errorf("GetVolumePathNamesForVolumeName: %w", err)
		}
	}
}
