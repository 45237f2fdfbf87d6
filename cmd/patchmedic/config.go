package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// configFile holds flags by name. A flag on the command line comes first, then
// the environment, then the file.
type configFile struct {
	name   string
	values map[string]any
}

// readConfig reads a JSON object whose keys are flags.
func readConfig(r io.Reader) (kong.Resolver, error) {
	c := &configFile{name: "the configuration"}
	if f, ok := r.(interface{ Name() string }); ok {
		c.name = f.Name()
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &c.values); err != nil {
		return nil, fmt.Errorf("%s is not a JSON object of flags, as in {\"lang\": \"fr\"}: %w", c.name, err)
	}
	return c, nil
}

// Validate refuses keys that are no flags: a misspelt one would be ignored.
func (c *configFile) Validate(app *kong.Application) error {
	var flags []string
	for _, node := range append(app.Children, app.Node) {
		for _, f := range node.Flags {
			if f.Name != "help" && f.Name != "config" {
				flags = append(flags, f.Name)
			}
		}
	}
	slices.Sort(flags)
	flags = slices.Compact(flags)
	var unknown []string
	for key := range c.values {
		if !slices.Contains(flags, key) {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	return fmt.Errorf("%s: no flag has the name %s: write one of %s", c.name, strings.Join(unknown, ", "), strings.Join(flags, ", "))
}

// Resolve returns the file's value of a flag that the environment does not set.
func (c *configFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, ok := os.LookupEnv(name); ok {
			return nil, nil
		}
	}
	return c.values[flag.Name], nil
}
