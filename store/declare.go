package store

import (
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/ledger"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// Declared returns the declarations that the store was last used under.
func (s *Store) Declared() (out []subscribe.Declaration, err error) {
	err = s.view(func(b *bolt.Tx) error {
		out, err = record.DecodeDeclarations(b.Bucket(layout.Meta).Get(layout.Declared))
		return err
	})
	return out, err
}

// declares is the last gate before the disk: an entry of a list whose declaration
// the store knows can hold its declared fields only (RULES Z-01).
func (s *Store) declares(p subscribe.Subscriber) error {
	fields := s.declared.Load()
	if fields == nil || (*fields)[p.List] == nil {
		return nil // before the first start nothing is declared, and nobody can join
	}
	for id := range p.Fields {
		if !(*fields)[p.List][id] {
			return fmt.Errorf("store: the list %s does not declare a field %q; nothing was stored", p.List, id)
		}
	}
	return nil
}

// dropUndeclared takes from an entry what the gate would refuse. What the store
// itself does to an entry must not fail for what a list declared once.
func (s *Store) dropUndeclared(p *subscribe.Subscriber) {
	fields := s.declared.Load()
	if fields == nil || (*fields)[p.List] == nil {
		return
	}
	for id := range p.Fields {
		if !(*fields)[p.List][id] {
			delete(p.Fields, id)
		}
	}
}

func (s *Store) learn(declared []subscribe.Declaration) {
	fields := map[string]map[string]bool{}
	for _, d := range declared {
		fields[d.List] = map[string]bool{}
		for _, f := range d.Fields {
			fields[d.List][f.ID] = true
		}
	}
	s.declared.Store(&fields)
}

// Adopt notes the declarations of this start. Its caller has made sure, with
// [subscribe.Compare], that they break no promise, or has settled what they break.
func (s *Store) Adopt(ctx context.Context, lists subscribe.Lists) error {
	declared := subscribe.Declarations(lists)
	return s.update(ctx, func(t *txn) error {
		t.Stage(func(b *bolt.Tx) error {
			return b.Bucket(layout.Meta).Put(layout.Declared, record.EncodeDeclarations(declared))
		})
		t.After(func() { s.learn(declared) })
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
		err := s.view(func(b *bolt.Tx) error {
			entries := layout.List(b, l.ID, layout.Entries)
			if entries == nil {
				return nil
			}
			c := entries.Cursor()
			for k, _ := c.Seek(layout.Key4(from)); k != nil && seen < page; k, _ = c.Next() {
				seen++
				seq := layout.SeqOf(k)
				from = uint32(seq) + 1
				e, err := s.entry(b, l.ID, seq)
				if unreadable(err) {
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
			e, err := s.entry(t.Bolt, l.ID, old.Seq)
			if unreadable(err) {
				continue
			}
			if err != nil {
				return err
			}
			if e == nil || e.State == subscribe.Ended {
				continue
			}
			e.Correct(l.Prune(e.Fields))
			t.Stage(func(b *bolt.Tx) error { return s.putEntry(b, *e) })
		}
		return nil
	})
}
