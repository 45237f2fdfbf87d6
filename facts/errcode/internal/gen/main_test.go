package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestTableIsFresh writes the table anew and compares. Without the headers it
// is skipped, unless PATCHMEDIC_REQUIRE (a comma list) has "headers".
func TestTableIsFresh(t *testing.T) {
	if _, err := os.Stat(headerDir); err != nil {
		if slices.Contains(strings.Split(os.Getenv("PATCHMEDIC_REQUIRE"), ","), "headers") {
			t.Fatalf("PATCHMEDIC_REQUIRE wants the headers: install mingw-w64-common: %v", err)
		}
		t.Skipf("the headers of mingw-w64-common are not installed: %v", err)
	}
	out := filepath.Join(t.TempDir(), "table.bin")
	root := filepath.Join("..", "..")
	if err := run(headerDir, filepath.Join(root, "tables"), out, false); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(root, "table.bin"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("table.bin is stale: run go generate ./facts/errcode")
	}
}

func TestEval(t *testing.T) {
	env := newEnv()
	env.set("BASE", 12000)
	for _, tt := range []struct {
		expr string
		want int64
		ok   bool
	}{
		{"(BASE + 2)", 12002, true},
		{"_HRESULT_TYPEDEF_(0x80240001)", 0x80240001, true},
		{"_HRESULT_TYPEDEF_ (__MSABI_LONG(0x80270210))", 0x80270210, true},
		{"((NTSTATUS)0xC0000005L)", 0xC0000005, true},
		{"(APPLICATION_ERROR_MASK|ERROR_SEVERITY_ERROR|0x24B)", 0xE000024B, true},
		{"MAKE_HRESULT(SEVERITY_ERROR, FACILITY_URT, 0x1500)", 0x80131500, true},
		{"EMAKEHR(0x1018)", 0x80131018, true},
		{"-1018", -1018, true},
		{"(JET_VERSION >= 0x0601)", 1, true},
		{"defined(_WIN32) && !defined(_MAC)", 1, true},
		{"UNKNOWN_NAME", 0, false},
		{"\"text\"", 0, false},
		{"extern \"C\"", 0, false},
	} {
		if got, ok := env.eval(tt.expr); got != tt.want || ok != tt.ok {
			t.Errorf("eval(%s) = %#x, %t; want %#x, %t", tt.expr, got, ok, tt.want, tt.ok)
		}
	}
}

func TestReadHeaderHonoursConditions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.h")
	text := "#if 0\n#define A 1\n#elif 1\n#define B 2 /* two */\n#else\n#define C 3\n#endif\n" +
		"#ifndef NOT_THERE\nenum {\n    D_E = 0x80041001,\n};\n#endif\n#define F(x) 5\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	defs, err := readHeader(file)
	if err != nil {
		t.Fatal(err)
	}
	want := []definition{{"B", 2, false}, {"D_E", 0x80041001, false}}
	if !slices.Equal(defs, want) {
		t.Errorf("got %v, want %v", defs, want)
	}
}

func TestReadTableRefusesRowsWithoutSource(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.csv"), []byte("code,symbol,source\n5,X,\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readTable(dir, "x.csv", win32); err == nil || !strings.Contains(err.Error(), "x.csv:2") {
		t.Errorf("got %v, want an error at x.csv:2", err)
	}
}
