package winhost

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"golang.org/x/sys/windows/registry"

	"github.com/patchmedic/patchmedic/collector"
	"github.com/patchmedic/patchmedic/collector/hive"
)

// maxData is the most bytes of one value: none that is asked for is longer.
const maxData = 1 << 20

// Registry returns "USERS", which is HKEY_USERS, or a key below
// HKEY_LOCAL_MACHINE.
func (h *Host) Registry(root string) (collector.Key, error) {
	if strings.EqualFold(root, "USERS") {
		return key{root: registry.USERS, name: "HKEY_USERS"}, nil
	}
	return key{root: registry.LOCAL_MACHINE}.Key(root)
}

// key is a key by its path. Each question opens and closes it: none is left open,
// and Windows can unload what is asked about in between.
type key struct {
	root registry.Key
	path string // below root
	name string // the last part of the path
}

// open opens the key as 64-bit programs see it. A key that is not there is
// fs.ErrNotExist (syscall.Errno).
func (k key) open() (registry.Key, error) {
	opened, err := registry.OpenKey(k.root, k.path, registry.READ|registry.WOW64_64KEY)
	if err != nil {
		return 0, fmt.Errorf("opening the registry's key %s: %w", k.path, err)
	}
	return opened, nil
}

func (k key) Name() string { return k.name }

func (k key) Written() time.Time {
	opened, err := k.open()
	if err != nil {
		return time.Time{}
	}
	defer opened.Close()
	info, err := opened.Stat()
	if err != nil {
		return time.Time{}
	}
	return info.ModTime().UTC()
}

func (k key) Key(path string) (collector.Key, error) {
	below := k.below(path)
	opened, err := below.open()
	if err != nil {
		return nil, err
	}
	return below, opened.Close()
}

func (k key) below(path string) key {
	for name := range strings.SplitSeq(path, `\`) {
		if name == "" {
			continue
		}
		if k.path != "" {
			k.path += `\`
		}
		k.path += name
		k.name = name
	}
	return k
}

// Keys reads all names first: a key that is made or removed while a list is read
// would shift it.
func (k key) Keys() iter.Seq2[collector.Key, error] {
	return func(yield func(collector.Key, error) bool) {
		names, err := k.names()
		for _, name := range names {
			if !yield(k.below(name), nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

func (k key) names() ([]string, error) {
	opened, err := k.open()
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	names, err := opened.ReadSubKeyNames(-1)
	if err != nil {
		err = fmt.Errorf("listing the registry's key %s: %w", k.path, err)
	}
	return names, err
}

func (k key) Value(name string) (hive.Value, error) {
	opened, err := k.open()
	if err != nil {
		return hive.Value{}, err
	}
	defer opened.Close()
	buffer := make([]byte, 1024)
	for {
		size, kind, err := opened.GetValue(name, buffer)
		switch {
		case err == nil:
			return hive.NewValue(kind, buffer[:size]), nil
		case errors.Is(err, registry.ErrShortBuffer) && size > maxData:
			return hive.Value{}, fmt.Errorf("the value %s of the registry's key %s has %d bytes: more than %d are not read", name, k.path, size, maxData)
		case errors.Is(err, registry.ErrShortBuffer) && size > len(buffer): // it may grow again meanwhile
			buffer = make([]byte, size)
		default:
			return hive.Value{}, fmt.Errorf("reading the value %s of the registry's key %s: %w", name, k.path, err)
		}
	}
}
