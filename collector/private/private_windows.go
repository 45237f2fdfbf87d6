package private

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

// rights are those of the system and of administrators, who own it, and of
// nobody else: nothing is inherited from the folder above.
const rights = "O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"

// Elevated reports whether this program runs with an administrator's rights.
func Elevated() bool { return windows.GetCurrentProcessToken().IsElevated() }

// Machine is the folder of this program's data on the machine, whatever the
// environment says of it; it may not be there.
func Machine() (string, error) {
	data, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, 0)
	if err != nil {
		return "", fmt.Errorf("the folder of programs' data: %w", err)
	}
	return filepath.Join(data, "patchmedic"), nil
}

// Folder makes a folder that only the system and administrators may read, or
// makes one such that is there. It needs an administrator's rights, and refuses
// a folder that somebody else owns: who owns it can open it again.
func Folder(name string) error {
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return err
	}
	attributes, err := security()
	if err != nil {
		return err
	}
	err = windows.CreateDirectory(path, attributes)
	if errors.Is(err, windows.ERROR_ALREADY_EXISTS) {
		return claim(name, attributes.SecurityDescriptor)
	}
	if err != nil {
		return &os.PathError{Op: "mkdir", Path: name, Err: err}
	}
	return nil
}

func security() (*windows.SecurityAttributes, error) {
	descriptor, err := windows.SecurityDescriptorFromString(rights)
	if err != nil {
		return nil, err
	}
	a := &windows.SecurityAttributes{SecurityDescriptor: descriptor}
	a.Length = uint32(unsafe.Sizeof(*a))
	return a, nil
}

// claim sets the rights of a folder that is there. It is asked by one handle: nobody
// can put another folder in its place between the questions.
func claim(name string, wanted *windows.SECURITY_DESCRIPTOR) error {
	folder, err := open(name)
	if err != nil {
		return err
	}
	defer windows.CloseHandle(folder)
	has, err := windows.GetSecurityInfo(folder, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return fmt.Errorf("the owner of %s: %w", name, err)
	}
	owner, _, err := has.Owner()
	if err != nil {
		return fmt.Errorf("the owner of %s: %w", name, err)
	}
	if !owner.IsWellKnown(windows.WinBuiltinAdministratorsSid) && !owner.IsWellKnown(windows.WinLocalSystemSid) {
		return fmt.Errorf("%s belongs to another account, who could read what is put there: remove it", name)
	}
	list, _, err := wanted.DACL()
	if err != nil {
		return err
	}
	err = windows.SetSecurityInfo(folder, windows.SE_FILE_OBJECT,
		windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION, nil, nil, list, nil)
	if err != nil {
		return fmt.Errorf("the rights of %s: %w", name, err)
	}
	return nil
}

// open opens a folder to change its rights; of a link or a junction not what it leads
// to, and it is refused.
func open(name string) (windows.Handle, error) {
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return 0, err
	}
	folder, err := windows.CreateFile(path, windows.READ_CONTROL|windows.WRITE_DAC|windows.FILE_READ_ATTRIBUTES,
		windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE, nil, windows.OPEN_EXISTING,
		windows.FILE_FLAG_BACKUP_SEMANTICS|windows.FILE_FLAG_OPEN_REPARSE_POINT, 0)
	if err != nil {
		return 0, &os.PathError{Op: "open", Path: name, Err: err}
	}
	var info windows.ByHandleFileInformation
	err = windows.GetFileInformationByHandle(folder, &info)
	if err == nil && info.FileAttributes&(windows.FILE_ATTRIBUTE_DIRECTORY|windows.FILE_ATTRIBUTE_REPARSE_POINT) != windows.FILE_ATTRIBUTE_DIRECTORY {
		err = fmt.Errorf("%s is no folder: remove it", name)
	}
	if err != nil {
		windows.CloseHandle(folder)
		return 0, err
	}
	return folder, nil
}

// WriteFile writes a file that only the system and administrators may read,
// whole or not at all: nobody could open it while it was written.
func WriteFile(name string, data []byte) error {
	half := name + ".new"
	if err := os.Remove(half); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err // of a run that was cut off
	}
	f, err := create(half)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(half, name)
	}
	if err != nil {
		os.Remove(half)
	}
	return err
}

func create(name string) (*os.File, error) {
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	attributes, err := security()
	if err != nil {
		return nil, err
	}
	handle, err := windows.CreateFile(path, windows.GENERIC_WRITE, 0, attributes, windows.CREATE_NEW, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, &os.PathError{Op: "create", Path: name, Err: err}
	}
	return os.NewFile(uintptr(handle), name), nil
}
