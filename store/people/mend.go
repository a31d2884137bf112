package people

import (
	"bytes"
	"errors"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// indexes are the buckets that say again what the entries say themselves.
var indexes = [][]byte{layout.IDs, layout.Addresses, layout.Mailboxes, layout.Suspended}

// IndexesAreWhole says whether every line of the indexes of a list is as it was written
// where it stands, and sets those apart that are not. Where one is not, another may be
// missing: a bit of its key has changed.
func (r *Register) IndexesAreWhole(b *bolt.Tx, listID string) bool {
	whole := true
	for _, name := range indexes {
		_ = r.guard.List(b, listID, name).Each(func(k, _ []byte, err error) error {
			if err != nil {
				whole = false
				r.apart.Note(apart.Index, indexName(listID, name, k))
			}
			return nil
		})
	}
	return whole
}

// MarksAreWhole is the same for the marks of a list, or of the installation.
func (r *Register) MarksAreWhole(b *bolt.Tx, listID string) bool {
	whole := true
	_ = r.marks(b, listID).Each(func(k, v []byte, err error) error {
		_, err = r.readMark(listID, k, v, err)
		whole = whole && err == nil
		return nil
	})
	return whole
}

// MendIndexes takes the lines that are not as they were written out of the indexes of a
// list, and puts in what its entries say.
func (r *Register) MendIndexes(b *bolt.Tx, listID string) error {
	var err error
	for _, name := range indexes {
		in, gone := r.guard.List(b, listID, name), [][]byte(nil)
		_ = in.Each(func(k, _ []byte, fault error) error {
			if fault != nil {
				gone = append(gone, bytes.Clone(k))
			}
			return nil
		})
		err = errors.Join(err, in.DeleteAll(gone))
	}
	if err != nil {
		return err
	}
	return layout.List(b, listID, layout.Entries).ForEach(func(k, _ []byte) error {
		e, err := r.Entry(b, listID, layout.SeqOf(k))
		if err != nil { // what led to it is gone, and no mail goes to it
			return apart.Skip(err)
		}
		return r.mendEntry(b, e)
	})
}

// mendEntry puts in what is missing of one entry. Of several with the same ID the last
// counts.
func (r *Register) mendEntry(b *bolt.Tx, e *subscribe.Subscriber) error {
	key := layout.SeqKey(e.Seq)
	if !e.ID.IsZero() {
		if seq, found, err := r.lookUp(b, e.List, layout.IDs, e.ID[:]); err != nil || !found || seq < e.Seq {
			if err := r.guard.List(b, e.List, layout.IDs).Put(e.ID[:], key); err != nil {
				return err
			}
		}
	}
	if e.State == subscribe.Ended {
		return nil
	}
	err := r.guard.List(b, e.List, layout.Mailboxes).Put(r.mailboxKey(*e), nil)
	if e.State == subscribe.Suspended {
		return errors.Join(err, r.noteSuspended(b, e))
	}
	h := r.addressHash(e.List, e.Address)
	return errors.Join(err, r.guard.List(b, e.List, layout.Addresses).Put(h[:], key))
}

// MendMarks puts in the marks of suspended entries that are missing: the journal does not
// know of them.
func (r *Register) MendMarks(b *bolt.Tx, listID string) error {
	return layout.Each(layout.List(b, listID, layout.Suspended), func(k, _ []byte) error {
		e, err := r.Entry(b, listID, layout.SeqOf(k))
		if err != nil || e == nil || e.State != subscribe.Suspended {
			return apart.Skip(err)
		}
		h := r.MarkHash(listID, e.Address)
		if r.MarkAt(b, listID, h[:]) != nil {
			return nil
		}
		return r.PutMark(b, listID, h, subscribe.Mark{Kind: subscribe.MarkSuspended, At: e.EndedAt, ID: e.ID})
	})
}
