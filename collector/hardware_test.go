package collector

import (
	"testing"
	"testing/fstest"
)

func TestHardware(t *testing.T) {
	const cpu = "[DESCRIPTION\\System\\CentralProcessor\\0]\n\"ProcessorNameString\"=\"Example(R)  CPU 5-100   \"\n[DESCRIPTION\\System\\BIOS]\n"
	for _, tt := range []struct{ name, reg, want string }{
		{"a notebook", cpu + "\"SystemManufacturer\"=\"LENOVO\"\n\"SystemProductName\"=\"20XX\"\n\"BIOSReleaseDate\"=\"05/31/2023\"", "{cpu:Example(R) CPU 5-100,firmware_date:2023-05-31}"},
		{"Hyper-V", "[DESCRIPTION\\System\\BIOS]\n\"SystemManufacturer\"=\"Microsoft Corporation\"\n\"SystemProductName\"=\"Virtual Machine\"", "{virtual:true}"},
		{"a tablet of the same maker", "[DESCRIPTION\\System\\BIOS]\n\"SystemManufacturer\"=\"Microsoft Corporation\"\n\"SystemProductName\"=\"Surface Pro\"", "{}"},
		{"another hypervisor", "[DESCRIPTION\\System\\BIOS]\n\"SystemManufacturer\"=\"vmware, Inc.\"\n\"BIOSReleaseDate\"=\"31.05.2023\"", "{virtual:true}"},
		{"nothing", "[DESCRIPTION]", "{}"},
	} {
		g := newGathering(&Source{FS: fstest.MapFS{}})
		g.readHardware(registryOf(t, g, "HARDWARE", tt.reg))
		if got := jsonOf(t, g.report.Machine.V); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestSafeMode(t *testing.T) {
	for reg, want := range map[string]string{
		"[ControlSet001\\Control\\SafeBoot\\Option]\n\"OptionValue\"=dword:00000001": "{safe_mode:true}",
		"[ControlSet001\\Control\\SafeBoot\\Minimal]":                                "{safe_mode:false}",
	} {
		g := newGathering(&Source{FS: fstest.MapFS{}})
		g.readSafeMode(registryOf(t, g, "SYSTEM", reg))
		if got := jsonOf(t, g.report.Machine.V); got != want {
			t.Errorf("%s: %s, want %s", reg, got, want)
		}
	}
	g := newGathering(&Source{FS: fstest.MapFS{}})
	g.readSafeMode(nil)
	if got := jsonOf(t, g.report.Machine.V); got != "{}" {
		t.Errorf("without a registry: %s", got)
	}
}

// TestFolders: names leave, paths do not, and what is at its place is not told.
func TestFolders(t *testing.T) {
	const folders = `\Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders]`
	g := newGathering(&Source{FS: fstest.MapFS{}})
	g.readSystemFolders(registryOf(t, g, "SOFTWARE", `[Microsoft\Windows NT\CurrentVersion]
"SystemRoot"="C:\\Windows"
[Microsoft\Windows NT\CurrentVersion\ProfileList]
"ProfilesDirectory"=expand_sz:%SystemDrive%\Users
"ProgramData"="D:\\ProgramData"`))
	g.readFolders(registryOf(t, g, "USERS", `[S-1-5-21-1-2-3-1001`+folders+`
"Personal"="\\\\srv\\home\\j.doe"
"Desktop"=expand_sz:%USERPROFILE%\Desktop
"{374DE290-123F-4565-9164-39C4925E467B}"="\\\\srv\\home\\j.doe\\Downloads"
"Of a program"="\\\\srv\\x"
[S-1-5-18`+folders+`
"AppData"="\\\\srv\\system"
[S-1-5-21-1-2-3-1001_Classes]`))
	if got, want := jsonOf(t, g.report.Machine.V), "{redirected_folders:[Downloads,Personal,ProgramData]}"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
