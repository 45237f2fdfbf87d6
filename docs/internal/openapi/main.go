// Command openapi makes the description of the HTTP interface and the JSON
// Schemas: swag reads the comments of package api and writes Swagger 2, which
// becomes OpenAPI 3.1 here, with the schema of the facts put in.
//
//	go run ./docs/internal/openapi -root .
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/patchmedic/patchmedic/docs/internal/schema"
)

func main() {
	root := flag.String("root", ".", "folder of the module")
	flag.Parse()
	if err := run(*root); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}

// run writes all generated files below root.
func run(root string) error {
	files, err := generate(root)
	if err != nil {
		return err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(root, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// generate returns the generated files by their path below root.
func generate(root string) (map[string][]byte, error) {
	swagger, err := swag(root)
	if err != nil {
		return nil, err
	}
	facts, err := schema.Components(root)
	if err != nil {
		return nil, err
	}
	description, err := convert(swagger, facts)
	if err != nil {
		return nil, fmt.Errorf("description: %w", err)
	}
	schemas, err := schema.Files(root)
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{"docs/openapi/openapi.json": description}
	for name, data := range schemas {
		out["docs/schema/"+name] = data
	}
	return out, nil
}

// swag returns the Swagger 2 document of package api.
func swag(root string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "swag")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command("go", "tool", "-modfile=tools/go.mod", "swag", "init", "--quiet", "--requiredByDefault",
		"--dir", "./api,./advisor", "--generalInfo", "api.go", "--outputTypes", "json", "--output", dir)
	cmd.Dir = root
	if output, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", cmd, err, output)
	}
	return os.ReadFile(filepath.Join(dir, "swagger.json"))
}
