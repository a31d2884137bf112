package store

import (
	"context"
	"errors"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/people"
	"example.jp/kairan/subscribe"
)

// Update implements [subscribe.Store].
func (s *Store) Update(ctx context.Context, op func(subscribe.Tx) error) error {
	return s.update(ctx, func(t *txn) error { return op(t) })
}

// Seed stores entries as they are, for the demo and for measuring, thousands to
// a commit.
func (s *Store) Seed(ctx context.Context, entries []*subscribe.Subscriber) error {
	return s.write(ctx, func(b *bolt.Tx) (err error) {
		for _, e := range entries {
			err = errors.Join(err, s.people.Put(b, *e))
		}
		return err
	})
}

var _ subscribe.Tx = (*txn)(nil)

// ByAddress finds the active entry of an address, or the [subscribe.Lost] one that had it.
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

// ByMailbox finds the active, the suspended and the lost entries of a mailbox.
func (t *txn) ByMailbox(listID string, a subscribe.Address) ([]*subscribe.Subscriber, error) {
	if err := t.Reading(); err != nil {
		return nil, err
	}
	return t.s.people.ByMailbox(t.Bolt, listID, a)
}

// RoomToJoin is [subscribe.ErrBusy] when space is short.
func (t *txn) RoomToJoin() error {
	if t.lacks(spaceForJoining) {
		return subscribe.ErrBusy
	}
	return nil
}

// OwnID is the ID that belongs to an address on a list.
func (t *txn) OwnID(listID string, a subscribe.Address) subscribe.ID {
	return t.s.people.OwnID(listID, a)
}

// Put stores an entry and keeps the indexes and the active bit in line with it.
func (t *txn) Put(p *subscribe.Subscriber) {
	e := *p         // as it is now, whatever op does with it afterwards
	if e.Seq != 0 { // it may have been lost
		t.After(func() { t.s.apart.Forget(apart.Entry, people.Name(e.List, e.Seq)) })
	}
	t.Stage(func(b *bolt.Tx) error {
		if e.State == subscribe.Ended && e.Consent == (subscribe.Consent{}) && !e.ID.IsZero() { // it was lost, and so no mark tells the journal
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
	t.After(func() { t.s.apart.Forget(apart.Mark, people.MarkName(listID, h[:])) }) // it is written anew
	t.Stage(func(b *bolt.Tx) error {
		if l, ok := journal.LineOf(t.s.keys, listID, h, m); ok {
			t.left = append(t.left, l)
		}
		return t.s.people.PutMark(b, listID, h, m)
	})
}

// Suspended is how many entries of a list are suspended.
func (s *Store) Suspended(listID string) (int, error) {
	return view(s, func(b *bolt.Tx) (int, error) { return people.Suspended(b, listID), nil })
}

// Count is how many entries of a list are active.
func (s *Store) Count(listID string) (int, error) {
	return view(s, func(b *bolt.Tx) (int, error) { return s.ledger.CountActive(b, listID) })
}
