package schedule

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"

	"github.com/patchmedic/patchmedic/collector/private"
)

// Here returns the place on this machine: below Program Files, where only
// administrators write.
func Here() (*Place, error) {
	if !private.Elevated() {
		return nil, ErrRights
	}
	programs, err := windows.KnownFolderPath(windows.FOLDERID_ProgramFiles, 0)
	if err != nil {
		return nil, fmt.Errorf("the folder of programs: %w", err)
	}
	data, err := private.Machine()
	if err != nil {
		return nil, err
	}
	system, err := windows.GetSystemDirectory()
	if err != nil {
		return nil, fmt.Errorf("the folder of Windows: %w", err)
	}
	program := filepath.Join(system, "schtasks.exe")
	return &Place{
		program: filepath.Join(programs, "patchmedic"),
		data:    data,
		tasks: func(arguments ...string) error {
			if err := exec.Command(program, arguments...).Run(); err != nil {
				return fmt.Errorf("schtasks %s: %w: run it by hand to see why", strings.Join(arguments, " "), err)
			}
			return nil
		},
	}, nil
}
