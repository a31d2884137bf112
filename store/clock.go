package store

import (
	"context"
	"encoding/binary"
	"time"

	bolt "go.etcd.io/bbolt"
)

// noteCommit writes when the last commit was. It never goes back, so that a clock
// that was set back shows.
func noteCommit(b *bolt.Tx, now time.Time) error {
	meta := b.Bucket(bMeta)
	if v := meta.Get(kCommit); len(v) == 8 && int64(binary.BigEndian.Uint64(v)) >= now.UnixMilli() {
		return nil
	}
	return meta.Put(kCommit, key8(uint64(now.UnixMilli())))
}

// TrustClock makes the present instant that of the last commit, also if that one
// lies ahead. It is for the operator, after a clock that ran ahead was set right.
func (s *Store) TrustClock(ctx context.Context) error {
	return s.update(ctx, func(t *txn) error {
		t.stage(func(b *bolt.Tx) error { return b.Bucket(bMeta).Put(kCommit, key8(uint64(t.now.UnixMilli()))) })
		return nil
	})
}
