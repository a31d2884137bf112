package store

import (
	"context"
	"encoding/binary"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/people"
	"example.jp/kairan/store/record"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// Update implements [subscribe.Store].
func (s *Store) Update(ctx context.Context, op func(subscribe.Tx) error) error {
	return s.update(ctx, func(t *txn) error { return op(t) })
}

var _ subscribe.Tx = (*txn)(nil)

// hashedTally is the key of a tally, kept while an operation reads and then writes it.
type hashedTally struct {
	k subscribe.TallyKey
	h [16]byte
}

// tallyHash is the key of a tally. What is stored beside another begins as that
// does, so that a commit finds them on one page.
func (t *txn) tallyHash(k subscribe.TallyKey) [16]byte {
	for i := range t.hashed {
		if t.hashed[i].k == k {
			return t.hashed[i].h
		}
	}
	h := t.s.people.TallyHash(k)
	if k.Beside != "" {
		beside := t.tallyHash(subscribe.TallyKey{Scope: k.Scope, Of: k.Beside})
		copy(h[:8], beside[:8])
	}
	t.hashed = append(t.hashed, hashedTally{k, h})
	return h
}

// ByAddress finds the active entry of an address.
func (t *txn) ByAddress(listID string, a subscribe.Address) (*subscribe.Subscriber, error) {
	if err := t.Reading(); err != nil {
		return nil, err
	}
	return t.s.people.ByAddress(t.Bolt, listID, a)
}

// ByID finds an entry by its ID.
func (t *txn) ByID(listID string, id subscribe.ID) (*subscribe.Subscriber, error) {
	if err := t.Reading(); err != nil {
		return nil, err
	}
	return t.s.people.ByID(t.Bolt, listID, id)
}

// ByMailbox finds the active and suspended entries of a mailbox, and those of it
// that are lost.
func (t *txn) ByMailbox(listID string, a subscribe.Address) ([]*subscribe.Subscriber, error) {
	if err := t.Reading(); err != nil {
		return nil, err
	}
	return t.s.people.ByMailbox(t.Bolt, listID, a)
}

// Put stores an entry and keeps the indexes and the active bit in line with it.
// A new entry is refused with [subscribe.ErrBusy] when space is short.
func (t *txn) Put(p *subscribe.Subscriber) {
	if p.Seq == 0 && t.s.lacks(spaceForJoining) {
		t.Fail(subscribe.ErrBusy)
		return
	}
	e := *p         // as it is now, whatever op does with it afterwards
	if e.Seq != 0 { // it may have been lost
		t.After(func() { t.s.apart.Forget(apart.Entry, people.Name(e.List, e.Seq)) })
	}
	t.Stage(func(b *bolt.Tx) error {
		if e.State == subscribe.Ended && e.Consent == (subscribe.Consent{}) && !e.ID.IsZero() { // it was: no mark tells the journal
			t.left = append(t.left, journal.Line{Kind: journal.EntryLeft, At: e.EndedAt, Entry: e.ID, List: journal.ListHash(t.s.keys, e.List)})
		}
		return t.s.people.Put(b, e)
	})
}

// Mark returns the mark of an address, or nil. List "" is the installation.
func (t *txn) Mark(listID string, a subscribe.Address) (*subscribe.Mark, error) {
	if err := t.Reading(); err != nil {
		return nil, err
	}
	return t.s.people.Mark(t.Bolt, listID, a)
}

// SetMark remembers that an entry ended, or on list "" what was decided about a mailbox.
func (t *txn) SetMark(listID string, a subscribe.Address, m subscribe.Mark) {
	h := t.s.people.MarkHash(listID, a)
	t.Stage(func(b *bolt.Tx) error {
		if l, ok := journal.LineOf(t.s.keys, listID, h, m); ok {
			t.left = append(t.left, l)
		}
		return people.PutMark(b, listID, h, m)
	})
}

// Tally returns what a ceiling has counted; nothing once its time has passed.
func (t *txn) Tally(k subscribe.TallyKey) (subscribe.Tally, error) {
	if err := t.Reading(); err != nil {
		return subscribe.Tally{}, err
	}
	h := t.tallyHash(k)
	tally, err := record.DecodeTally(t.Bolt.Bucket(layout.Tallies).Get(h[:]))
	if err != nil || !t.Now().Before(tally.Until) {
		return subscribe.Tally{}, apart.Skip(err) // one that is damaged is counted anew
	}
	return tally, nil
}

// SetTally stores a count, or forgets it.
func (t *txn) SetTally(k subscribe.TallyKey, tally subscribe.Tally) {
	h := t.tallyHash(k)
	t.Stage(func(b *bolt.Tx) error {
		if tally.Until.IsZero() {
			return b.Bucket(layout.Tallies).Delete(h[:])
		}
		return b.Bucket(layout.Tallies).Put(h[:], record.EncodeTally(tally))
	})
}

// Waiting is how many requests wait, with those of this commit.
func (t *txn) Waiting() int { return t.waiting }

// PutRequest puts a request down, sealed; refused with [subscribe.ErrBusy] when
// space is short.
func (t *txn) PutRequest(request subscribe.Request) {
	if t.s.lacks(spaceForJoining) {
		t.Fail(subscribe.ErrBusy)
		return
	}
	t.Stage(func(b *bolt.Tx) error {
		intake := b.Bucket(layout.Intake)
		n, err := intake.NextSequence()
		if err != nil {
			return err
		}
		sealed, err := t.s.keys.Seal(seal.Data, layout.RequestLabel, record.EncodeRequest(request), layout.Key8(n))
		if err != nil {
			return err
		}
		t.waiting++
		return intake.Put(layout.Key8(n), sealed)
	})
}

// DropRequest forgets one that is settled.
func (t *txn) DropRequest(n uint64) {
	t.Stage(func(b *bolt.Tx) error {
		intake := b.Bucket(layout.Intake)
		if intake.Get(layout.Key8(n)) == nil {
			return nil
		}
		t.waiting--
		return intake.Delete(layout.Key8(n))
	})
}

// WaitingRequests implements [subscribe.RequestQueue].
func (s *Store) WaitingRequests(_ context.Context, limit int) (requests []subscribe.Request, err error) {
	err = s.view(func(b *bolt.Tx) error {
		c := b.Bucket(layout.Intake).Cursor()
		for k, v := c.First(); k != nil && len(requests) < limit; k, v = c.Next() {
			plain, err := s.keys.Open(seal.Data, layout.RequestLabel, v, k)
			var request subscribe.Request
			if err == nil {
				request, err = record.DecodeRequest(binary.BigEndian.Uint64(k), plain)
			}
			switch {
			case apart.Is(err):
				s.apart.Note(apart.Request, string(k))
			case err != nil:
				return err
			default:
				requests = append(requests, request)
			}
		}
		return nil
	})
	return requests, err
}

// Owe puts a notice into the outbox, due at once or when it says.
func (t *txn) Owe(n subscribe.Notice) {
	o := record.Notice{QueuedNotice: deliver.QueuedNotice{Notice: n, MessageID: subscribe.NewID().String()}, Due: t.Now()}
	if n.Due.After(o.Due) {
		o.Due = n.Due
	}
	t.Stage(func(b *bolt.Tx) error {
		id, err := b.Bucket(layout.Outbox).NextSequence()
		if err != nil {
			return err
		}
		o.N = id
		return t.s.putOwed(b, o)
	})
	t.After(func() { t.s.outbox.push(o.Due, o.N) })
}

// Suspended is how many entries of a list are suspended.
func (s *Store) Suspended(listID string) (n int, err error) {
	err = s.view(func(b *bolt.Tx) error {
		n = people.Suspended(b, listID)
		return nil
	})
	return n, err
}
