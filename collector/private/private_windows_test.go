package private

import (
	"strings"
	"testing"

	"golang.org/x/sys/windows"
)

// able skips where a file has no owner to be set: without rights, and in Wine,
// which gives every file to its user.
func able(t *testing.T) {
	t.Helper()
	if !Elevated() {
		t.Skip("it needs an administrator's rights")
	}
	if windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil {
		t.Skip("Wine keeps no owners")
	}
}

// mayRead holds that the system and administrators may, and nobody else, by
// rights of their own.
func mayRead(t *testing.T, name string) {
	t.Helper()
	descriptor, err := windows.GetNamedSecurityInfo(name, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		t.Fatal(err)
	}
	got := descriptor.String()
	if !strings.HasPrefix(got, "O:BA") || !strings.Contains(got, "D:P") || strings.Count(got, "(A;") != 2 || !strings.Contains(got, ";;;SY)") || !strings.Contains(got, ";;;BA)") {
		t.Errorf("%s has the rights %s", name, got)
	}
}
