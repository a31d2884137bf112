package people

import (
	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// Mark returns the mark of an address; nil if there is none. List "" is the installation.
func (r *Register) Mark(b *bolt.Tx, listID string, a subscribe.Address) (*subscribe.Mark, error) {
	h := r.MarkHash(listID, a)
	if listID == "" {
		return record.DecodeMark(layout.Get(b.Bucket(layout.Blocks), h[:]))
	}
	m, err := record.DecodeMark(layout.Get(layout.List(b, listID, layout.Marks), h[:]))
	if m == nil && err == nil {
		return r.formerly(b, listID, a)
	}
	return m, err
}

// formerly is the mark of an address whose entry could not be read when it ended.
func (r *Register) formerly(b *bolt.Tx, listID string, a subscribe.Address) (*subscribe.Mark, error) {
	h := r.addressHash(listID, a)
	key := layout.Get(layout.List(b, listID, layout.Addresses), h[:])
	if len(key) != 4 {
		return nil, nil
	}
	e, err := r.Entry(b, listID, layout.SeqOf(key))
	if err != nil || e == nil || e.State != subscribe.Ended {
		return nil, apart.Skip(err)
	}
	return &subscribe.Mark{Kind: subscribe.MarkLeft, At: e.EndedAt, ID: e.ID}, nil
}

// PutMark stores a mark under its hash.
func PutMark(b *bolt.Tx, listID string, h [16]byte, m subscribe.Mark) error {
	if listID == "" {
		return b.Bucket(layout.Blocks).Put(h[:], record.EncodeMark(m))
	}
	l, err := layout.EnsureList(b, listID)
	if err != nil {
		return err
	}
	return l.Bucket(layout.Marks).Put(h[:], record.EncodeMark(m))
}

// MarkHash is the key of a mark. A block is of the mailbox: "never write to me" means all
// of its spellings.
func (r *Register) MarkHash(list string, a subscribe.Address) [16]byte {
	if list == "" {
		return r.keys.Hash(seal.Mark, "mark v1", list, a.Mailbox())
	}
	return r.keys.Hash(seal.Mark, "mark v1", list, a.Identity())
}

// OwnID is the ID that belongs to an address on a list. It is made of the key that never
// changes, so that links in old issues lead to whoever comes back, for as long as the list
// exists, and nothing has to be remembered for it.
func (r *Register) OwnID(list string, a subscribe.Address) subscribe.ID {
	return r.keys.Hash(seal.Mark, "entry id v1", list, a.Identity())
}
