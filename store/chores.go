package store

import (
	"context"
	"encoding/binary"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/layout"
)

// LastDone is when a chore of the night was last done; zero: never.
func (s *Store) LastDone(chore string) (time.Time, error) {
	return view(s, func(b *bolt.Tx) (at time.Time, _ error) {
		if v := b.Bucket(layout.Meta).Get(append(layout.Done, chore...)); len(v) == 8 {
			at = time.UnixMilli(int64(binary.BigEndian.Uint64(v)))
		}
		return at, nil
	})
}

// NoteDone notes when a chore was last done.
func (s *Store) NoteDone(ctx context.Context, chore string, at time.Time) error {
	return s.write(ctx, func(b *bolt.Tx) error {
		return b.Bucket(layout.Meta).Put(append(layout.Done, chore...), layout.Key8(uint64(at.UnixMilli())))
	})
}
