package store

import (
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/boltfile"
	"example.jp/kairan/store/layout"
)

// Backup writes a consistent copy of the file, sealed as it is and without the
// keys, to f, and marks it as a copy: put back, it is held. Give it a file on a
// local disk: while it runs, pages that are freed cannot be used again and the
// database grows.
func (s *Store) Backup(f *os.File) error {
	err := s.file.CopyTo(f)
	if err == nil {
		err = markCopy(f.Name())
	}
	if err != nil {
		return fmt.Errorf("the backup could not be written: %w", boltfile.WrapFull(err))
	}
	return nil
}

// markCopy notes in a copy of the database that it is one, so that it is known
// as such wherever and whenever it is put back.
func markCopy(file string) error {
	return boltfile.Edit(file, func(b *bolt.Tx) error { return b.Bucket(layout.Meta).Put(layout.IsCopy, []byte{1}) })
}
