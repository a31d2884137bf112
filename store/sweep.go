package store

import (
	"bytes"
	"context"
	"encoding/binary"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
)

// SweepNotices deletes the notices whose link has expired while they waited, for
// a relay that refuses us for days: the addresses in them are kept no longer than
// the links. It returns how many. One whose attempt is under way is left alone.
func (s *Store) SweepNotices(ctx context.Context) (swept int, err error) {
	err = s.update(ctx, func(t *txn) error {
		swept = 0
		var gone [][]byte
		err := t.Bolt.Bucket(layout.Outbox).ForEach(func(k, _ []byte) error {
			o, err := s.notice(t.Bolt, binary.BigEndian.Uint64(k))
			if err == nil && !o.InFlight && !t.Now().Before(o.Notice.Expires) {
				gone = append(gone, bytes.Clone(k))
			}
			return apart.Skip(err)
		})
		if err != nil || len(gone) == 0 {
			return err
		}
		swept = len(gone)
		t.Stage(func(b *bolt.Tx) error { return layout.DeleteAll(b.Bucket(layout.Outbox), gone) })
		return nil
	})
	return swept, err
}

// SweepTallies forgets counts whose time has passed, a page to a commit, and returns
// how many: they are kept as long as they count. It is for a worker to call now and then.
func (s *Store) SweepTallies(ctx context.Context) (swept int, err error) {
	const page = 4096
	for from := []byte{}; from != nil; {
		err = s.update(ctx, func(t *txn) error {
			var gone [][]byte
			c, seen := t.Bolt.Bucket(layout.Tallies).Cursor(), 0
			k, v := c.Seek(from)
			for ; k != nil && seen < page; k, v = c.Next() {
				if seen++; record.TallyOver(v, t.Now()) {
					gone = append(gone, bytes.Clone(k))
				}
			}
			next := bytes.Clone(k)
			if len(gone) > 0 {
				t.Stage(func(b *bolt.Tx) error { return layout.DeleteAll(b.Bucket(layout.Tallies), gone) })
			}
			t.After(func() { from, swept = next, swept+len(gone) })
			return nil
		})
		if err != nil {
			return swept, err
		}
	}
	return swept, nil
}
