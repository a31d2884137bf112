package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/boltfile"
	"example.jp/kairan/store/disk"
	"example.jp/kairan/store/layout"
)

// Compacted is what became of the file.
type Compacted = boltfile.Renewed

// CompactChore is the name under which the store itself notes when it was last compacted:
// in the new file, before that is in use.
const CompactChore = "compact"

// Compact replaces the file by one that holds what is live and nothing else: of who was
// erased before, nothing is in it. Reading and writing go on. See [boltfile.File.Renew].
// done, if not nil, is told how many octets were copied, of so many.
func (s *Store) Compact(ctx context.Context, done func(octets, of int64)) (Compacted, error) {
	out, err := s.renew(ctx, boltfile.Renewal{}, done)
	if err != nil {
		return out, fmt.Errorf("the database could not be compacted: %w", err)
	}
	return out, nil
}

// renew makes the file anew. Its errors do not say what for.
func (s *Store) renew(ctx context.Context, r boltfile.Renewal, done func(octets, of int64)) (Compacted, error) {
	if err := s.committer.Failure(); err != nil {
		return Compacted{}, err
	}
	live := s.file.Live()
	if room, ok := disk.Room(s.opt.Dir); ok && room < live+spaceForStarting*s.margin() {
		return Compacted{}, fmt.Errorf("a copy of the database, about %d MB, must lie beside it for a while: %w", live>>20, ErrFull)
	}
	if done != nil {
		r.Done = func(octets int64) { done(octets, live) }
	}
	last := r.Last
	r.Last = func(b *bolt.Tx) error {
		if last != nil {
			if err := last(b); err != nil {
				return err
			}
		}
		return b.Bucket(layout.Meta).Put(slices.Concat(layout.Done, []byte(CompactChore)), layout.Key8(uint64(s.opt.Now().UnixMilli())))
	}
	r.Unsynced = s.committer.Break
	out, err := s.file.Renew(ctx, r)
	return out, boltfile.WrapFull(err)
}

// clearCompaction removes the copy that a killed process did not put in place, and says
// so: the database is the one from before.
func (s *Store) clearCompaction() {
	left, _ := filepath.Glob(filepath.Join(s.opt.Dir, boltfile.RenewingPattern))
	for _, f := range left {
		_ = os.Remove(f)
	}
	if len(left) == 0 || s.opt.Cleared == nil {
		return
	}
	since := "was never compacted"
	if at, err := s.LastDone(CompactChore); err == nil && !at.IsZero() {
		since = "was last compacted at " + at.UTC().Format(time.RFC3339)
	}
	s.opt.Cleared("a compaction, or a change of keys, was cut off before its copy was in use; the copy is removed, and the database is as it was before: it " + since)
}
