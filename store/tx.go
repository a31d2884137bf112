package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/ledger"
	"example.jp/kairan/store/record"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// Update implements [subscribe.Store].
func (s *Store) Update(ctx context.Context, op func(subscribe.Tx) error) error {
	return s.update(ctx, func(t *txn) error { return op(t) })
}

var _ subscribe.Tx = (*txn)(nil)

func (s *Store) addressHash(list string, a subscribe.Address) [16]byte {
	return s.keys.Hash(seal.Index, "address v1", list, a.Identity())
}

// mailboxKey begins the keys of a mailbox's entries, under all of its spellings.
func (s *Store) mailboxKey(list string, a subscribe.Address) [16]byte {
	return s.keys.Hash(seal.Index, "mailbox v1", list, a.RateIdentity())
}

// markHash finds marks. A block is of the mailbox under all of its spellings, as
// the ceilings count it: "never write to me" means them all.
func (s *Store) markHash(list string, a subscribe.Address) [16]byte {
	if list == "" {
		return s.keys.Hash(seal.Mark, "mark v1", list, a.RateIdentity())
	}
	return s.keys.Hash(seal.Mark, "mark v1", list, a.Identity())
}

func (s *Store) tallyHash(k subscribe.TallyKey) [16]byte {
	return s.keys.Hash(seal.Index, "tally v1", k.Scope, k.Of)
}

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
	h := t.s.tallyHash(k)
	if k.Beside != "" {
		beside := t.tallyHash(subscribe.TallyKey{Scope: k.Scope, Of: k.Beside})
		copy(h[:8], beside[:8])
	}
	t.hashed = append(t.hashed, hashedTally{k, h})
	return h
}

// ByAddress finds the active entry of an address.
func (t *txn) ByAddress(listID string, a subscribe.Address) (*subscribe.Subscriber, error) {
	h := t.s.addressHash(listID, a)
	e, err := t.bySeqKey(listID, layout.Get(layout.List(t.Bolt, listID, layout.Addresses), h[:]), subscribe.ID{})
	if e != nil && e.State != subscribe.Lost && (e.State != subscribe.Active || e.Address.Identity() != a.Identity()) {
		return nil, err // see formerly; or the index is damaged, and leads to somebody else
	}
	return e, err
}

// ByID finds an entry by its ID.
func (t *txn) ByID(listID string, id subscribe.ID) (*subscribe.Subscriber, error) {
	key := layout.Get(layout.List(t.Bolt, listID, layout.IDs), id[:])
	e, err := t.bySeqKey(listID, key, id)
	if err == nil && key != nil && (e == nil || e.ID != id) { // the index is damaged, and leads to somebody else
		t.s.apart.note(kindEntry, listID+"/"+id.String())
		return t.s.search(t.Bolt, listID, id)
	}
	return e, err
}

// ByMailbox finds the active and suspended entries of a mailbox, and those of it
// that are lost.
func (t *txn) ByMailbox(listID string, a subscribe.Address) (all []*subscribe.Subscriber, err error) {
	mailboxes := layout.List(t.Bolt, listID, layout.Mailboxes)
	if err := t.Reading(); err != nil || mailboxes == nil {
		return nil, err
	}
	h, c := t.s.mailboxKey(listID, a), mailboxes.Cursor()
	for k, _ := c.Seek(h[:]); bytes.HasPrefix(k, h[:]); k, _ = c.Next() {
		e, err := t.bySeqKey(listID, k[len(h):], subscribe.ID{})
		if err != nil {
			return nil, err
		}
		if e != nil && (e.State == subscribe.Lost || e.Address.RateIdentity() == a.RateIdentity()) {
			all = append(all, e)
		}
	}
	return all, nil
}

// bySeqKey finds the entry that an index leads to; one that cannot be read is
// [subscribe.Lost].
func (t *txn) bySeqKey(listID string, key []byte, id subscribe.ID) (*subscribe.Subscriber, error) {
	if err := t.Reading(); err != nil || len(key) != 4 {
		return nil, err
	}
	seq := layout.SeqOf(key)
	e, err := t.s.entry(t.Bolt, listID, seq)
	if unreadable(err) {
		return lost(t.Bolt, listID, seq, id), nil
	}
	return e, err
}

// entry opens one entry, or returns nil.
func (s *Store) entry(b *bolt.Tx, listID string, seq subscribe.Seq) (*subscribe.Subscriber, error) {
	sealed := layout.Get(layout.List(b, listID, layout.Entries), layout.SeqKey(seq))
	if sealed == nil {
		return nil, nil
	}
	plain, err := s.openEntry(nil, sealed, listID, layout.AppendEntryBound(nil, listID, seq))
	if err == nil {
		var e *subscribe.Subscriber
		if e, err = record.DecodeSubscriber(listID, seq, plain); err == nil {
			return e, nil
		}
	}
	s.apart.note(kindEntry, entryName(listID, seq))
	return nil, err
}

