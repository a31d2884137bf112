package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/boltfile"
	"example.jp/kairan/store/disk"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/seal"
)

// Resealed is what became of a database that was sealed anew.
type Resealed struct {
	Compacted
	Records int  // sealed anew
	Lost    int  // of those that could not be opened before: for good now
	Begun   bool // the new key is in the key file
}

// Reseal replaces the file by one in which every record is sealed under the current data
// key of keys, which also has those under which it is sealed now. The store is to be
// closed then: what it would write is under its own keys. ready is called before the new
// file takes the place of the old one, and must see to it that the new key is on
// disk. Records that cannot be opened are in the way, unless damaged says that they are
// given up.
func (s *Store) Reseal(ctx context.Context, keys *seal.Keyring, damaged bool, ready func() error, done func(octets, of int64)) (out Resealed, err error) {
	r := resealing{keys: keys}
	if r.only, err = keys.OnlyCurrent(seal.Data); err != nil {
		return out, err
	}
	defer r.only.Wipe()
	out.Compacted, err = s.renew(ctx, boltfile.Renewal{
		Change: r.change, Same: r.same,
		Ready: func() error {
			if r.lost > 0 && !damaged {
				return disk.Refuse("%s cannot be opened, so nothing of them can be sealed anew, and without the old key nobody could ever read them again; look for a backup that has them (kairan restore --verify FILE), or add --damaged to give them up; nothing was changed", deliver.Count(r.lost, "record"))
			}
			return ready()
		},
		Last: func(b *bolt.Tx) error {
			check := keys.CheckCurrent(seal.Data)
			return b.Bucket(layout.Meta).Put(layout.DataKey, check[:])
		},
	}, done)
	out.Records, out.Lost = r.records, r.lost
	if err != nil {
		return out, fmt.Errorf("the database could not be sealed under the new key: %w", err)
	}
	return out, nil
}

// RotateDataKey changes the data key in the key file, with which the store must have been
// opened, and closes the store when it has begun to. The new key stands beside the old one before the new
// database is in use, and the old one goes when it is: killed at any moment, the key file
// opens whichever database is there. With two keys in the file, what was cut off before
// is finished, and no further key is made.
func (s *Store) RotateDataKey(ctx context.Context, keyFile string, damaged bool, done func(octets, of int64)) (out Resealed, err error) {
	keys, err := seal.Load(keyFile)
	if err != nil {
		return out, err
	}
	defer func() { keys.Wipe() }()
	if keys.Fingerprint() != s.keys.Fingerprint() {
		return out, disk.Refuse("the key file %s was changed in this moment; try again", keyFile)
	}
	if err := seal.CanReplace(keyFile); err != nil {
		return out, err
	}
	begun := false
	defer func() {
		if out.Begun = begun; begun {
			err = errors.Join(err, s.Close())
		}
	}()
	ready := func() error { begun = true; return nil }
	if DataKeys(keys) == 1 {
		old := keys
		if keys, err = old.WithNew(seal.Data, s.opt.Now()); err != nil {
			return out, err
		}
		old.Wipe()
		ready = func() error { begun = true; return keys.Replace(keyFile) }
	}
	if out, err = s.Reseal(ctx, keys, damaged, ready, done); err != nil {
		return out, err
	}
	s.committer.Close() // whatever it wrote now would be under the old key
	only, err := keys.OnlyCurrent(seal.Data)
	if err != nil {
		return out, err
	}
	defer only.Wipe()
	return out, only.Replace(keyFile)
}

// resealing seals values anew.
type resealing struct {
	keys, only    *seal.Keyring
	records, lost int
}

// change seals a value under the new key. One that does not open stays as it is.
func (r *resealing) change(path [][]byte, k, v []byte) ([]byte, error) {
	label, bound, ok := layout.Sealed(path, k)
	if !ok {
		return nil, fmt.Errorf("this program does not know the part %q of the database, and whether it is sealed; nothing was changed", bytes.Join(path, []byte("/")))
	}
	if label == "" {
		return v, nil
	}
	plain, err := r.keys.Open(seal.Data, label, v, bound)
	if err != nil {
		r.lost++
		return v, nil
	}
	defer clear(plain)
	r.records++
	return r.keys.Seal(seal.Data, label, plain, bound)
}

// same says whether a value holds what it held, under the new key alone.
func (r *resealing) same(path [][]byte, k, was, is []byte) (bool, error) {
	label, bound, _ := layout.Sealed(path, k)
	if label == "" {
		return bytes.Equal(was, is), nil
	}
	before, err := r.keys.Open(seal.Data, label, was, bound)
	if err != nil { // it is lost, and stays as it is
		return bytes.Equal(was, is), nil //nolint:nilerr // and the other way round it would differ
	}
	after, err := r.only.Open(seal.Data, label, is, bound)
	return err == nil && bytes.Equal(before, after), nil
}

// hasDataKey says whether the key file has the data key under which the database is
// sealed; also of one that does not say which.
func (s *Store) hasDataKey(meta *bolt.Bucket) bool {
	check := meta.Get(layout.DataKey)
	return check == nil || s.keys.Has(seal.Data, check)
}

// noteDataKey notes under which data key all of the database is sealed, while there is
// but one.
func (s *Store) noteDataKey(b *bolt.Tx) error {
	check, meta := s.keys.CheckCurrent(seal.Data), b.Bucket(layout.Meta)
	if !s.keysChange() && meta.Get(layout.DataKey) == nil {
		return meta.Put(layout.DataKey, check[:])
	}
	return nil
}

// keysChange says whether there are several data keys.
func (s *Store) keysChange() bool { return DataKeys(s.keys) > 1 }

// DataKeys is how many data keys a key file has; more than one, while they are changed.
func DataKeys(keys *seal.Keyring) (n int) {
	for _, k := range keys.Keys() {
		if k.Use == seal.Data {
			n++
		}
	}
	return n
}
