package people

import (
	"bytes"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// ByAddress finds the active entry of an address, or the [subscribe.Lost] one that had it.
func (r *Register) ByAddress(b *bolt.Tx, listID string, a subscribe.Address) (*subscribe.Subscriber, error) {
	h := r.addressHash(listID, a)
	seq, found, err := r.lookUp(b, listID, layout.Addresses, h[:])
	if apart.Is(err) { // nobody may get two, nor be shut in
		return r.search(b, listID, func(e *subscribe.Subscriber) bool {
			return e.State == subscribe.Active && e.Address.Identity() == a.Identity()
		})
	}
	if err != nil || !found {
		return nil, err
	}
	e, err := r.at(b, listID, seq, subscribe.ID{})
	if e != nil && e.State != subscribe.Lost && (e.State != subscribe.Active || e.Address.Identity() != a.Identity()) {
		return nil, err // it ended unread (see formerly), or the index is damaged and leads to somebody else
	}
	return e, err
}

// ByID finds an entry by its ID.
func (r *Register) ByID(b *bolt.Tx, listID string, id subscribe.ID) (*subscribe.Subscriber, error) {
	of := func(e *subscribe.Subscriber) bool { return e.ID == id }
	seq, found, err := r.lookUp(b, listID, layout.IDs, id[:])
	if apart.Is(err) {
		return r.search(b, listID, of)
	}
	if err != nil || !found {
		return nil, err
	}
	e, err := r.at(b, listID, seq, id)
	if err == nil && (e == nil || !of(e)) { // the index is damaged, and leads to somebody else
		r.apart.Note(apart.Index, indexName(listID, layout.IDs, id[:]))
		return r.search(b, listID, of)
	}
	return e, err
}

// EachID calls do for every entry of a list that can be found by its ID. A value that is
// not as it was written is passed over: it leads to nobody.
func (r *Register) EachID(b *bolt.Tx, listID string, do func(id subscribe.ID, seq subscribe.Seq)) error {
	return r.guard.List(b, listID, layout.IDs).Each(func(key, v []byte, err error) error {
		if err == nil && len(v) == 4 && len(key) == len(subscribe.ID{}) {
			do(subscribe.ID(key), layout.SeqOf(v))
		}
		return nil
	})
}

// lookUp reads a value of an index. One that is not as it was written leads nowhere.
func (r *Register) lookUp(b *bolt.Tx, listID string, index, key []byte) (seq subscribe.Seq, found bool, err error) {
	v, err := r.guard.List(b, listID, index).Get(key)
	switch {
	case err != nil:
		r.apart.Note(apart.Index, indexName(listID, index, key))
		return 0, false, err
	case len(v) != 4:
		return 0, false, nil
	}
	return layout.SeqOf(v), true, nil
}

// indexName is the name under which a value of an index is set apart.
func indexName(listID string, index, key []byte) string {
	return fmt.Sprintf("%s/%s/%x", listID, index, key)
}

// ByMailbox finds the active, the suspended and the lost entries of a mailbox.
func (r *Register) ByMailbox(b *bolt.Tx, listID string, a subscribe.Address) (all []*subscribe.Subscriber, err error) {
	mailboxes := r.guard.List(b, listID, layout.Mailboxes)
	if mailboxes.IsZero() {
		return nil, nil
	}
	h, c := r.mailboxHash(listID, a), mailboxes.Cursor()
	for k, v := c.Seek(h[:]); bytes.HasPrefix(k, h[:]) && len(k) == len(h)+4; k, v = c.Next() {
		_, fault := mailboxes.Check(k, v)
		if fault != nil {
			r.apart.Note(apart.Index, indexName(listID, layout.Mailboxes, k))
		}
		e, err := r.at(b, listID, layout.SeqOf(k[len(h):]), subscribe.ID{})
		if err != nil {
			return nil, err
		}
		if e != nil && (e.State == subscribe.Lost && fault == nil || e.Address.Mailbox() == a.Mailbox()) {
			all = append(all, e)
		}
	}
	return all, nil
}

// at finds the entry that an index leads to; one that cannot be read is
// [subscribe.Lost].
func (r *Register) at(b *bolt.Tx, listID string, seq subscribe.Seq, id subscribe.ID) (*subscribe.Subscriber, error) {
	e, err := r.Entry(b, listID, seq)
	if apart.Is(err) {
		return r.lost(b, listID, seq, id), nil
	}
	return e, err
}

// lost stands for an entry that is there and cannot be read: its ID is all that is
// left of it, and can end it. Without the ID, it is looked for in the index.
func (r *Register) lost(b *bolt.Tx, listID string, seq subscribe.Seq, id subscribe.ID) *subscribe.Subscriber {
	e := &subscribe.Subscriber{ID: id, Seq: seq, List: listID, State: subscribe.Lost}
	if id.IsZero() {
		ids, key := r.guard.List(b, listID, layout.IDs), layout.SeqKey(seq)
		c := ids.Cursor()
		for k, stored := c.First(); k != nil; k, stored = c.Next() {
			if len(k) != len(e.ID) || !bytes.HasPrefix(stored, key) {
				continue
			}
			if v, err := ids.Check(k, stored); err == nil && bytes.Equal(v, key) {
				e.ID = subscribe.ID(k)
				break
			}
		}
	}
	return e
}

// search finds an entry without the index, if it has to: it opens all of them, which
// takes two seconds for a million. Of several the last counts.
func (r *Register) search(b *bolt.Tx, listID string, is func(*subscribe.Subscriber) bool) (found *subscribe.Subscriber, err error) {
	err = layout.List(b, listID, layout.Entries).ForEach(func(k, _ []byte) error {
		e, err := r.Entry(b, listID, layout.SeqOf(k))
		if err == nil && is(e) {
			found = e
		}
		return apart.Skip(err)
	})
	return found, err
}
