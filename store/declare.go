package store

import (
	"bytes"
	"context"
	"errors"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// Declared returns the declarations that the store was last used under.
func (s *Store) Declared() ([]subscribe.Declaration, error) {
	return view(s, func(b *bolt.Tx) ([]subscribe.Declaration, error) {
		return record.DecodeDeclarations(b.Bucket(layout.Meta).Get(layout.Declared))
	})
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

// EndList deletes everything of a list: entries, marks, issues, ledgers, the mails and
// requests that wait, and what the journal knows of it.
func (s *Store) EndList(ctx context.Context, listID string) error {
	p := &purge{s: s, ctx: ctx, now: s.opt.Now()}
	if _, err := p.waitingOf(listID); err != nil {
		return err
	}
	if err := s.write(ctx, func(b *bolt.Tx) error { return s.endList(b, listID) }); err != nil {
		return err
	}
	s.archiveChanged()
	return s.dropEnded()
}

func (s *Store) endList(b *bolt.Tx, listID string) error {
	runs := layout.List(b, listID, layout.Runs)
	if runs == nil {
		return nil
	}
	err := runs.ForEachBucket(func(slug []byte) error {
		return s.ledger.RemoveBitmaps(b, deliver.IssueName{List: listID, Slug: string(slug)})
	})
	return errors.Join(err, noteEnded(b, s.keys, listID), s.forgetStatistics(b, listID), b.Bucket(layout.Lists).DeleteBucket([]byte(listID)))
}

// Prune takes out of every entry what its list no longer declares, and returns
// how many entries held any of it. Interrupted, it can simply be run again.
func (s *Store) Prune(ctx context.Context, l *subscribe.List) (pruned int, err error) {
	const page = 512
	for from := []byte{}; from != nil; {
		err = s.update(ctx, func(t *txn) error {
			entries := layout.List(t.Bolt, l.ID, layout.Entries)
			if entries == nil {
				from = nil
				return nil
			}
			c, seen, changed := entries.Cursor(), 0, 0
			k, _ := c.Seek(from)
			for ; k != nil && seen < page; k, _ = c.Next() {
				seen++
				e, err := s.people.Entry(t.Bolt, l.ID, layout.SeqOf(k))
				if apart.Skip(err) != nil {
					return err
				}
				if e == nil || e.State == subscribe.Ended || len(l.Prune(e.Fields)) == len(e.Fields) { // one that nobody can read, whatever is in it
					continue
				}
				e.Correct(l.Prune(e.Fields))
				t.Stage(func(b *bolt.Tx) error { return s.people.Put(b, *e) })
				changed++
			}
			next := bytes.Clone(k)
			t.After(func() { from, pruned = next, pruned+changed })
			return nil
		})
		if err != nil {
			return pruned, err
		}
	}
	return pruned, nil
}
