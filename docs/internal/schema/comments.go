package schema

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
)

// comments are what the source says of types and fields, by "Type" and
// "Type.Field" within a folder of the module.
type comments map[string]string

const module = "github.com/patchmedic/patchmedic/"

// readComments reads the comments of the packages in some folders of the module.
func readComments(root string, folders ...string) (comments, error) {
	out := comments{}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
		if err != nil {
			return nil, fmt.Errorf("folder %s: %w", folder, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				return nil, fmt.Errorf("comments: %w", err)
			}
			out.read(folder, file)
		}
	}
	return out, nil
}

func (c comments) read(folder string, file *ast.File) {
	for _, decl := range file.Decls {
		general, ok := decl.(*ast.GenDecl)
		if !ok || general.Tok != token.TYPE {
			continue
		}
		for _, spec := range general.Specs {
			typ := spec.(*ast.TypeSpec)
			structure, ok := typ.Type.(*ast.StructType)
			if !ok {
				continue
			}
			key := folder + "." + typ.Name.Name
			c.add(key, general.Doc)
			for _, field := range structure.Fields.List {
				for _, name := range field.Names {
					c.add(key+"."+name.Name, field.Comment)
					c.add(key+"."+name.Name, field.Doc)
				}
			}
		}
	}
}

func (c comments) add(key string, group *ast.CommentGroup) {
	if text := strings.Join(strings.Fields(group.Text()), " "); text != "" {
		c[key] = text
	}
}

// of returns the comment of a type, or of its field.
func (c comments) of(t reflect.Type, field string) string {
	key := strings.TrimPrefix(t.PkgPath(), module) + "." + t.Name()
	if field != "" {
		key += "." + field
	}
	return c[key]
}
