package seal

import (
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"
)

// Key is what may be told of a key.
type Key struct {
	Use     Use
	ID      uint16
	Since   time.Time
	Current bool // seals and signs; the others only open and verify
}

// Keys are all keys, in the order of the key file.
func (k *Keyring) Keys() (all []Key) {
	for _, use := range uses() {
		keys := k.ring().keys[use]
		for n, ky := range keys {
			all = append(all, Key{use, ky.id, ky.created, n == len(keys)-1})
		}
	}
	return all
}

// CheckCurrent is [Keyring.Check] for the current key of a use that has several.
func (k *Keyring) CheckCurrent(use Use) [16]byte {
	keys := k.ring().keys[use]
	if len(keys) == 0 {
		panic(unknownUse(use))
	}
	return checkOf(use, keys[len(keys)-1])
}

// Has says whether one of the keys of a use has this check value.
func (k *Keyring) Has(use Use, check []byte) bool {
	for _, ky := range k.ring().keys[use] {
		if of := checkOf(use, ky); bytes.Equal(of[:], check) {
			return true
		}
	}
	return false
}

// checkOf is remembered nowhere: it is asked for when a file is opened.
func checkOf(use Use, ky key) [checkSize]byte {
	check, err := hkdf.Key(sha256.New, ky.secret, nil, namespace+"check/"+use+"/", checkSize)
	if err != nil {
		panic(err) // unreachable: newKeyring has done the same
	}
	return [checkSize]byte(check)
}

// WithNew returns a keyring that has a new key of a use besides, which is the current one.
func (k *Keyring) WithNew(use Use, now time.Time) (*Keyring, error) {
	return k.with(use, func(keys []key) ([]key, error) {
		id := keys[len(keys)-1].id
		if id == math.MaxUint16 {
			return nil, fmt.Errorf("no id is left for a further key for %s", use)
		}
		secret := make([]byte, keySize)
		_, _ = rand.Read(secret) // never fails, as crypto/rand documents
		return append(keys, key{id: id + 1, created: now.UTC().Truncate(time.Second), secret: secret}), nil
	})
}

// OnlyCurrent returns a keyring that has of a use the current key alone.
func (k *Keyring) OnlyCurrent(use Use) (*Keyring, error) {
	return k.with(use, func(keys []key) ([]key, error) { return keys[len(keys)-1:], nil })
}

// with returns a keyring with other keys of a use. It shares no memory with the first, so
// that each is wiped by itself.
func (k *Keyring) with(use Use, change func([]key) ([]key, error)) (*Keyring, error) {
	r := k.ring()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.wiped {
		return nil, errWiped
	}
	if len(r.keys[use]) == 0 || isSingle(use) {
		return nil, unknownUse(use)
	}
	keys := map[Use][]key{}
	for u, all := range r.keys {
		for _, ky := range all {
			ky.secret = bytes.Clone(ky.secret)
			keys[u] = append(keys[u], ky)
		}
	}
	var err error
	if keys[use], err = change(keys[use]); err != nil {
		return nil, err
	}
	return newKeyring(keys)
}

// CanReplace says whether [Keyring.Replace] would find its folder writable.
func CanReplace(path string) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("the key file: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(real), PartPattern)
	if err != nil {
		return fmt.Errorf("the key file is replaced as a whole, and nothing can be written into its folder: %w; "+
			"let the account that runs kairan write into %s for as long as this takes, or move the key file and write `keys` in the configuration", err, filepath.Dir(real))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// Replace puts these keys in the place of the key file at path, with its mode and owner:
// killed at any moment it leaves the old file or the new one, whole. What the old one held
// is overwritten before it is given up, and so is what one that was killed has left
// beside it; whether a disk keeps former blocks of a file nobody can say.
func (k *Keyring) Replace(path string) error {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("the key file: %w", err)
	}
	old, err := os.OpenFile(path, openFlags|os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("the key file cannot be replaced: %w", err)
	}
	defer old.Close()
	info, err := old.Stat()
	if err != nil {
		return err
	}
	text, err := k.ring().text()
	if err != nil {
		return err
	}
	defer clear(text)
	temp, err := os.CreateTemp(filepath.Dir(path), PartPattern)
	if err != nil {
		return fmt.Errorf("the key file cannot be replaced: %w", err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(text)
	err = errors.Join(err, temp.Chmod(info.Mode().Perm()), keepOwner(info, temp), temp.Sync())
	if err = errors.Join(err, temp.Close()); err != nil {
		return fmt.Errorf("the key file cannot be replaced: %w; it is as it was", err)
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return fmt.Errorf("the key file cannot be replaced: %w; it is as it was", err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("the key file is replaced, but might not outlast a power failure: %w; check the disk", err)
	}
	if err := errors.Join(overwrite(old, info.Size()), destroyParts(path)); err != nil {
		return fmt.Errorf("the key file is replaced, but what the old one held could not be overwritten: %w", err)
	}
	return nil
}

func overwrite(f *os.File, size int64) error {
	_, err := f.WriteAt(make([]byte, size), 0)
	return errors.Join(err, f.Sync())
}

// destroyParts overwrites and removes what was killed on its way to a key file: the keys
// in it were to be destroyed, or nobody knows of them.
func destroyParts(path string) error {
	own, err := os.Stat(path)
	if err != nil {
		return err
	}
	parts, _ := filepath.Glob(filepath.Join(filepath.Dir(path), PartPattern)) // no error: the pattern is ours
	for _, part := range parts {
		info, fault := os.Lstat(part)
		if fault != nil || !info.Mode().IsRegular() {
			continue
		}
		if !os.SameFile(own, info) { // or it is a second name of the key file
			var f *os.File
			if f, fault = os.OpenFile(part, openFlags|os.O_RDWR, 0); fault == nil {
				fault = errors.Join(overwrite(f, info.Size()), f.Close())
			}
		}
		err = errors.Join(err, fault, os.Remove(part))
	}
	return err
}
