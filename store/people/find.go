package people

import (
	"bytes"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// ByAddress finds the active entry of an address, or the [subscribe.Lost] one that had it.
func (r *Register) ByAddress(b *bolt.Tx, listID string, a subscribe.Address) (*subscribe.Subscriber, error) {
	h := r.addressHash(listID, a)
	e, err := r.at(b, listID, layout.Get(layout.List(b, listID, layout.Addresses), h[:]), subscribe.ID{})
	if e != nil && e.State != subscribe.Lost && (e.State != subscribe.Active || e.Address.Identity() != a.Identity()) {
		return nil, err // it ended unread (see formerly), or the index is damaged and leads to somebody else
	}
	return e, err
}

// ByID finds an entry by its ID.
func (r *Register) ByID(b *bolt.Tx, listID string, id subscribe.ID) (*subscribe.Subscriber, error) {
	key := layout.Get(layout.List(b, listID, layout.IDs), id[:])
	e, err := r.at(b, listID, key, id)
	if err == nil && key != nil && (e == nil || e.ID != id) { // the index is damaged, and leads to somebody else
		r.apart.Note(apart.Entry, listID+"/"+id.String())
		return r.search(b, listID, id)
	}
	return e, err
}

// ByMailbox finds the active, the suspended and the lost entries of a mailbox.
func (r *Register) ByMailbox(b *bolt.Tx, listID string, a subscribe.Address) (all []*subscribe.Subscriber, err error) {
	mailboxes := layout.List(b, listID, layout.Mailboxes)
	if mailboxes == nil {
		return nil, nil
	}
	h, c := r.mailboxHash(listID, a), mailboxes.Cursor()
	for k, _ := c.Seek(h[:]); bytes.HasPrefix(k, h[:]); k, _ = c.Next() {
		e, err := r.at(b, listID, k[len(h):], subscribe.ID{})
		if err != nil {
			return nil, err
		}
		if e != nil && (e.State == subscribe.Lost || e.Address.Mailbox() == a.Mailbox()) {
			all = append(all, e)
		}
	}
	return all, nil
}

// at finds the entry that an index leads to; one that cannot be read is
// [subscribe.Lost].
func (r *Register) at(b *bolt.Tx, listID string, key []byte, id subscribe.ID) (*subscribe.Subscriber, error) {
	if len(key) != 4 {
		return nil, nil
	}
	seq := layout.SeqOf(key)
	e, err := r.Entry(b, listID, seq)
	if apart.Is(err) {
		return lost(b, listID, seq, id), nil
	}
	return e, err
}

// lost stands for an entry that is there and cannot be read: its ID is all that is
// left of it, and can end it. Without the ID, it is looked for in the index.
func lost(b *bolt.Tx, listID string, seq subscribe.Seq, id subscribe.ID) *subscribe.Subscriber {
	e := &subscribe.Subscriber{ID: id, Seq: seq, List: listID, State: subscribe.Lost}
	if id.IsZero() {
		c := layout.List(b, listID, layout.IDs).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if len(k) == len(e.ID) && string(v) == string(layout.SeqKey(seq)) {
				e.ID = subscribe.ID(k)
				break
			}
		}
	}
	return e
}

// search finds an entry by its ID without the index, if it has to: it opens all of
// them, which takes two seconds for a million. Of several the last counts.
func (r *Register) search(b *bolt.Tx, listID string, id subscribe.ID) (found *subscribe.Subscriber, err error) {
	err = layout.List(b, listID, layout.Entries).ForEach(func(k, _ []byte) error {
		e, err := r.Entry(b, listID, layout.SeqOf(k))
		if err == nil && e.ID == id {
			found = e
		}
		return apart.Skip(err)
	})
	return found, err
}

// Examine opens a page of the entries of a list, and sets apart those that cannot be
// read, or whose active bit is wrong; it returns where the next page begins.
func (r *Register) Examine(b *bolt.Tx, listID string, from subscribe.Seq) (next subscribe.Seq, more bool, err error) {
	const page = 4096
	entries := layout.List(b, listID, layout.Entries)
	if entries == nil {
		return 0, false, nil
	}
	c, active, seen := entries.Cursor(), layout.List(b, listID, layout.Active), 0
	for k, _ := c.Seek(layout.SeqKey(from)); k != nil; k, _ = c.Next() {
		seq := layout.SeqOf(k)
		if seen == page {
			return seq, true, nil
		}
		seen++
		e, err := r.Entry(b, listID, seq)
		if apart.Skip(err) != nil {
			return 0, false, err
		}
		chunk, bit := layout.ChunkOf(seq)
		if e != nil && layout.HasBit(active.Get(layout.Key4(chunk)), bit) != (e.State == subscribe.Active) {
			r.apart.Note(apart.Entry, Name(listID, seq)) // the bitmap is damaged
		}
	}
	return 0, false, nil
}
