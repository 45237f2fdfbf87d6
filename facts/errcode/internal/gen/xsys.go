package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"path/filepath"
	"strconv"
	"strings"
)

// readXsys reads the error constants of golang.org/x/sys/windows. Their Go
// type tells the space: syscall.Errno, Handle (an HRESULT) or NTStatus. A
// constant without a type repeats an earlier one under another name.
func readXsys(file string) ([]row, error) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	source := xsysSource(file)
	known := map[string]row{}
	var rows []row
	for _, decl := range f.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.CONST {
			continue
		}
		for _, spec := range gen.Specs {
			r, ok, err := xsysRow(spec.(*ast.ValueSpec), known)
			if err != nil {
				return nil, err
			}
			if ok {
				r.source = source
				known[r.symbol] = r
				rows = append(rows, r)
			}
		}
	}
	if len(rows) < 9000 {
		return nil, fmt.Errorf("only %d constants found: has the file another shape now?", len(rows))
	}
	return rows, nil
}

// xsysRow reads one constant; ok is false for those that are no error code.
func xsysRow(spec *ast.ValueSpec, known map[string]row) (r row, ok bool, err error) {
	if len(spec.Names) != 1 || len(spec.Values) != 1 {
		return row{}, false, nil
	}
	name := spec.Names[0].Name
	if notCode(name) {
		return row{}, false, nil
	}
	if id, isIdent := spec.Values[0].(*ast.Ident); isIdent {
		r, ok = known[id.Name]
		r.symbol = name
		return r, ok, nil
	}
	lit, isLit := spec.Values[0].(*ast.BasicLit)
	sp, isCode := xsysSpace(spec.Type)
	if !isLit || !isCode {
		return row{}, false, nil
	}
	n, err := strconv.ParseUint(lit.Value, 0, 32)
	if err != nil {
		return row{}, false, fmt.Errorf("%s: %w", name, err)
	}
	if sp == win32 && n > math.MaxUint16 {
		sp = hresult // winerror.h mixes them, and x/sys goes by the name
	}
	return row{space: sp, value: uint32(n), symbol: name}, true, nil
}

func xsysSpace(typ ast.Expr) (space, bool) {
	switch t := typ.(type) {
	case *ast.SelectorExpr:
		return win32, t.Sel.Name == "Errno"
	case *ast.Ident:
		switch t.Name {
		case "Handle":
			return hresult, true
		case "NTStatus":
			return ntstatus, true
		}
	}
	return 0, false
}

// xsysSource names the file with its version, which its directory carries.
func xsysSource(file string) string {
	module := filepath.Base(filepath.Dir(filepath.Dir(file)))
	_, version, _ := strings.Cut(module, "@")
	return strings.TrimSpace("golang.org/x/sys "+version) + " windows/" + filepath.Base(file)
}
