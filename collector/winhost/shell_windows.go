package winhost

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/go-ole/go-ole"
	"golang.org/x/sys/windows"
)

// Protection is the shell's property System.Volume.BitLockerProtection of the
// volume of Windows, which needs no rights, unlike WMI's. Its numbers are written
// down nowhere but in the property's own description, which formats them for
// display: 1 on, 2 off, 3 being encrypted, 4 being decrypted, 5 suspended, 6 on and
// locked, 7 cannot be encrypted, 8 encrypted and waiting for its activation, with
// the key in the clear. Windows itself uses 2 and 6 for Explorer's commands "turn
// on" and "unlock" (AppliesTo, in HKEY_CLASSES_ROOT\Drive\shell). 0 is a volume that
// does not say.
func (h *Host) Protection(ctx context.Context) (int, error) {
	state := 0
	err := inApartment(ctx, ole.COINIT_APARTMENTTHREADED, protection, func(n int32) { state = int(n) })
	if err != nil {
		return 0, fmt.Errorf("the shell's BitLockerProtection: %w", err)
	}
	return state, nil
}

func protection(give func(int32) error) error {
	folder, err := windows.GetSystemWindowsDirectory()
	if err != nil {
		return fmt.Errorf("GetSystemWindowsDirectory: %w", err)
	}
	shell, err := create("Shell.Application", "{13709620-C279-11CE-A49E-444553540000}")
	if err != nil {
		return err
	}
	defer shell.Release()
	volume, err := object(shell, "NameSpace", filepath.VolumeName(folder)+`\`)
	if err != nil {
		return err
	}
	defer volume.Release()
	self, err := object(volume, "Self")
	if err != nil {
		return err
	}
	defer self.Release()
	return protectionOf(self, give)
}

// protectionOf gives nothing where the property is not there, as on a server that
// has no BitLocker. Whether its number has a sign is written down nowhere.
func protectionOf(item *ole.IDispatch, give func(int32) error) error {
	answer, err := invoke(item, "ExtendedProperty", "System.Volume.BitLockerProtection")
	if err != nil {
		return err
	}
	defer answer.Clear()
	switch answer.VT {
	case ole.VT_I4, ole.VT_UI4:
		return give(int32(answer.Val))
	case ole.VT_EMPTY:
		return nil
	}
	return fmt.Errorf("ExtendedProperty: an answer of type %d", answer.VT)
}
