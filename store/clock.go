package store

import (
	"context"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/layout"
)

// LastCommit is the instant of the last commit, zero for a new store. While the
// clock stands before it, it stays what it was.
func (s *Store) LastCommit() (time.Time, error) {
	return view(s, func(b *bolt.Tx) (time.Time, error) { return lastCommit(b), nil })
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
