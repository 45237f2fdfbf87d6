package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"

	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/internal/edition"
	"github.com/patchmedic/patchmedic/kb"
)

// contentFlag lays a folder over the bundled content.
type contentFlag struct {
	Content string `help:"Lay the content of a folder over the bundled one." type:"existingdir" placeholder:"DIR"`
}

// files returns the bundled content with the site's over it.
func (c contentFlag) files() fs.FS {
	if c.Content == "" {
		return content.Files()
	}
	return kb.Overlay(content.Files(), os.DirFS(c.Content))
}

// library loads the content. A site's own is linted in full, since nobody did so
// before.
func (c contentFlag) library() (*kb.Library, error) {
	load := kb.Load
	if c.Content != "" {
		load = kb.Lint
	}
	lib, err := load(c.files())
	if err != nil {
		return nil, faultyContent(err)
	}
	return lib, nil
}

func faultyContent(err error) error {
	return fmt.Errorf("the content has faults; mend them and start again:\n%w", err)
}

// inMemory returns a keeper for one command, its index in memory and complete.
func (c contentFlag) inMemory(ctx context.Context) (*edition.Keeper, error) {
	lib, err := c.library()
	if err != nil {
		return nil, err
	}
	k, err := edition.Open(lib, "", nil)
	if err != nil {
		return nil, err
	}
	if err := k.Wait(ctx); err != nil {
		k.Close()
		return nil, err
	}
	return k, nil
}

// langFlag is the language of an answer.
type langFlag struct {
	Lang kb.Lang `help:"Language of the answer: en or fr." enum:"en,fr" default:"en"`
}

// keeper serves what needs no index.
func (c contentFlag) keeper() (*edition.Keeper, error) {
	lib, err := c.library()
	if err != nil {
		return nil, err
	}
	return edition.Open(lib, "", nil)
}