// openEntry appends an entry's record to dst.
func (s *Store) openEntry(dst, sealed []byte, listID string, bound []byte) ([]byte, error) {
	plain, err := s.keys.AppendOpen(dst, seal.Data, layout.EntryLabel, sealed, bound)
	if err != nil {
		return nil, fmt.Errorf("store: an entry of %s cannot be opened: %w", listID, err)
	}
	return plain, nil
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
		t.After(func() { t.s.apart.forget(kindEntry, entryName(e.List, e.Seq)) })
	}
	t.Stage(func(b *bolt.Tx) error {
		if e.State == subscribe.Ended && e.Consent == (subscribe.Consent{}) && !e.ID.IsZero() { // it was: no mark tells the journal
			t.left = append(t.left, journal.Line{Kind: journal.EntryLeft, At: e.EndedAt, Entry: e.ID, List: journal.ListHash(t.s.keys, e.List)})
		}
		return t.s.putEntry(b, e)
	})
}

func (s *Store) putEntry(b *bolt.Tx, p subscribe.Subscriber) error {
	if err := s.declares(p); err != nil {
		return err
	}
	buckets, err := layout.EnsureList(b, p.List)
	if err != nil {
		return err
	}
	entries, addresses := buckets.Bucket(layout.Entries), buckets.Bucket(layout.Addresses)
	if p.Seq == 0 {
		n, err := entries.NextSequence()
		if err != nil {
			return err
		}
		p.Seq = subscribe.Seq(n)
	} else if err := s.unindex(b, p); err != nil {
		return err
	}
	if err := noteSuspended(b, &p); err != nil {
		return err
	}
	sealed, err := s.keys.Seal(seal.Data, layout.EntryLabel, record.EncodeSubscriber(&p), layout.AppendEntryBound(nil, p.List, p.Seq))
	if err != nil {
		return err
	}
	if err := entries.Put(layout.SeqKey(p.Seq), sealed); err != nil {
		return err
	}
	if !p.ID.IsZero() { // of a lost one it may be unknown
		if err := buckets.Bucket(layout.IDs).Put(p.ID[:], layout.SeqKey(p.Seq)); err != nil {
			return err
		}
	}
	if p.State == subscribe.Active {
		h := s.addressHash(p.List, p.Address)
		if err := addresses.Put(h[:], layout.SeqKey(p.Seq)); err != nil {
			return err
		}
	}
	if p.State != subscribe.Ended {
		if err := buckets.Bucket(layout.Mailboxes).Put(s.mailboxEntry(p), []byte{}); err != nil {
			return err
		}
	}
	return setActive(buckets.Bucket(layout.Active), p.Seq, p.State == subscribe.Active)
}

// mailboxEntry is the key under which the index of mailboxes has an entry.
func (s *Store) mailboxEntry(p subscribe.Subscriber) []byte {
	h := s.mailboxKey(p.List, p.Address)
	return append(h[:], layout.SeqKey(p.Seq)...)
}

// unindex takes the address of an entry's stored form out of the indexes, and
// forgets the strikes of one that ends or moves.
func (s *Store) unindex(b *bolt.Tx, p subscribe.Subscriber) error {
	before, err := s.entry(b, p.List, p.Seq)
	if unreadable(err) {
		return unindexLost(b, p.List, p.Seq)
	}
	if err != nil || before == nil || before.State == subscribe.Ended {
		return err
	}
	if err := layout.List(b, p.List, layout.Mailboxes).Delete(s.mailboxEntry(*before)); err != nil {
		return err
	}
	if before.State != subscribe.Active {
		return nil
	}
	if p.State != subscribe.Active || p.Address.Identity() != before.Address.Identity() {
		if err := ledger.ForgetStrikes(b, p.List, p.Seq); err != nil {
			return err
		}
	}
	h := s.addressHash(p.List, before.Address)
	return layout.List(b, p.List, layout.Addresses).Delete(h[:])
}

func setActive(active *bolt.Bucket, seq subscribe.Seq, on bool) error {
	chunk, bit := layout.ChunkOf(seq)
	bits := make([]byte, layout.ChunkBytes)
	copy(bits, active.Get(layout.Key4(chunk)))
	layout.SetBit(bits, bit, on)
	return active.Put(layout.Key4(chunk), bits)
}

// Mark returns the mark of an address, or nil. List "" is the installation.
func (t *txn) Mark(listID string, a subscribe.Address) (*subscribe.Mark, error) {
	if err := t.Reading(); err != nil {
		return nil, err
	}
	h := t.s.markHash(listID, a)
	if listID == "" {
		return record.DecodeMark(layout.Get(t.Bolt.Bucket(layout.Blocks), h[:]))
	}
	m, err := record.DecodeMark(layout.Get(layout.List(t.Bolt, listID, layout.Marks), h[:]))
	if m == nil && err == nil {
		return t.formerly(listID, a)
	}
	return m, err
}

// SetMark remembers that an entry ended, or on list "" what was decided about a mailbox.
func (t *txn) SetMark(listID string, a subscribe.Address, m subscribe.Mark) {
	h := t.s.markHash(listID, a)
	t.Stage(func(b *bolt.Tx) error {
		if l, ok := journal.LineOf(t.s.keys, listID, h, m); ok {
			t.left = append(t.left, l)
		}
		if listID == "" {
			return b.Bucket(layout.Blocks).Put(h[:], record.EncodeMark(m))
		}
		l, err := layout.EnsureList(b, listID)
		if err != nil {
			return err
		}
		return l.Bucket(layout.Marks).Put(h[:], record.EncodeMark(m))
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
		return subscribe.Tally{}, skip(err) // one that is damaged is counted anew
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
			case unreadable(err):
				s.apart.note(kindRequest, string(k))
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
