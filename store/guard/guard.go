package guard

import (
	"bytes"
	"crypto/subtle"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/seal"
)

// TagSize is by how many octets a guarded value is longer than what it says.
const TagSize = 16

const label = "value v1"

// Guard makes and checks tags.
type Guard struct{ keys *seal.Keyring }

// New returns a guard whose tags are under the mark key: the only one of the key file
// that is never changed, but for that of the indexes.
func New(keys *seal.Keyring) Guard { return Guard{keys} }

// Bucket is a bucket of guarded values. One that is not there is empty.
type Bucket struct {
	bolt       *bolt.Bucket
	keys       *seal.Keyring
	kind       []byte // its name
	list, slug string
}

// Top is a bucket at the top.
func (g Guard) Top(b *bolt.Tx, name []byte) Bucket {
	return Bucket{b.Bucket(name), g.keys, name, "", ""}
}

// List is a bucket of a list.
func (g Guard) List(b *bolt.Tx, listID string, name []byte) Bucket {
	return Bucket{layout.List(b, listID, name), g.keys, name, listID, ""}
}

// Run is what stands in the run of an issue itself. Only what was compiled is not guarded:
// it is sealed.
func (g Guard) Run(b *bolt.Tx, name deliver.IssueName) Bucket {
	return Bucket{layout.Run(b, name), g.keys, layout.Runs, name.List, name.Slug}
}

// In is a bucket in that of a run.
func (b Bucket) In(name []byte) Bucket {
	in := Bucket{nil, b.keys, name, b.list, b.slug}
	if b.bolt != nil {
		in.bolt = b.bolt.Bucket(name)
	}
	return in
}

// IsZero says whether the bucket is not there.
func (b Bucket) IsZero() bool { return b.bolt == nil }

// Get returns a value; nil if there is none. The error is [seal.ErrOpen] if it is not as
// it was written here.
func (b Bucket) Get(key []byte) ([]byte, error) { return b.Check(key, layout.Get(b.bolt, key)) }

// Check returns the value of what a cursor has met.
func (b Bucket) Check(key, stored []byte) ([]byte, error) {
	if stored == nil {
		return nil, nil
	}
	if len(stored) < TagSize {
		return nil, seal.ErrOpen
	}
	value, has := stored[:len(stored)-TagSize:len(stored)-TagSize], stored[len(stored)-TagSize:]
	if want := b.tag(key, value); subtle.ConstantTimeCompare(want[:], has) == 0 {
		return nil, seal.ErrOpen
	}
	return value, nil
}

// Seen is what was last found right at one place, or written there, with its tag. Whoever
// keeps one keeps it for that place alone. The zero value is nothing.
type Seen []byte

// GetSeen is Get. While the same octets stand there as were seen, their tag is right, and
// is not made once more; all others are checked. seen may be nil.
func (b Bucket) GetSeen(key []byte, seen *Seen) ([]byte, error) {
	stored := layout.Get(b.bolt, key)
	if seen != nil && stored != nil && bytes.Equal(stored, *seen) {
		return stored[: len(stored)-TagSize : len(stored)-TagSize], nil
	}
	value, err := b.Check(key, stored)
	if err == nil && seen != nil {
		*seen = bytes.Clone(stored)
	}
	return value, err
}

func (b Bucket) tag(key, value []byte) [TagSize]byte {
	return b.keys.Tag(seal.Mark, label, value, string(b.kind), b.list, b.slug, string(key))
}

// Put writes a value. If it has room for the tag behind it, nothing is copied.
func (b Bucket) Put(key, value []byte) error {
	tag := b.tag(key, value)
	return b.bolt.Put(key, append(value, tag[:]...))
}

// PutSeen is Put. What is written is seen, and shares the memory of value: nobody may
// change that afterwards.
func (b Bucket) PutSeen(key, value []byte, seen *Seen) error {
	tag := b.tag(key, value)
	*seen = append(value, tag[:]...)
	return b.bolt.Put(key, *seen)
}

// Has says whether there is anything under a key, right or wrong.
func (b Bucket) Has(key []byte) bool { return layout.Get(b.bolt, key) != nil }

// Delete deletes a value, right or wrong.
func (b Bucket) Delete(key []byte) error {
	if b.bolt == nil {
		return nil
	}
	return b.bolt.Delete(key)
}

// DeleteAll deletes keys that were gathered before.
func (b Bucket) DeleteAll(keys [][]byte) error { return layout.DeleteAll(b.bolt, keys) }

// Each calls do for every value; err says that it is not as it was written here. What is
// no value, but a bucket, is passed over.
func (b Bucket) Each(do func(key, value []byte, err error) error) error {
	return layout.Each(b.bolt, func(k, v []byte) error {
		if v == nil {
			return nil
		}
		value, err := b.Check(k, v)
		return do(k, value, err)
	})
}

// Adopt guards the values of an older database, which have no tag: each as old reads it. One
// that old cannot read is left as it is, and will not be believed.
func (b Bucket) Adopt(old func(key, stored []byte) (value []byte, ok bool)) error {
	const page = 4096
	if b.bolt == nil {
		return nil
	}
	type pair struct{ key, value []byte }
	for from := []byte{}; from != nil; {
		pairs, c := make([]pair, 0, page), b.bolt.Cursor()
		k, v := c.Seek(from)
		for ; k != nil && len(pairs) < page; k, v = c.Next() {
			if v == nil {
				continue
			}
			if value, ok := old(k, v); ok {
				pairs = append(pairs, pair{k, value})
			}
		}
		from = bytes.Clone(k)
		for _, p := range pairs { // nothing may be written under a cursor
			if err := b.Put(p.key, p.value); err != nil {
				return err
			}
		}
	}
	return nil
}

// Cursor goes over keys, and values as they are stored, for Check; nil in a bucket that
// is not there.
func (b Bucket) Cursor() *bolt.Cursor {
	if b.bolt == nil {
		return nil
	}
	return b.bolt.Cursor()
}
