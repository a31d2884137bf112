package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// Update implements [subscribe.Store].
func (s *Store) Update(ctx context.Context, op func(subscribe.Tx) error) error {
	return s.update(ctx, func(t *txn) error { return op(t) })
}

var _ subscribe.Tx = (*txn)(nil)

// Now is the commit's one timestamp, to the millisecond.
func (t *txn) Now() time.Time { return t.now }

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
	e, err := t.bySeqKey(listID, get(list(t.b, listID, bAddresses), h[:]), subscribe.ID{})
	if e != nil && e.State != subscribe.Lost && (e.State != subscribe.Active || e.Address.Identity() != a.Identity()) {
		return nil, err // see formerly; or the index is damaged, and leads to somebody else
	}
	return e, err
}

// ByID finds an entry by its ID.
func (t *txn) ByID(listID string, id subscribe.ID) (*subscribe.Subscriber, error) {
	key := get(list(t.b, listID, bIDs), id[:])
	e, err := t.bySeqKey(listID, key, id)
	if err == nil && key != nil && (e == nil || e.ID != id) { // the index is damaged, and leads to somebody else
		t.s.apart.note(kindEntry, listID+"/"+id.String())
		return t.s.search(t.b, listID, id)
	}
	return e, err
}

// ByMailbox finds the active and suspended entries of a mailbox, and those of it
// that are lost.
func (t *txn) ByMailbox(listID string, a subscribe.Address) (all []*subscribe.Subscriber, err error) {
	mailboxes := list(t.b, listID, bMailboxes)
	if err := t.reading(); err != nil || mailboxes == nil {
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
	if err := t.reading(); err != nil || len(key) != 4 {
		return nil, err
	}
	seq := subscribe.Seq(binary.BigEndian.Uint32(key))
	e, err := t.s.entry(t.b, listID, seq)
	if unreadable(err) {
		return lost(t.b, listID, seq, id), nil
	}
	return e, err
}

// entry opens one entry, or returns nil.
func (s *Store) entry(b *bolt.Tx, listID string, seq subscribe.Seq) (*subscribe.Subscriber, error) {
	sealed := get(list(b, listID, bEntries), seqKey(seq))
	if sealed == nil {
		return nil, nil
	}
	plain, err := s.openEntry(nil, sealed, listID, entryBound(listID, seq))
	if err == nil {
		var e *subscribe.Subscriber
		if e, err = decodeEntry(listID, seq, plain); err == nil {
			return e, nil
		}
	}
	s.apart.note(kindEntry, entryName(listID, seq))
	return nil, err
}

// openEntry appends an entry's record to dst.
func (s *Store) openEntry(dst, sealed []byte, listID string, bound []byte) ([]byte, error) {
	plain, err := s.keys.AppendOpen(dst, seal.Data, lEntry, sealed, bound)
	if err != nil {
		return nil, fmt.Errorf("store: an entry of %s cannot be opened: %w", listID, err)
	}
	return plain, nil
}

// Put stores an entry and keeps the indexes and the active bit in line with it.
// A new entry is refused with [subscribe.ErrBusy] when space is short.
func (t *txn) Put(p *subscribe.Subscriber) {
	if p.Seq == 0 && t.s.short(spaceForJoining) {
		t.fail(subscribe.ErrBusy)
		return
	}
	e := *p         // as it is now, whatever op does with it afterwards
	if e.Seq != 0 { // it may have been lost
		t.after(func() { t.s.apart.forget(kindEntry, entryName(e.List, e.Seq)) })
	}
	t.stage(func(b *bolt.Tx) error {
		if e.State == subscribe.Ended && e.Consent == (subscribe.Consent{}) && !e.ID.IsZero() { // it was: no mark tells the journal
			t.left = append(t.left, leaving{kind: entryLeft, at: e.EndedAt, entry: e.ID, list: listHash(t.s.keys, e.List)})
		}
		return t.s.putEntry(b, e)
	})
}

func (s *Store) putEntry(b *bolt.Tx, p subscribe.Subscriber) error {
	if err := s.declares(p); err != nil {
		return err
	}
	buckets, err := ensureList(b, p.List)
	if err != nil {
		return err
	}
	entries, addresses := buckets.Bucket(bEntries), buckets.Bucket(bAddresses)
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
	sealed, err := s.keys.Seal(seal.Data, lEntry, encodeEntry(&p), entryBound(p.List, p.Seq))
	if err != nil {
		return err
	}
	if err := entries.Put(seqKey(p.Seq), sealed); err != nil {
		return err
	}
	if !p.ID.IsZero() { // of a lost one it may be unknown
		if err := buckets.Bucket(bIDs).Put(p.ID[:], seqKey(p.Seq)); err != nil {
			return err
		}
	}
	if p.State == subscribe.Active {
		h := s.addressHash(p.List, p.Address)
		if err := addresses.Put(h[:], seqKey(p.Seq)); err != nil {
			return err
		}
	}
	if p.State != subscribe.Ended {
		if err := buckets.Bucket(bMailboxes).Put(s.mailboxEntry(p), []byte{}); err != nil {
			return err
		}
	}
	return setActive(buckets.Bucket(bActive), p.Seq, p.State == subscribe.Active)
}

// mailboxEntry is the key under which the index of mailboxes has an entry.
func (s *Store) mailboxEntry(p subscribe.Subscriber) []byte {
	h := s.mailboxKey(p.List, p.Address)
	return append(h[:], seqKey(p.Seq)...)
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
	if err := list(b, p.List, bMailboxes).Delete(s.mailboxEntry(*before)); err != nil {
		return err
	}
	if before.State != subscribe.Active {
		return nil
	}
	if p.State != subscribe.Active || p.Address.Identity() != before.Address.Identity() {
		if err := forgetStrikes(b, p.List, p.Seq); err != nil {
			return err
		}
	}
	h := s.addressHash(p.List, before.Address)
	return list(b, p.List, bAddresses).Delete(h[:])
}

func setActive(active *bolt.Bucket, seq subscribe.Seq, on bool) error {
	chunk, bit := chunkOf(seq)
	bits := make([]byte, chunkBytes)
	copy(bits, active.Get(key4(chunk)))
	setBit(bits, bit, on)
	return active.Put(key4(chunk), bits)
}

// ensureList returns the list's bucket, with everything in it.
func ensureList(b *bolt.Tx, listID string) (*bolt.Bucket, error) {
	if l := b.Bucket(bLists).Bucket([]byte(listID)); l != nil {
		return l, nil
	}
	l, err := b.Bucket(bLists).CreateBucket([]byte(listID))
	if err != nil {
		return nil, err
	}
	for _, name := range listBuckets {
		if _, err := l.CreateBucket(name); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// Mark returns the mark of an address, or nil. List "" is the installation.
func (t *txn) Mark(listID string, a subscribe.Address) (*subscribe.Mark, error) {
	if err := t.reading(); err != nil {
		return nil, err
	}
	h := t.s.markHash(listID, a)
	if listID == "" {
		return decodeMark(get(t.b.Bucket(bBlocks), h[:]))
	}
	m, err := decodeMark(get(list(t.b, listID, bMarks), h[:]))
	if m == nil && err == nil {
		return t.formerly(listID, a)
	}
	return m, err
}

// SetMark remembers that an entry ended, or on list "" what was decided about a mailbox.
func (t *txn) SetMark(listID string, a subscribe.Address, m subscribe.Mark) {
	h := t.s.markHash(listID, a)
	t.stage(func(b *bolt.Tx) error {
		if l, ok := t.s.leavingOf(listID, h, m); ok {
			t.left = append(t.left, l)
		}
		if listID == "" {
			return b.Bucket(bBlocks).Put(h[:], encodeMark(m))
		}
		l, err := ensureList(b, listID)
		if err != nil {
			return err
		}
		return l.Bucket(bMarks).Put(h[:], encodeMark(m))
	})
}

// Tally returns what a ceiling has counted; nothing once its time has passed.
func (t *txn) Tally(k subscribe.TallyKey) (subscribe.Tally, error) {
	if err := t.reading(); err != nil {
		return subscribe.Tally{}, err
	}
	h := t.tallyHash(k)
	tally, err := decodeTally(t.b.Bucket(bTallies).Get(h[:]))
	if err != nil || !t.now.Before(tally.Until) {
		return subscribe.Tally{}, skip(err) // one that is damaged is counted anew
	}
	return tally, nil
}

// SetTally stores a count, or forgets it.
func (t *txn) SetTally(k subscribe.TallyKey, tally subscribe.Tally) {
	h := t.tallyHash(k)
	t.stage(func(b *bolt.Tx) error {
		if tally.Until.IsZero() {
			return b.Bucket(bTallies).Delete(h[:])
		}
		return b.Bucket(bTallies).Put(h[:], encodeTally(tally))
	})
}

// Requests is how many slips wait, with those of this commit.
func (t *txn) Requests() int { return t.waiting }

// PutRequest puts a request down, sealed; refused with [subscribe.ErrBusy] when
// space is short.
func (t *txn) PutRequest(slip subscribe.Request) {
	if t.s.short(spaceForJoining) {
		t.fail(subscribe.ErrBusy)
		return
	}
	t.stage(func(b *bolt.Tx) error {
		intake := b.Bucket(bIntake)
		n, err := intake.NextSequence()
		if err != nil {
			return err
		}
		sealed, err := t.s.keys.Seal(seal.Data, lSlip, encodeSlip(slip), key8(n))
		if err != nil {
			return err
		}
		t.waiting++
		return intake.Put(key8(n), sealed)
	})
}

// DropRequest forgets one that is settled.
func (t *txn) DropRequest(n uint64) {
	t.stage(func(b *bolt.Tx) error {
		intake := b.Bucket(bIntake)
		if intake.Get(key8(n)) == nil {
			return nil
		}
		t.waiting--
		return intake.Delete(key8(n))
	})
}

// WaitingRequests implements [subscribe.RequestQueue].
func (s *Store) WaitingRequests(_ context.Context, limit int) (slips []subscribe.Request, err error) {
	err = s.view(func(b *bolt.Tx) error {
		c := b.Bucket(bIntake).Cursor()
		for k, v := c.First(); k != nil && len(slips) < limit; k, v = c.Next() {
			plain, err := s.keys.Open(seal.Data, lSlip, v, k)
			var slip subscribe.Request
			if err == nil {
				slip, err = decodeSlip(binary.BigEndian.Uint64(k), plain)
			}
			switch {
			case unreadable(err):
				s.apart.note(kindRequest, string(k))
			case err != nil:
				return err
			default:
				slips = append(slips, slip)
			}
		}
		return nil
	})
	return slips, err
}

// Owe puts a notice into the outbox, due at once or when it says.
func (t *txn) Owe(n subscribe.Notice) {
	o := owed{QueuedNotice: deliver.QueuedNotice{Notice: n, MessageID: subscribe.NewID().String()}, due: t.now}
	if n.Due.After(o.due) {
		o.due = n.Due
	}
	t.stage(func(b *bolt.Tx) error {
		id, err := b.Bucket(bOutbox).NextSequence()
		if err != nil {
			return err
		}
		o.N = id
		return t.s.putOwed(b, o)
	})
	t.after(func() { t.s.outbox.push(o.due, o.N) })
}
