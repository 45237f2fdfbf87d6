package collector

import (
	"iter"
	"time"

	"github.com/patchmedic/patchmedic/collector/hive"
)

// Key is a key of a registry: of a hive's file, or of the Windows that runs.
type Key interface {
	// Name is the key's own name, without those above it.
	Name() string
	// Written is when the key or one of its values was last changed, in UTC; zero
	// when that is not known.
	Written() time.Time
	// Key returns the key at a path below, as in `Microsoft\Windows NT`; "" is the
	// key itself. Names compare without case. The error is fs.ErrNotExist for a key
	// that is not there, and another for one that cannot be read.
	Key(path string) (Key, error)
	// Keys yields the keys below, and an error for what cannot be read of them.
	Keys() iter.Seq2[Key, error]
	// Value returns a value; "" is the key's default value. Errors are as of Key.
	Value(name string) (hive.Value, error)
}

// hiveKey is a key of a hive's file.
type hiveKey struct{ key hive.Key }

func (k hiveKey) Name() string { return k.key.Name }

func (k hiveKey) Written() time.Time { return k.key.Written() }

func (k hiveKey) Key(path string) (Key, error) {
	key, err := k.key.Key(path)
	return hiveKey{key}, err
}

func (k hiveKey) Keys() iter.Seq2[Key, error] {
	return func(yield func(Key, error) bool) {
		for key, err := range k.key.Keys() {
			if !yield(hiveKey{key}, err) {
				return
			}
		}
	}
}

func (k hiveKey) Value(name string) (hive.Value, error) { return k.key.Value(name) }
