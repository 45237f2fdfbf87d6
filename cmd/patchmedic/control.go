package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"github.com/patchmedic/patchmedic/internal/access"
)

// control is how a command on the same machine calls the service that has the
// data folder. It is a file there, which only the service's user may read.
type control struct {
	Address string `json:"address"`
	// Secret lets its bearer do everything, from this machine, until the service
	// ends.
	Secret string `json:"secret"`
}

func controlIn(dir string) string { return filepath.Join(dir, "control.json") }

// announce writes the file for a service that listens at an address, and returns
// the secret and what takes the file away again. A service that was killed leaves
// its file behind: nobody reads it while the folder is free, and the next one
// writes its own.
func announce(dir string, at net.Addr) (secret string, end func() error, err error) {
	host, port, err := net.SplitHostPort(at.String())
	if err != nil {
		return "", nil, err
	}
	if ip := net.ParseIP(host); ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip.To4() == nil {
			host = "::1"
		}
	}
	c := control{Address: net.JoinHostPort(host, port), Secret: access.NewSecret()}
	data, err := json.Marshal(c)
	if err != nil {
		return "", nil, err
	}
	name := controlIn(dir)
	if err := replace(name, func(f *os.File) error { _, err := f.Write(data); return err }); err != nil {
		return "", nil, fmt.Errorf("the data folder cannot be written: %w: choose another with --data", err)
	}
	return c.Secret, func() error { return discard(name) }, nil
}

// discard removes a file that may be gone.
func discard(name string) error {
	if err := os.Remove(name); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// readControl returns the records by way of the service that has a folder.
func readControl(dir string) (records, error) {
	data, err := os.ReadFile(controlIn(dir))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("another patchmedic uses the data folder %s, and does not serve: try again when it has ended", dir)
	case err != nil:
		return nil, fmt.Errorf("a service uses the data folder, and how to call it cannot be read: %w: run this as the user of the service", err)
	}
	var c control
	if err := json.Unmarshal(data, &c); err != nil || c.Address == "" || c.Secret == "" {
		return nil, fmt.Errorf("%s is damaged: start the service again", controlIn(dir))
	}
	// Never by a proxy of the environment: it would be told the secret.
	return &remote{c, &http.Client{Transport: &http.Transport{}}}, nil
}

// errInUse: another process has the data folder.
var errInUse = errors.New("another patchmedic uses the data folder")

func inUse(dir string) error {
	return fmt.Errorf("%w %s: stop it, or choose another with --data", errInUse, dir)
}

// replace writes a file beside the one of a name, for the user alone, and puts it
// in its place when it is whole and on the disk.
func replace(name string, write func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*") // 0600
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, discard(f.Name()))
	}
	return nil
}
