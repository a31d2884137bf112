package store

import (
	"context"
	"encoding/binary"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/layout"
)

// lastCommit is the instant of the last commit; zero: there was none.
func lastCommit(b *bolt.Tx) (at time.Time) {
	if v := b.Bucket(layout.Meta).Get(layout.LastCommit); len(v) == 8 {
		at = time.UnixMilli(int64(binary.BigEndian.Uint64(v)))
	}
	return at
}

// LastCommit is the instant of the last commit, zero for a new store. While the
// clock stands before it, it stays what it was.
func (s *Store) LastCommit() (at time.Time, err error) {
	err = s.file.View(func(b *bolt.Tx) error { at = lastCommit(b); return nil })
	return at, err
}

// TrustClock makes the present instant that of the last commit, also if that one
// lies ahead. It is for the operator, after a clock that ran ahead was set right.
func (s *Store) TrustClock(ctx context.Context) error {
	return s.update(ctx, func(t *txn) error {
		t.Stage(func(b *bolt.Tx) error {
			return b.Bucket(layout.Meta).Put(layout.LastCommit, layout.Key8(uint64(t.Now().UnixMilli())))
		})
		return nil
	})
}
