package people

import (
	"bytes"
	"math/bits"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// Examination is how far the entries, the indexes and the marks of a list have been
// looked at, a page in a transaction. That of list "" looks at the blocks.
//
// Everything is read in the order in which it lies: which entries should have a line in
// an index, and which have one, are two bits for each. Where they differ the entry is
// looked at once more, since somebody may have joined or left between two pages.
type Examination struct {
	List string
	step int    // the entries, then each of the buckets whose values are guarded
	from []byte // the next key

	active, standing, suspended seqs // by the entries
	found                       seqs // by the index of this step
}

// seqs is a set of entries.
type seqs []byte

func (s *seqs) add(seq subscribe.Seq) {
	if at := int(seq / 8); at >= len(*s) {
		*s = append(*s, make([]byte, at+1-len(*s)+len(*s)/2)...)
	}
	(*s)[seq/8] |= 1 << (seq % 8)
}

// without are those that are not in other.
func (s seqs) without(other seqs, do func(subscribe.Seq) error) error {
	for at, b := range s {
		if at < len(other) {
			b &^= other[at]
		}
		for ; b != 0; b &= b - 1 {
			if err := do(subscribe.Seq(at*8 + bits.TrailingZeros8(b))); err != nil {
				return err
			}
		}
	}
	return nil
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
		name := examined[x.step-1]
		r.examineValues(b, x, name)
		if x.from == nil {
			err = x.expected(name).without(x.found, func(seq subscribe.Seq) error { return r.examineAgain(b, x.List, name, seq) })
			x.found = x.found[:0]
			clear(x.found[:cap(x.found)])
		}
	}
	if x.from == nil {
		x.step++
	}
	return x.step <= len(examined), err
}

// expected are the entries that should have a line in an index.
func (x *Examination) expected(index []byte) seqs {
	switch string(index) {
	case string(layout.IDs), string(layout.Mailboxes):
		return x.standing // of who has ended, the line may lead to a later entry of the same reader
	case string(layout.Addresses):
		return x.active
	case string(layout.Suspended):
		return x.suspended
	}
	return nil
}

// examineEntries opens entries, and looks whether the active bit says of each what it
// says itself.
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
		switch e.State {
		case subscribe.Active:
			x.standing.add(seq)
			x.active.add(seq)
		case subscribe.Suspended:
			x.standing.add(seq)
			x.suspended.add(seq)
		}
	}
	x.from = bytes.Clone(k)
	return nil
}

// examineValues holds the values of a bucket against their tags, and notes to which
// entries an index leads.
func (r *Register) examineValues(b *bolt.Tx, x *Examination, name []byte) {
	values := r.guard.List(b, x.List, name)
	c := values.Cursor()
	if c == nil {
		x.from = nil
		return
	}
	k, stored := c.Seek(x.from)
	for seen := 0; k != nil && seen < examinePage; k, stored = c.Next() {
		seen++
		v, err := values.Check(k, stored)
		switch string(name) {
		case string(layout.Marks):
			_, _ = r.readMark(x.List, k, v, err)
			continue
		case string(layout.Mailboxes):
			v = k[len(k)-min(len(k), 4):]
		case string(layout.Suspended):
			v = k
		}
		if err != nil || len(v) != 4 {
			r.apart.Note(apart.Index, indexName(x.List, name, k))
			continue
		}
		x.found.add(layout.SeqOf(v))
	}
	x.from = bytes.Clone(k)
}

// examineAgain sets the line of an index apart that should lead to an entry, if it is
// still missing.
func (r *Register) examineAgain(b *bolt.Tx, listID string, index []byte, seq subscribe.Seq) error {
	e, err := r.Entry(b, listID, seq)
	if err != nil || e == nil || e.State == subscribe.Ended {
		return apart.Skip(err)
	}
	in, key, want := r.guard.List(b, listID, index), layout.SeqKey(seq), layout.SeqKey(seq)
	switch string(index) {
	case string(layout.IDs):
		key = e.ID[:]
	case string(layout.Mailboxes):
		key, want = r.mailboxKey(*e), nil
	case string(layout.Addresses):
		h := r.addressHash(listID, e.Address)
		key = h[:]
		if e.State != subscribe.Active {
			return nil
		}
	case string(layout.Suspended):
		if want = nil; e.State != subscribe.Suspended {
			return nil
		}
	}
	if v, err := in.Get(key); err == nil && in.Has(key) && (want == nil || bytes.Equal(v, want)) {
		return nil
	}
	r.apart.Note(apart.Index, indexName(listID, index, key))
	return nil
}

// ExamineBits sets apart the active bits of a list that stand for no entry at all.
func (r *Register) ExamineBits(b *bolt.Tx, listID string) error {
	c := layout.List(b, listID, layout.Entries).Cursor()
	k, _ := c.First()
	return r.guard.List(b, listID, layout.Active).Each(func(key, on []byte, _ error) error {
		for bit := range len(on) * 8 {
			if !layout.HasBit(on, bit) || len(key) != 4 {
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
