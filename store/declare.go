package store

import (
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// Declared returns the declarations that the store was last used under.
func (s *Store) Declared() (out []subscribe.Declaration, err error) {
	err = s.view(func(b *bolt.Tx) error {
		v := b.Bucket(layout.Meta).Get(layout.Declared)
		if v == nil {
			return nil
		}
		return read(v, 1, func(_ uint64, v value) bool {
			d, e := decodeDeclaration(v)
			out = append(out, d)
			return e == nil
		})
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
	w := newRecord(1)
	for _, d := range subscribe.Declarations(lists) {
		w.bytes(1, encodeDeclaration(d))
	}
	return s.update(ctx, func(t *txn) error {
		t.stage(func(b *bolt.Tx) error { return b.Bucket(layout.Meta).Put(layout.Declared, w.b) })
		t.after(func() { s.learn(subscribe.Declarations(lists)) })
		return nil
	})
}

// EndList deletes everything of a list: entries, marks, issues, ledgers, and what
// the journal knows of it.
func (s *Store) EndList(ctx context.Context, listID string) error {
	err := s.update(ctx, func(t *txn) error {
		t.stage(func(b *bolt.Tx) error {
			runs := layout.List(b, listID, layout.Runs)
			if runs == nil {
				return nil
			}
			if err := noteEnded(b, s.keys, listID); err != nil {
				return err
			}
			err := runs.ForEachBucket(func(slug []byte) error { return ledgerOf(b, runs.Bucket(slug)).remove() })
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
			e, err := s.entry(t.b, l.ID, old.Seq)
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
			t.stage(func(b *bolt.Tx) error { return s.putEntry(b, *e) })
		}
		return nil
	})
}

func encodeDeclaration(d subscribe.Declaration) []byte {
	w := newRecord(1)
	w.str(1, d.List)
	w.str(2, d.ListID)
	w.str(3, d.Purpose)
	for _, f := range d.Fields {
		x := newRecord(1)
		x.str(1, f.ID)
		x.str(2, string(f.Kind))
		x.num(3, uint64(f.Length))
		for _, c := range f.Choices {
			x.str(4, c)
		}
		w.bytes(4, x.b)
	}
	return w.b
}

func decodeDeclaration(record []byte) (d subscribe.Declaration, err error) {
	var inner error
	err = read(record, 1, func(tag uint64, v value) bool {
		switch tag {
		case 1:
			d.List = v.str()
		case 2:
			d.ListID = v.str()
		case 3:
			d.Purpose = v.str()
		case 4:
			var f subscribe.DeclaredField
			inner = read(v, 1, func(tag uint64, v value) bool {
				switch tag {
				case 1:
					f.ID = v.str()
				case 2:
					f.Kind = subscribe.Kind(v.str())
				case 3:
					f.Length = int(v.num())
				case 4:
					f.Choices = append(f.Choices, v.str())
				default:
					return false
				}
				return true
			})
			d.Fields = append(d.Fields, f)
		default:
			return false
		}
		return inner == nil
	})
	return d, err
}
