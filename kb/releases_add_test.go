package kb_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/kb"
)

func bundledReleases(t *testing.T) string {
	t.Helper()
	data, err := fs.ReadFile(content.Files(), "releases/windows.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestAddReleases adds a month to a small table.
func TestAddReleases(t *testing.T) {
	head := "trains:\n  - {build: 26100, since: 2026-01-13}\nshared_builds:\n  - [26100, 26200]\n# kept as it is\nreleases:\n"
	old := "  - {kb: KB5077181, product: [Windows 11], version: [24H2], build: 26100, revision: 7840, released: 2026-02-10, kind: B, train: client}\n"
	tests := []struct{ name, csv, want, wrong string }{
		{"a build of its own",
			"kb,product,version,build,revision,released,kind,supersedes\nKB5078740,Windows 10; Windows Server 2016,1607,14393,8868,2026-02-10,B,KB5073722\n",
			"  - {kb: KB5078740, product: [Windows 10, Windows Server 2016], version: ['1607'], build: 14393, revision: 8868, released: 2026-02-10, kind: B, supersedes: KB5073722}\n" + old, ""},
		{"a version more of a row",
			"kb,product,version,build,revision,released,kind\n5077181,Windows 11,25H2,26200,7840,2026-02-10,B\n",
			strings.Replace(old, "[24H2]", "[24H2, 25H2]", 1), ""},
		{"the server's train",
			"version,kind,kb,product,build,revision,released\n2025,B,KB5075899,Windows Server 2025,26100,32370,2026-02-10\n",
			old + "  - {kb: KB5075899, product: [Windows Server 2025], version: ['2025'], build: 26100, revision: 32370, released: 2026-02-10, kind: B, train: server}\n", ""},
		{"the same again", "kb,product,version,build,revision,released,kind\nKB5077181,Windows 11,24H2,26100,7840,2026-02-10,B\n", old, ""},
		{"another revision for a known update", "kb,product,version,build,revision,released,kind\nKB5077181,Windows 11,24H2,26100,7841,2026-02-10,B\n", "", "26100.7840 (B) in the file"},
		{"a revision that goes back", "kb,product,version,build,revision,released,kind\nKB5080000,Windows 11,24H2,26100,7700,2026-03-10,B\n", "", "below 7840"},
		{"an unknown column", "kb,revison\nKB5080000,1\n", "", `unknown column "revison"`},
		{"a faulty line is named", "kb,product,version,build,revision,released,kind\nKB5080000,Windows 11,24H2,26100,7900,10/03/2026,B\n", "", "line 2: released"},
		{"a build that is no number", "kb,product,version,build,kind\nKB5080000,Windows 11,24H2,26100.1,B\n", "", `line 2: build: "26100.1" is not a number`},
		{"what is missing", "kb,build\nKB5080000,26100\n", "", "line 2: product, version, build and kind are required"},
	}
	for _, tt := range tests {
		rows, err := kb.ReadReleases(strings.NewReader(tt.csv))
		var got string
		if err == nil {
			got, _, err = kb.AddReleases(head+old, rows)
		}
		switch {
		case tt.wrong != "":
			if err == nil || !strings.Contains(err.Error(), tt.wrong) {
				t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.wrong)
			}
		case err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case got != head+tt.want:
			t.Errorf("%s: %s", tt.name, cmp.Diff(head+tt.want, got))
		}
	}
}

// TestReleasesAreInOrder holds the bundled table to what the command writes, so
// that a month added by hand makes no other difference.
func TestReleasesAreInOrder(t *testing.T) {
	file := bundledReleases(t)
	got, added, err := kb.AddReleases(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if added != 0 || got != file {
		t.Errorf("patchmedic releases add would write the table otherwise: %s", cmp.Diff(file, got))
	}
}
