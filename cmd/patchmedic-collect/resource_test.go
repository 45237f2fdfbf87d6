package main

//go:generate go tool -modfile=../../tools/go.mod go-winres make --arch amd64,arm64

import (
	"bytes"
	"debug/pe"
	"encoding/xml"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var (
	released        = flag.String("released", "", "absolute path of a release, whose collectors for Windows TestResources reads")
	releasedVersion = flag.String("released.version", "", "the version of that release")
)

// TestResourcesAreFresh makes the files that are linked into the program for
// Windows again, and compares.
func TestResourcesAreFresh(t *testing.T) {
	for _, name := range []string{"winres/winres.json", "winres/app.manifest", "../../tools/go.mod"} { // the result depends on them
		read(t, name)
	}
	dir := t.TempDir()
	output, err := exec.Command("go", "tool", "-modfile=../../tools/go.mod", "go-winres",
		"make", "--arch", "amd64,arm64", "--out", filepath.Join(dir, "rsrc")).CombinedOutput()
	if err != nil && !strings.Contains(os.Getenv("PATCHMEDIC_REQUIRE"), "winres") {
		t.Skipf("go-winres does not run here (PATCHMEDIC_REQUIRE=winres makes this a failure): %v: %s", err, output)
	}
	if err != nil {
		t.Fatalf("go-winres: %v: %s", err, output)
	}
	for _, name := range []string{"rsrc_windows_amd64.syso", "rsrc_windows_arm64.syso"} {
		if !bytes.Equal(read(t, name), read(t, filepath.Join(dir, name))) {
			t.Errorf("%s is stale: run go generate ./cmd/patchmedic-collect", name)
		}
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestResources reads what Windows will: in the programs of a release (-released),
// else in the files that a plain build links, whose version is 0.0.0.
func TestResources(t *testing.T) {
	version, pattern := "0.0.0", "rsrc_windows_%s.syso"
	if *released != "" {
		version, pattern = *releasedVersion, filepath.Join(*released, "patchmedic-collect-windows-%s.exe")
	}
	for arch, machine := range map[string]uint16{"amd64": pe.IMAGE_FILE_MACHINE_AMD64, "arm64": pe.IMAGE_FILE_MACHINE_ARM64} {
		t.Run(arch, func(t *testing.T) {
			file, err := pe.Open(fmt.Sprintf(pattern, arch))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if file.Machine != machine {
				t.Errorf("is for machine %#x, not %#x", file.Machine, machine)
			}
			resources, err := parseResources(file)
			if err != nil {
				t.Fatal(err)
			}
			checkManifest(t, resources[resource{kind: manifest, id: 1, language: enUS}])
			checkVersion(t, resources[resource{kind: versionInfo, id: 1, language: enUS}], version,
				"Collects what a failed Windows update left behind")
			checkVersion(t, resources[resource{kind: versionInfo, id: 1, language: frFR}], version,
				"Recueille les traces d’une mise à jour Windows en échec")
		})
	}
}

func checkManifest(t *testing.T, data []byte) {
	t.Helper()
	var got struct {
		XMLName xml.Name `xml:"urn:schemas-microsoft-com:asm.v1 assembly"`
		Rights  struct {
			Level string `xml:"level,attr"`
		} `xml:"urn:schemas-microsoft-com:asm.v3 trustInfo>security>requestedPrivileges>requestedExecutionLevel"`
		Systems []struct {
			ID string `xml:"Id,attr"`
		} `xml:"urn:schemas-microsoft-com:compatibility.v1 compatibility>application>supportedOS"`
		Settings struct {
			LongPaths string `xml:"http://schemas.microsoft.com/SMI/2016/WindowsSettings longPathAware"`
			CodePage  string `xml:"http://schemas.microsoft.com/SMI/2019/WindowsSettings activeCodePage"`
		} `xml:"urn:schemas-microsoft-com:asm.v3 application>windowsSettings"`
	}
	if err := xml.Unmarshal(data, &got); err != nil {
		t.Errorf("the manifest: %v", err)
		return
	}
	if got.Rights.Level != "asInvoker" || got.Settings.LongPaths != "true" || got.Settings.CodePage != "UTF-8" {
		t.Errorf("the manifest says %+v", got)
	}
	const windows10 = "{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}" // and 11
	if len(got.Systems) != 1 || got.Systems[0].ID != windows10 {
		t.Errorf("the manifest names the systems %v", got.Systems)
	}
}

func checkVersion(t *testing.T, data []byte, version, description string) {
	t.Helper()
	fixed, texts, err := parseVersion(data)
	if err != nil {
		t.Errorf("the version: %v", err)
		return
	}
	var major, minor, patch uint32
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &patch); err != nil {
		t.Fatalf("-released.version %q: %v", version, err)
	}
	number := [2]uint32{major<<16 | minor, patch << 16}
	if fixed.File != number || fixed.Product != number {
		t.Errorf("the numbers of version %s are %x and %x", version, fixed.File, fixed.Product)
	}
	for name, want := range map[string]string{
		"ProductName":      "patchmedic",
		"OriginalFilename": "patchmedic-collect.exe",
		"FileDescription":  description,
		"FileVersion":      version,
		"ProductVersion":   version,
	} {
		if texts[name] != want {
			t.Errorf("%s is %q, not %q", name, texts[name], want)
		}
	}
	if !strings.Contains(texts["LegalCopyright"], "Apache") { // LICENSE
		t.Errorf("LegalCopyright is %q", texts["LegalCopyright"])
	}
}
