package store

import (
	"bytes"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// struck are the entries of one list that may have strikes, or have some pending:
// all that have, and perhaps a few that have none any more. So an acceptance, which forgets
// them, costs no look-up for anybody else. It is the committer's own, and all
// runs of the list share it.
type struck map[subscribe.Seq]bool

func (s *Store) struckOn(listID string) struck {
	if s.struck[listID] == nil {
		s.struck[listID] = struck{}
	}
	return s.struck[listID]
}

// recoverStruck fills the set at the opening.
func (s *Store) recoverStruck(b *bolt.Tx, listID string) error {
	for _, name := range [][]byte{layout.Strikes, layout.Pending} {
		held := layout.List(b, listID, name)
		if held == nil {
			continue
		}
		set := s.struckOn(listID)
		err := held.ForEach(func(k, _ []byte) error {
			set[layout.SeqOf(k)] = true
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// strike does, in the commit that settles a copy, what its outcome means for the
// entry: acceptance makes its strikes forgotten, also those that other runs have
// pending; a failure that counts is pending until the run is judged.
func (r *Ledger) strike(t *txn, k *books, x deliver.Settlement) error {
	seq := x.Reader.Seq
	if x.Result.Outcome == deliver.Accepted {
		if k.struck[seq] {
			t.Stage(func(b *bolt.Tx) error { return forgetStrikes(b, r.name.List, seq) })
			t.After(func() { delete(k.struck, seq) })
		}
		return nil
	}
	if !x.Struck() || k.taken {
		return nil
	}
	e, err := r.s.entry(t.Bolt, r.name.List, seq)
	if unreadable(err) {
		return nil
	}
	if err != nil || e == nil || e.State != subscribe.Active || e.Address.Identity() != x.Reader.Address.Identity() {
		return err // it has ended, or moved from the address that was refused
	}
	r.pend(t, k, x)
	return nil
}

// forgetStrikes forgets what is held against an entry, and what is pending.
func forgetStrikes(b *bolt.Tx, listID string, seq subscribe.Seq) error {
	if strikes := layout.List(b, listID, layout.Strikes); strikes != nil {
		if err := strikes.Delete(layout.SeqKey(seq)); err != nil {
			return err
		}
	}
	pending := layout.List(b, listID, layout.Pending)
	if pending == nil {
		return nil
	}
	var gone [][]byte // a cursor does not stand a deletion
	c := pending.Cursor()
	for k, _ := c.Seek(layout.SeqKey(seq)); bytes.HasPrefix(k, layout.SeqKey(seq)); k, _ = c.Next() {
		gone = append(gone, bytes.Clone(k))
	}
	return layout.DeleteAll(pending, gone)
}

// noteSuspended keeps the index of suspended entries in line with an entry.
func noteSuspended(b *bolt.Tx, p *subscribe.Subscriber) error {
	if p.State != subscribe.Suspended {
		if since := layout.List(b, p.List, layout.Suspended); since != nil {
			return since.Delete(layout.SeqKey(p.Seq))
		}
		return nil
	}
	since, err := layout.EnsureBucket(b, p.List, layout.Suspended)
	if err != nil {
		return err
	}
	return since.Put(layout.SeqKey(p.Seq), layout.Key8(uint64(p.EndedAt.UnixMilli())))
}

// Suspended is how many entries of a list are suspended.
func (s *Store) Suspended(listID string) (n int, err error) {
	err = s.view(func(b *bolt.Tx) error {
		n = suspendedOn(b, listID)
		return nil
	})
	return n, err
}

func suspendedOn(b *bolt.Tx, listID string) int {
	if since := layout.List(b, listID, layout.Suspended); since != nil {
		return since.Stats().KeyN
	}
	return 0
}
