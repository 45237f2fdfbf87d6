// Gen writes facts/errcode/table.bin, the one table that package errcode
// decodes from. Run it with go generate in facts/errcode.
//
// It reads three kinds of source, in order of preference:
//
//   - golang.org/x/sys, windows/zerrors_windows.go: Win32, HRESULT, NTSTATUS;
//   - the headers of the Debian package mingw-w64-common: Windows Update,
//     BITS, WinHTTP, ESE, SetupAPI and others;
//   - the hand-kept tables/*.csv, for what no header says.
//
// The output depends on nothing else: two runs give the same bytes.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// headerDir is where Debian's mingw-w64-common puts its headers.
const headerDir = "/usr/share/mingw-w64/include"

func main() {
	headers := flag.String("headers", headerDir, "directory of the mingw-w64 headers")
	tables := flag.String("tables", "tables", "directory of the hand-kept tables")
	out := flag.String("out", "table.bin", "file to write")
	list := flag.Bool("list", false, "print the rows as text instead of writing the file")
	flag.Parse()
	if err := run(*headers, *tables, *out, *list); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(headers, tables, out string, list bool) error {
	xsys, err := xsysDir()
	if err != nil {
		return err
	}
	rows, err := collect(xsys, headers, tables)
	if err != nil {
		return err
	}
	if list {
		for _, r := range rows {
			fmt.Printf("%s,%#08x,%s,%s\n", r.space, r.value, r.symbol, r.source)
		}
		return nil
	}
	b, err := pack(rows)
	if err != nil {
		return err
	}
	return os.WriteFile(out, b, 0o644)
}

// xsysDir returns the directory of golang.org/x/sys as go.mod selects it.
func xsysDir() (string, error) {
	var stderr bytes.Buffer
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/sys")
	cmd.Stderr = &stderr
	b, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("finding golang.org/x/sys: %w: %s", err, stderr.Bytes())
	}
	dir := string(bytes.TrimSpace(b))
	if dir == "" {
		return "", fmt.Errorf("golang.org/x/sys is in go.mod but not downloaded: run go mod download")
	}
	return filepath.Join(dir, "windows"), nil
}
