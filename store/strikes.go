package store

import (
	"bytes"
	"encoding/binary"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// struck are the entries of one list that may have strikes: all that have some,
// and perhaps a few that have none any more. So an acceptance, which forgets
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
	strikes := list(b, listID, bStrikes)
	if strikes == nil {
		return nil
	}
	set := s.struckOn(listID)
	return strikes.ForEach(func(k, _ []byte) error {
		set[subscribe.Seq(binary.BigEndian.Uint32(k))] = true
		return nil
	})
}

// strike does, in the commit that settles a copy, what its outcome means for the
// entry: acceptance makes its strikes forgotten, a failure that counts adds one
// or suspends it (RULES E-07).
func (r *Run) strike(t *txn, k *books, x deliver.Settlement) error {
	seq := x.Reader.Seq
	if x.Result.Outcome == deliver.Accepted {
		if k.struck[seq] {
			t.stage(func(b *bolt.Tx) error { return forgetStrikes(b, r.list, seq) })
			t.after(func() { delete(k.struck, seq) })
		}
		return nil
	}
	if !x.Struck() {
		return nil
	}
	e, err := r.s.entry(t.b, r.list, seq)
	if err != nil || e == nil || e.State != subscribe.Active || e.Address.Identity() != x.Reader.Address.Identity() {
		return err // it has ended, or moved from the address that was refused
	}
	stored := get(list(t.b, r.list, bStrikes), seqKey(seq))
	had, err := decodeStrikes(stored)
	if err != nil {
		return err
	}
	next, suspend := had.After(x, r.slug, t.now, *r.s.opt.Suspend)
	if suspend {
		h := r.s.markHash(r.list, e.Address)
		mark := e.Suspend(t.now)
		r.s.dropUndeclared(e)
		t.stage(func(b *bolt.Tx) error { return t.suspend(b, *e, h, mark) })
		return nil
	}
	record := encodeStrikes(next)
	if bytes.Equal(record, stored) {
		return nil
	}
	t.stage(func(b *bolt.Tx) error {
		strikes, err := later(b, r.list, bStrikes)
		if err != nil {
			return err
		}
		k.struck[seq] = true // at once: the next turn of this commit may be an acceptance
		return strikes.Put(seqKey(seq), record)
	})
	t.after(func() { k.struck[seq] = true }) // also when the turn before it has forgotten
	return nil
}

// suspend stores a suspended entry and its mark, and clears its bit also in what
// the open books have read: whoever claims later in this commit finds it withdrawn.
func (t *txn) suspend(b *bolt.Tx, e subscribe.Subscriber, h [16]byte, mark subscribe.Mark) error {
	if err := t.s.putEntry(b, e); err != nil {
		return err
	}
	if err := list(b, e.List, bMarks).Put(h[:], encodeMark(mark)); err != nil {
		return err
	}
	n, _ := chunkOf(e.Seq)
	for r, k := range t.open {
		if c := k.chunks[n]; c != nil && r.list == e.List {
			c.active = k.active.Get(key4(n))
		}
	}
	return nil
}

func forgetStrikes(b *bolt.Tx, listID string, seq subscribe.Seq) error {
	if strikes := list(b, listID, bStrikes); strikes != nil {
		return strikes.Delete(seqKey(seq))
	}
	return nil
}

// noteSuspended keeps the index of suspended entries in line with an entry.
func noteSuspended(b *bolt.Tx, p *subscribe.Subscriber) error {
	if p.State != subscribe.Suspended {
		if since := list(b, p.List, bSuspended); since != nil {
			return since.Delete(seqKey(p.Seq))
		}
		return nil
	}
	since, err := later(b, p.List, bSuspended)
	if err != nil {
		return err
	}
	return since.Put(seqKey(p.Seq), key8(uint64(p.EndedAt.UnixMilli())))
}

// later returns a bucket that the first schema did not have from the start; it
// is made when first written to.
func later(b *bolt.Tx, listID string, name []byte) (*bolt.Bucket, error) {
	l, err := ensureList(b, listID)
	if err != nil {
		return nil, err
	}
	return l.CreateBucketIfNotExists(name)
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
	if since := list(b, listID, bSuspended); since != nil {
		return since.Stats().KeyN
	}
	return 0
}

// Strikes hold the names of issues, and no address.
func encodeStrikes(s deliver.Strikes) []byte {
	w := newRecord(1)
	w.num(1, uint64(s.Hard))
	w.str(2, s.HardIssue)
	w.when(3, s.HardAt)
	w.num(4, uint64(s.Soft))
	for _, issue := range s.SoftIssues {
		w.str(5, issue)
	}
	w.when(6, s.SoftAt)
	return w.b
}

func decodeStrikes(b []byte) (s deliver.Strikes, err error) {
	if b == nil {
		return s, nil
	}
	err = read(b, 1, func(tag uint64, v value) bool {
		switch tag {
		case 1:
			s.Hard = int(v.num())
		case 2:
			s.HardIssue = v.str()
		case 3:
			s.HardAt = v.when()
		case 4:
			s.Soft = int(v.num())
		case 5:
			s.SoftIssues = append(s.SoftIssues, v.str())
		case 6:
			s.SoftAt = v.when()
		default:
			return false
		}
		return true
	})
	return s, err
}
