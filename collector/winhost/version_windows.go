package winhost

import (
	"fmt"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

// FileVersion takes the numbers of VS_FIXEDFILEINFO: the texts of a version may be
// another language's, and are not always set.
func (h *Host) FileVersion(path string) (string, error) {
	local, err := filepath.Localize(filepath.ToSlash(path))
	if err != nil {
		return "", fmt.Errorf("no path below the root of Windows: %q", path)
	}
	name := filepath.Join(h.volume+`\`, local)
	size, err := windows.GetFileVersionInfoSize(name, nil)
	if err != nil {
		return "", fmt.Errorf("GetFileVersionInfoSize %s: %w", name, err)
	}
	block := make([]byte, size)
	if err := windows.GetFileVersionInfo(name, 0, size, unsafe.Pointer(&block[0])); err != nil {
		return "", fmt.Errorf("GetFileVersionInfo %s: %w", name, err)
	}
	var info *windows.VS_FIXEDFILEINFO // in block
	var length uint32
	if err := windows.VerQueryValue(unsafe.Pointer(&block[0]), `\`, unsafe.Pointer(&info), &length); err != nil {
		return "", fmt.Errorf("VerQueryValue %s: %w", name, err)
	}
	if info == nil || uintptr(length) < unsafe.Sizeof(*info) {
		return "", fmt.Errorf("%s has no version in numbers", name)
	}
	high, low := info.FileVersionMS, info.FileVersionLS
	return fmt.Sprintf("%d.%d.%d.%d", high>>16, high&0xffff, low>>16, low&0xffff), nil
}
