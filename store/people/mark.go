package people

import (
	"fmt"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/guard"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/record"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// Mark returns the mark of an address; nil if there is none. List "" is the installation.
// One that is not as it was written blocks, for as long as there was: nobody knows whether
// its reader has left. The operator can lift that.
func (r *Register) Mark(b *bolt.Tx, listID string, a subscribe.Address) (*subscribe.Mark, error) {
	h := r.MarkHash(listID, a)
	m, err := r.markAt(b, listID, h[:])
	if apart.Is(err) {
		return &subscribe.Mark{Kind: subscribe.MarkBlocked}, nil
	}
	if m == nil && err == nil && listID != "" {
		return r.formerly(b, listID, a)
	}
	return m, err
}

// marks is where the marks of a list, or of the installation, are.
func (r *Register) marks(b *bolt.Tx, listID string) guard.Bucket {
	if listID == "" {
		return r.guard.Top(b, layout.Blocks)
	}
	return r.guard.List(b, listID, layout.Marks)
}

// markAt reads the mark under a hash.
func (r *Register) markAt(b *bolt.Tx, listID string, hash []byte) (m *subscribe.Mark, err error) {
	v, err := r.marks(b, listID).Get(hash)
	return r.readMark(listID, hash, v, err)
}

func (r *Register) readMark(listID string, hash, v []byte, err error) (*subscribe.Mark, error) {
	var m *subscribe.Mark
	if err == nil {
		m, err = record.DecodeMark(v)
	}
	if apart.Is(err) {
		r.apart.Note(apart.Mark, MarkName(listID, hash))
	}
	return m, err
}

// MarkName is the name under which a mark is set apart.
func MarkName(listID string, hash []byte) string { return fmt.Sprintf("%s/%x", listID, hash) }

// MarkAt returns the mark under a hash; nil if there is none, or none that can be believed.
func (r *Register) MarkAt(b *bolt.Tx, listID string, hash []byte) *subscribe.Mark {
	m, err := r.markAt(b, listID, hash)
	if err != nil {
		return nil
	}
	return m
}

// EachMark calls do for the marks of a list that can be believed.
func (r *Register) EachMark(b *bolt.Tx, listID string, do func(hash [16]byte, m subscribe.Mark)) error {
	return r.marks(b, listID).Each(func(k, v []byte, err error) error {
		if m, err := r.readMark(listID, k, v, err); err == nil && len(k) == 16 {
			do([16]byte(k), *m)
		}
		return nil // what is damaged keeps nobody else from leaving
	})
}

// formerly is the mark of an address whose entry could not be read when it ended.
func (r *Register) formerly(b *bolt.Tx, listID string, a subscribe.Address) (*subscribe.Mark, error) {
	h := r.addressHash(listID, a)
	seq, found, err := r.lookUp(b, listID, layout.Addresses, h[:])
	if err != nil || !found {
		return nil, apart.Skip(err) // who is there is found by looking at them all; see ByAddress
	}
	e, err := r.Entry(b, listID, seq)
	if err != nil || e == nil || e.State != subscribe.Ended {
		return nil, apart.Skip(err)
	}
	return &subscribe.Mark{Kind: subscribe.MarkLeft, At: e.EndedAt, ID: e.ID}, nil
}

// PutMark stores a mark under its hash.
func (r *Register) PutMark(b *bolt.Tx, listID string, h [16]byte, m subscribe.Mark) error {
	if listID != "" {
		if _, err := layout.EnsureList(b, listID); err != nil {
			return err
		}
	}
	return r.marks(b, listID).Put(h[:], record.EncodeMark(m))
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
