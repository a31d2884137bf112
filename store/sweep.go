package store

import (
	"context"
	"encoding/binary"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
)

// SweepNotices deletes the notices whose link has expired while they waited, for
// a relay that refuses us for days: the addresses in them are kept no longer than
// the links (DESIGN.md, promise 1). It returns how many. One whose attempt is
// under way is left to that attempt.
func (s *Store) SweepNotices(ctx context.Context) (swept int, err error) {
	err = s.update(ctx, func(t *txn) error {
		swept = 0
		var gone [][]byte
		err := t.Bolt.Bucket(layout.Outbox).ForEach(func(k, _ []byte) error {
			o, err := s.owed(t.Bolt, binary.BigEndian.Uint64(k))
			if err == nil && !o.InFlight && !t.Now().Before(o.Notice.Expires) {
				gone = append(gone, append([]byte{}, k...))
			}
			return apart.Skip(err)
		})
		if err != nil || len(gone) == 0 {
			return err
		}
		swept = len(gone)
		t.Stage(func(b *bolt.Tx) error {
			return layout.DeleteAll(b.Bucket(layout.Outbox), gone)
		})
		return nil
	})
	return swept, err
}

// SweepTallies forgets counts whose time has passed, a page at a time, and
// returns how many. It is for a worker to call now and then (RULES I-05).
func (s *Store) SweepTallies(ctx context.Context) (swept int, err error) {
	var after []byte
	for {
		var gone [][]byte
		err := s.view(func(b *bolt.Tx) error {
			c, seen := b.Bucket(layout.Tallies).Cursor(), 0
			k, v := c.Seek(after)
			for ; k != nil && seen < 4096; k, v = c.Next() {
				seen++
				after = append([]byte{}, k...)
				if record.TallyOver(v, s.opt.Now()) {
					gone = append(gone, after)
				}
			}
			after = append([]byte{}, k...)
			return nil
		})
		if err != nil {
			return swept, err
		}
		if len(gone) > 0 {
			err = s.update(ctx, func(t *txn) error {
				t.Stage(func(b *bolt.Tx) error {
					for _, k := range gone {
						v := b.Bucket(layout.Tallies).Get(k)
						if record.TallyOver(v, t.Now()) {
							if err := b.Bucket(layout.Tallies).Delete(k); err != nil {
								return err
							}
						}
					}
					return nil
				})
				return nil
			})
			if err != nil {
				return swept, err
			}
			swept += len(gone)
		}
		if len(after) == 0 {
			return swept, nil
		}
	}
}
