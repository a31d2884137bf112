package people

import (
	"bytes"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// Examination is how far the entries, the indexes and the marks of a list have been
// looked at, a page in a transaction. That of list "" looks at the blocks.
type Examination struct {
	List string
	step int    // the entries, then each of the buckets whose values are guarded
	from []byte // the next key
}

const examinePage = 4096

// examined are the buckets of a list whose values are looked at one by one.
var examined = append(indexes[:len(indexes):len(indexes)], layout.Marks)

// Examine looks at the next page, and sets apart what cannot be read, is not as it was
// written, or does not go together. It returns whether there is more.
func (r *Register) Examine(b *bolt.Tx, x *Examination) (more bool, err error) {
	switch {
	case x.List == "":
		return false, r.EachMark(b, "", func([16]byte, subscribe.Mark) {})
	case x.step == 0:
		err = r.examineEntries(b, x)
	default:
		r.examineValues(b, x, examined[x.step-1])
	}
	if x.from == nil {
		x.step++
	}
	return x.step <= len(examined), err
}

// examineEntries opens entries, and looks whether the active bit and the indexes say of
// each what it says itself.
func (r *Register) examineEntries(b *bolt.Tx, x *Examination) error {
	entries := layout.List(b, x.List, layout.Entries)
	if entries == nil {
		x.from = nil
		return nil
	}
	active, c, seen := r.guard.List(b, x.List, layout.Active), entries.Cursor(), 0
	k, _ := c.Seek(x.from)
	for ; k != nil && seen < examinePage; k, _ = c.Next() {
		seen++
		seq := layout.SeqOf(k)
		e, err := r.Entry(b, x.List, seq)
		if apart.Skip(err) != nil {
			return err
		}
		if e == nil {
			continue
		}
		chunk, bit := layout.ChunkOf(seq)
		on, err := active.Get(layout.Key4(chunk))
		if err != nil || layout.HasBit(on, bit) != (e.State == subscribe.Active) {
			r.apart.Note(apart.Entry, Name(x.List, seq)) // the bitmap is damaged
		}
		if index := r.missing(b, e); index != nil {
			r.apart.Note(apart.Index, indexName(x.List, index, k))
		}
	}
	x.from = bytes.Clone(k)
	return nil
}

// missing is an index that does not lead to an entry, as it should.
func (r *Register) missing(b *bolt.Tx, e *subscribe.Subscriber) []byte {
	if !e.ID.IsZero() && !r.guard.List(b, e.List, layout.IDs).Has(e.ID[:]) { // it may lead to a later entry of the same reader
		return layout.IDs
	}
	if e.State == subscribe.Ended {
		return nil
	}
	if !r.guard.List(b, e.List, layout.Mailboxes).Has(r.mailboxKey(*e)) {
		return layout.Mailboxes
	}
	if e.State == subscribe.Suspended {
		return nil
	}
	h := r.addressHash(e.List, e.Address)
	if seq, found, err := r.lookUp(b, e.List, layout.Addresses, h[:]); err == nil && (!found || seq != e.Seq) {
		return layout.Addresses
	}
	return nil
}

// examineValues holds the values of a bucket against their tags, and looks whether there
// are the entries to which an index leads.
func (r *Register) examineValues(b *bolt.Tx, x *Examination, name []byte) {
	values, entries := r.guard.List(b, x.List, name), layout.List(b, x.List, layout.Entries)
	c := values.Cursor()
	if c == nil {
		x.from = nil
		return
	}
	k, stored := c.Seek(x.from)
	for seen := 0; k != nil && seen < examinePage; k, stored = c.Next() {
		seen++
		v, err := values.Check(k, stored)
		seq := v
		switch {
		case bytes.Equal(name, layout.Marks):
			_, _ = r.readMark(x.List, k, v, err)
			continue
		case bytes.Equal(name, layout.Suspended):
			seq = k
		case bytes.Equal(name, layout.Mailboxes):
			seq = k[len(k)-min(len(k), 4):]
		}
		if err != nil || entries.Get(seq) == nil {
			r.apart.Note(apart.Index, indexName(x.List, name, k))
		}
	}
	x.from = bytes.Clone(k)
}

// ExamineBits sets apart the active bits of a list that stand for no entry at all.
func (r *Register) ExamineBits(b *bolt.Tx, listID string) error {
	c := layout.List(b, listID, layout.Entries).Cursor()
	k, _ := c.First()
	return r.guard.List(b, listID, layout.Active).Each(func(key, bits []byte, _ error) error {
		for bit := range len(bits) * 8 {
			if !layout.HasBit(bits, bit) || len(key) != 4 {
				continue
			}
			seq := layout.SeqOf(key)*layout.ChunkBits + subscribe.Seq(bit)
			for k != nil && layout.SeqOf(k) < seq {
				k, _ = c.Next()
			}
			if k == nil || layout.SeqOf(k) != seq {
				r.apart.Note(apart.Entry, Name(listID, seq))
			}
		}
		return nil
	})
}
