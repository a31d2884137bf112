package store

import (
	"context"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/ledger"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// Declared returns the declarations that the store was last used under.
func (s *Store) Declared() (out []subscribe.Declaration, err error) {
	err = s.file.View(func(b *bolt.Tx) error {
		out, err = record.DecodeDeclarations(b.Bucket(layout.Meta).Get(layout.Declared))
		return err
	})
	return out, err
}

// Adopt notes the declarations of this start. Its caller has made sure, with
// [subscribe.Compare], that they break no promise, or has settled what they break.
func (s *Store) Adopt(ctx context.Context, lists subscribe.Lists) error {
	declared := subscribe.Declarations(lists)
	return s.update(ctx, func(t *txn) error {
		t.Stage(func(b *bolt.Tx) error {
			return b.Bucket(layout.Meta).Put(layout.Declared, record.EncodeDeclarations(declared))
		})
		t.After(func() { s.people.Learn(declared) })
		return nil
	})
}

// EndList deletes everything of a list: entries, marks, issues, ledgers, and what
// the journal knows of it.
func (s *Store) EndList(ctx context.Context, listID string) error {
	err := s.update(ctx, func(t *txn) error {
		t.Stage(func(b *bolt.Tx) error {
			runs := layout.List(b, listID, layout.Runs)
			if runs == nil {
				return nil
			}
			if err := noteEnded(b, s.keys, listID); err != nil {
				return err
			}
			err := runs.ForEachBucket(func(slug []byte) error { return ledger.Remove(b, deliver.IssueName{List: listID, Slug: string(slug)}) })
			if err != nil {
				return err
			}
			return b.Bucket(layout.Lists).DeleteBucket([]byte(listID))
		})
		return nil
	})
	if err != nil {
		return err
	}
	return s.dropEnded()
}

// Prune takes out of every entry what its list no longer declares, and returns
// how many entries held any of it. Interrupted, it can simply be run again.
func (s *Store) Prune(ctx context.Context, l *subscribe.List) (pruned int, err error) {
	const page = 512
	for from := uint32(1); ; {
		var changed []*subscribe.Subscriber
		seen := 0
		err := s.file.View(func(b *bolt.Tx) error {
			entries := layout.List(b, l.ID, layout.Entries)
			if entries == nil {
				return nil
			}
			c := entries.Cursor()
			for k, _ := c.Seek(layout.Key4(from)); k != nil && seen < page; k, _ = c.Next() {
				seen++
				seq := layout.SeqOf(k)
				from = uint32(seq) + 1
				e, err := s.people.Entry(b, l.ID, seq)
				if apart.Is(err) {
					continue // nobody can read it, whatever is in it
				}
				if err != nil {
					return err
				}
				if kept := l.Prune(e.Fields); len(kept) < len(e.Fields) {
					changed = append(changed, e)
				}
			}
			return nil
		})
		if err != nil {
			return pruned, err
		}
		if len(changed) > 0 {
			if err := s.pruneEntries(ctx, l, changed); err != nil {
				return pruned, err
			}
			pruned += len(changed)
		}
		if seen < page {
			return pruned, nil
		}
	}
}

func (s *Store) pruneEntries(ctx context.Context, l *subscribe.List, changed []*subscribe.Subscriber) error {
	return s.update(ctx, func(t *txn) error {
		for _, old := range changed {
			e, err := s.people.Entry(t.Bolt, l.ID, old.Seq)
			if apart.Is(err) {
				continue
			}
			if err != nil {
				return err
			}
			if e == nil || e.State == subscribe.Ended {
				continue
			}
			e.Correct(l.Prune(e.Fields))
			t.Stage(func(b *bolt.Tx) error { return s.people.Put(b, *e) })
		}
		return nil
	})
}
