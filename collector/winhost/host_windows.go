package winhost

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/windows"

	"github.com/patchmedic/patchmedic/collector"
)

// Host is the Windows that runs. Its methods may be called from several
// goroutines at once. A call of Windows cannot be interrupted: a context that ends
// is noticed between two.
type Host struct {
	volume string // that Windows is on, as in "C:"
	files  *os.Root
}

var _ collector.Windows = (*Host)(nil)

// Open returns the Windows that runs.
func Open() (*Host, error) {
	folder, err := windows.GetSystemWindowsDirectory()
	if err != nil {
		return nil, fmt.Errorf("GetSystemWindowsDirectory: %w", err)
	}
	volume := filepath.VolumeName(folder)
	files, err := os.OpenRoot(volume + `\`)
	if err != nil {
		return nil, fmt.Errorf("opening the volume of Windows: %w", err)
	}
	return &Host{volume, files}, nil
}

// Close releases the volume. Files cannot be read afterwards.
func (h *Host) Close() error { return h.files.Close() }

// Now is the time by the machine's clock.
func (h *Host) Now() time.Time { return time.Now() }

// Files is the volume that Windows is on. Links out of it are not followed.
//
// An os.Root opens files with FILE_SHARE_READ, _WRITE and _DELETE (Openat in
// internal/syscall/windows of Go 1.26). An os.DirFS leaves out _DELETE (Open in
// syscall): it could not open a log whose writer may rename it, and while it reads
// one, Windows could not put that aside for the next, as it does with CBS.log.
func (h *Host) Files() fs.FS { return h.files.FS() }
