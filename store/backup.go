package store

import (
	"context"
	"fmt"
	"path/filepath"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/boltfile"
	"example.jp/kairan/store/disk"
	"example.jp/kairan/store/layout"
)

// Backup writes a consistent copy to a file that is empty or not there yet: compacted,
// so that nothing that was erased is in it, sealed as the database is, without the keys,
// and marked as a copy, so that it is held when it is put back. Give it a local
// disk: while it runs, pages that are freed cannot be used again and the database
// grows. After an error nothing is left at path. done, if not nil, is told how many
// octets were copied, of so many.
func (s *Store) Backup(ctx context.Context, path string, done func(octets, of int64)) error {
	live := s.file.Live()
	room, ok := disk.Room(filepath.Dir(path))
	if ok && room < live+spaceForStarting*s.margin() {
		return fmt.Errorf("the backup could not be written: %w", ErrFull)
	}
	c := boltfile.Compaction{To: path, Last: markCopy}
	if done != nil {
		c.Done = func(octets int64) { done(octets, live) }
	}
	if err := s.file.Compact(ctx, c); err != nil {
		return fmt.Errorf("the backup could not be written: %w", boltfile.WrapFull(err))
	}
	return nil
}

// markCopy notes in a copy of the database that it is one, so that it is known
// as such wherever and whenever it is put back.
func markCopy(b *bolt.Tx) error { return b.Bucket(layout.Meta).Put(layout.IsCopy, []byte{1}) }
